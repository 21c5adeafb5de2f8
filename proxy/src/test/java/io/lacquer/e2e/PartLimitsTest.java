package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Parts, the limit for objects and the ledger. */
class PartLimitsTest extends WithParts {
    private static String l1(String more) {
        return PLAIN + "tiers: {l1: {" + more + "}}\n";
    }

    @Test
    void aPartIsNotStoredAboveTheLimitForObjects() {
        Representation a = new Representation(clock, Validator.STRONG, 100_000);
        origin.on("/a", a);
        proxy(l1("size: 32MiB, max_object: 10KiB"));
        assertThat(is206(range("0-10240"), a, 0, 10_240).header("Cache-Status")).contains("detail=too-large");
        isMiss(is206(range("0-10240"), a, 0, 10_240));
        isMiss(is206(range("0-10239"), a, 0, 10_239));
        isHit(is206(range("0-10239"), a, 0, 10_239));
    }

    @Test
    void partsAreNotKeptTogetherAboveTheLimitForObjects() {
        Representation a = new Representation(clock, Validator.STRONG, 100_000);
        origin.on("/a", a);
        proxy(l1("size: 32MiB, max_object: 10KiB"));
        range("0-5999");
        isMiss(is206(range("6000-10239"), a, 6000, 10_239));
        isHit(is206(range("0-10239"), a, 0, 10_239));
        isMiss(is206(range("10240-10249"), a, 10_240, 10_249));
        isHit(is206(range("10240-10249"), a, 10_240, 10_249));
        assertThat(current().server().ledger().used())
                .as("10 bytes, or 10240, never both")
                .isLessThan(10_250 + 2000);
        assertThat(range("0-10249", "Cache-Control: only-if-cached").status()).isEqualTo(504);
    }

    @Test
    void aWholeAboveTheLimitForObjectsIsCompletedForTheClientAndNotStored() {
        Representation a = new Representation(clock, Validator.STRONG, 12_000);
        origin.on("/a", a);
        Proxy proxy = proxy(l1("size: 32MiB, max_object: 10KiB"));
        range("0-9999");
        for (int i = 0; i < 2; i++) {
            Client.Response whole = isWhole(get("/a"), a);
            assertThat(whole.header("Cache-Status")).doesNotContain("stored");
            assertThat(last().header("Range")).isEqualTo("bytes=10000-");
        }
        isHit(is206(range("0-9999"), a, 0, 9999));
        await().until(() -> proxy.server().ledger().used() < 12_000);
    }

    @Test
    void theLedgerHoldsWhatIsStoredAndNothingElse() {
        int large = 1_000_000;
        Proxy proxy = proxy(l1("size: 32MiB"));
        for (int i = 0; i < 10; i++) {
            Representation each = new Representation(clock, Validator.STRONG, large);
            origin.on("/" + i, each);
            for (String range : new String[] {"0-299999", "600000-799999", "200000-399999", "900000-", "0-9"}) {
                assertThat(get("/" + i, "Range: bytes=" + range).status()).isEqualTo(206);
            }
        }
        awaitUsed(proxy, 10 * 700_000, 10 * 705_000); // 0-399999, 600000-799999, 900000-999999
        for (int i = 0; i < 10; i++) {
            assertThat(get("/" + i).body()).hasSize(large);
        }
        awaitUsed(proxy, 10L * large, 10L * (large + 5000));
        clock.advance(Duration.ofSeconds(61));
        for (int i = 0; i < 10; i++) {
            assertThat(get("/" + i, "Range: bytes=5-9").cache()).isEqualTo("REVALIDATED");
        }
        awaitUsed(proxy, 10L * large, 10L * (large + 5000));
        clock.advance(Duration.ofSeconds(61));
        for (int i = 0; i < 10; i++) {
            Representation each = new Representation(clock, Validator.NONE, 1000);
            origin.on("/" + i, each);
            assertThat(get("/" + i, "Range: bytes=5-9").status()).isEqualTo(206);
            get("/" + i, "Range: bytes=1-2,7-8");
            get("/" + i, "Range: bytes=2000-");
        }
        awaitUsed(proxy, 50, 10 * 3000);
    }

    private static void awaitUsed(Proxy proxy, long least, long most) {
        await().until(() -> number(proxy, "flights") == 0);
        await().untilAsserted(() -> {
            proxy.server().settle();
            assertThat(proxy.server().ledger().used()).isBetween(least, most);
        });
    }

    @Test
    void partsThatAreEvictedLeaveTheLedger() throws Exception {
        Proxy proxy = proxy(l1("size: 16MiB"));
        for (int i = 0; i < 100; i++) {
            origin.on("/" + i, new Representation(clock, Validator.STRONG, 1_000_000));
        }
        List<Future<?>> clients = new ArrayList<>();
        for (int c = 0; c < 4; c++) {
            int from = c * 25;
            clients.add(threads.submit(() -> {
                for (int i = from; i < from + 25; i++) {
                    for (String range : new String[] {"0-199999", "300000-499999", "100000-350000", "900000-"}) {
                        assertThat(get("/" + i, "Range: bytes=" + range).status())
                                .isEqualTo(206);
                    }
                    if (i % 3 == 0) {
                        assertThat(get("/" + i).body()).hasSize(1_000_000);
                    }
                    assertThat(proxy.server().ledger().used())
                            .isLessThanOrEqualTo(proxy.server().ledger().limit());
                }
            }));
        }
        for (Future<?> client : clients) {
            client.get();
        }
        await().until(() -> number(proxy, "flights") == 0);
        assertThat(number(proxy, "evictions")).isPositive();
        assertThat(proxy.server().ledger().peak())
                .isLessThanOrEqualTo(proxy.server().ledger().limit());
        for (int i = 0; i < 100; i++) {
            origin.on("/" + i, call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
            get("/" + i, "Cache-Control: no-cache");
        }
        awaitUsed(proxy, 100, 200_000);
    }
}
