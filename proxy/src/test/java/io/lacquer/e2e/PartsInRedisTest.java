package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts that several processes, one after the other or side by side, have of one Redis. */
class PartsInRedisTest extends WithRedis {
    private Representation at(Validator validator, int length, String... fields) {
        Representation a = new Representation(REAL::wallMillis, validator, length)
                .with(fields.length == 0 ? new String[] {"Cache-Control: max-age=600"} : fields);
        origin.on("/a", a);
        return a;
    }

    private static Client.Response range(Proxy proxy, String range, String... more) {
        String[] fields = Arrays.copyOf(more, more.length + 1);
        fields[more.length] = "Range: bytes=" + range;
        return get(proxy, "/a", fields);
    }

    private static Client.Response is206(Client.Response answer, Representation of, int first, int last) {
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.all("Content-Range"))
                .containsExactly("bytes " + first + "-" + last + "/" + of.length(of.version()));
        assertThat(answer.body()).isEqualTo(of.slice(first, last));
        return answer;
    }

    /** Waits until Redis holds what this process has, as a process without L1 sees it. */
    private void awaitInRedis(String range) {
        await().untilAsserted(() -> {
            try (Proxy reader = Proxy.start(yaml(redis.uri(), ""), origin.url(), REAL)) {
                assertThat(range(reader, range, "Cache-Control: only-if-cached").status())
                        .isEqualTo(206);
            }
        });
    }

    @Test
    void partsSurviveARestartWithTheRightAge() {
        Representation a = at(Validator.STRONG, 1000, "Cache-Control: max-age=600", "Age: 100");
        Proxy before = proxy();
        range(before, "100-199");
        settle(before);
        range(before, "300-399");
        awaitInRedis("300-399");
        await().until(() -> range(before, "100-199").age() >= 102);
        before.close();
        Proxy after = proxy();
        Client.Response hit = is206(range(after, "110-119"), a, 110, 119);
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.age()).isBetween(102, 110);
        assertThat(is206(range(after, "-1000", "Cache-Control: no-store"), a, 0, 999)
                        .cache())
                .isEqualTo("MISS");
        Client.Response l1 = is206(range(after, "300-399"), a, 300, 399);
        assertThat(l1.level()).isEqualTo("L1");
        assertThat(l1.age()).isGreaterThanOrEqualTo(hit.age());
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"STRONG", "DATED"})
    void aWholeIsMadeOfThePartFromL2AndReachesL2(Validator validator) {
        Representation a = at(validator, 300_001);
        range(proxy(), "0-199999");
        awaitInRedis("0-199999");
        Proxy second = proxy();
        Client.Response whole = get(second, "/a");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(a.bytes());
        assertThat(origin.last("/a").header("Range")).isEqualTo("bytes=200000-");
        awaitInRedis("200000-200001");
        Client.Response third = get(proxy(), "/a");
        assertThat(third.level()).isEqualTo("L2");
        assertThat(third.body()).isEqualTo(a.bytes());
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aPartIsKeptTogetherWithThatOfAnotherProcess() {
        Representation a = at(Validator.STRONG, 1000);
        range(proxy(), "100-199");
        awaitInRedis("100-199");
        Proxy second = proxy();
        is206(range(second, "300-399"), a, 300, 399);
        settle(second);
        assertThat(is206(range(second, "100-199"), a, 100, 199).cache()).isEqualTo("HIT");
        awaitInRedis("300-399");
        awaitInRedis("100-199");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aLackingPartInL1IsNoReasonNotToAskL2ForTheWhole() {
        Representation a = at(Validator.STRONG, 1000);
        Proxy first = proxy();
        Proxy second = proxy();
        range(first, "100-199");
        awaitInRedis("100-199");
        is206(range(second, "100-199"), a, 100, 199);
        get(first, "/a");
        awaitInRedis("500-599");
        Client.Response other = is206(range(second, "500-599"), a, 500, 599);
        assertThat(other.cache()).isEqualTo("HIT");
        assertThat(get(second, "/a").body()).isEqualTo(a.bytes());
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void whatIsGoodForOneRangeOnlyStaysInL1() {
        at(Validator.STRONG, 1000);
        Proxy proxy = proxy();
        assertThat(range(proxy, "100-199,300-399").status()).isEqualTo(206);
        settle(proxy);
        assertThat(range(proxy, "100-199,300-399").level()).isEqualTo("L1");
        get(proxy, "/b");
        origin.on("/b", echo("Cache-Control: max-age=600"));
        get(proxy, "/b");
        keys(1);
        assertThat(range(proxy(), "100-199,300-399").level()).isEqualTo("ORIGIN");
    }

    @Test
    void partsAboveTheLimitOfL2StayInL1() {
        Representation a = at(Validator.STRONG, 30_000);
        String limited = yaml(redis.uri(), ", max_object: 10KiB");
        Proxy proxy = proxy(limited);
        range(proxy, "0-9999");
        keys(1);
        range(proxy, "10000-10999");
        settle(proxy);
        keys(0);
        assertThat(is206(range(proxy, "0-10999"), a, 0, 10_999).level()).isEqualTo("L1");
        assertThat(range(proxy(limited), "0-9").level()).isEqualTo("ORIGIN");
    }

    @Test
    void aPurgeHoldsAgainstPartsInL2() {
        Representation a = at(Validator.STRONG, 1000);
        Proxy proxy = proxy();
        range(proxy, "100-199");
        keys(1);
        a.with("Cache-Control: no-store");
        Client.once(proxy.port(), "DELETE", "/a", "");
        assertThat(range(proxy, "100-199").level()).isEqualTo("ORIGIN");
        keys(0);
        assertThat(range(proxy(), "100-199").level()).isEqualTo("ORIGIN");
    }

    @Test
    void variantsOfPartsAreFoundByOtherProcesses() {
        Representation de = new Representation(REAL::wallMillis, Validator.STRONG, 1000);
        Representation fr = new Representation(REAL::wallMillis, Validator.STRONG, 2000);
        String[] fields = {"Cache-Control: max-age=600", "Vary: Accept-Language"};
        origin.on(
                "/a",
                call -> ("de".equals(call.header("Accept-Language")) ? de : fr)
                        .with(fields)
                        .handle(call));
        Proxy first = proxy();
        range(first, "100-199", "Accept-Language: de");
        range(first, "100-199", "Accept-Language: fr");
        List<String> keys = keys(3);
        assertThat(keys).hasSize(3);
        Proxy second = proxy();
        Client.Response french = is206(range(second, "110-119", "Accept-Language: fr"), fr, 110, 119);
        assertThat(french.level()).isEqualTo("L2");
        Client.Response german = is206(range(second, "110-119", "Accept-Language: de"), de, 110, 119);
        assertThat(german.level()).isEqualTo("L2");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aStalePartFromL2IsRenewedAndStaysThatPart() {
        Representation a = at(Validator.STRONG, 1000, "Cache-Control: max-age=101", "Age: 100");
        Proxy first = proxy();
        range(first, "100-199");
        keys(1);
        await().until(() ->
                range(first, "110-119", "Cache-Control: only-if-cached").status() == 504);
        a.with("Cache-Control: max-age=600");
        Client.Response renewed = is206(range(proxy(), "110-119"), a, 110, 119);
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        awaitInRedis("100-199");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void whatIsStoredLastIsWhatRedisHoldsInTheEnd() {
        byte[] large = new byte[3_000_000];
        Arrays.fill(large, (byte) 'x');
        origin.on(
                "*",
                call -> call.reply(
                        200,
                        origin.count(call.target) == 1 ? large : new byte[] {'n', 'e', 'w'},
                        "Cache-Control: max-age=600"));
        Proxy first = proxy();
        for (int i = 0; i < 20; i++) {
            String path = "/" + i;
            get(first, path);
            settle(first);
            assertThat(get(first, path, "Cache-Control: no-cache").text()).isEqualTo("new");
        }
        keys(20);
        await().until(() -> metric(first, "lacquer_l2_writes_total") == 40);
        Proxy second = proxy();
        for (int i = 0; i < 20; i++) {
            Client.Response hit = get(second, "/" + i);
            assertThat(hit.level()).isEqualTo("L2");
            assertThat(hit.body().length).as("/%d", i).isEqualTo(3);
        }
    }
}
