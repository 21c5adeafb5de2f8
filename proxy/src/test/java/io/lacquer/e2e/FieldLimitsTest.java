package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directives that are limited to fields ({@code no-cache="a"}, {@code private="a"}), or to who understands the status. */
class FieldLimitsTest extends EndToEnd {
    /** Answers with {@code X-User} as a number that grows, and what validates with a 304 that has it too. */
    private void answer(String control) {
        origin.on("/a", call -> {
            boolean known = call.header("If-None-Match") != null;
            call.reply(
                    known ? 304 : 200,
                    "body",
                    date(),
                    "Cache-Control: " + control,
                    "ETag: \"1\"",
                    "X-User: " + origin.count("/a"),
                    "X-Other: o");
        });
    }

    /** The answers to who leads a fetch and to who waits for it. */
    private Client.Response[] together(Proxy proxy, CountDownLatch gate, String path) throws Exception {
        int before = origin.count(path);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> leader = threads.submit(() -> get(path));
            await().until(() -> origin.count(path) == before + 1);
            Future<Client.Response> follower = threads.submit(() -> get(path));
            await().until(() -> collapsed(proxy) == 1);
            gate.countDown();
            return new Client.Response[] {leader.get(), follower.get()};
        }
    }

    private static long collapsed(Proxy proxy) {
        String stats = new String(proxy.server().stats(), StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*\"collapsed\" : (\\d+).*", "$1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no-cache=\"X-User\"",
                "no-cache=\"x-nothing, x-user\"",
                "No-Cache=\" X-USER ,\"",
                "no-cache=X-User"
            })
    void aFieldThatWantsValidationIsLeftOutUntilItIsValidated(String directive) {
        answer("max-age=10, " + directive);
        proxy(PLAIN);
        assertThat(get("/a").header("X-User")).isEqualTo("1");
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.header("X-User")).isNull();
        assertThat(hit.header("X-Other")).isEqualTo("o");
        assertThat(get("/a", "If-None-Match: \"1\"").header("X-User")).isNull();
        assertThat(send("HEAD", "/a", "").header("X-User")).isNull();
        assertThat(get("/a", "Range: bytes=0-1").header("X-User")).isNull();
        clock.advance(Duration.ofSeconds(20));
        Client.Response renewed = get("/a");
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        assertThat(renewed.header("X-User")).isEqualTo("2");
        Client.Response again = get("/a");
        assertThat(again.cache()).isEqualTo("HIT");
        assertThat(again.header("X-User")).isNull();
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void staleAnswersLeaveItOutToo() {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                call.reply(
                        200,
                        "body",
                        date(),
                        "Cache-Control: max-age=10, stale-if-error=60, no-cache=\"X-User\"",
                        "X-User: me");
            } else {
                call.reply(503, "down");
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.text()).isEqualTo("body");
        assertThat(stale.header("X-User")).isNull();
    }

    @Test
    void whoWaitedForAnothersFetchIsNotGivenIt() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(
                    200,
                    "body",
                    date(),
                    "Cache-Control: max-age=60, no-cache=\"Set-Cookie\"",
                    "Set-Cookie: session=leader");
        });
        Proxy proxy = proxy(policies("- {name: a, match: {path: /a}, set_cookie: store}"));
        Client.Response[] both = together(proxy, gate, "/a");
        assertThat(both[0].header("Set-Cookie")).isEqualTo("session=leader");
        assertThat(both[1].text()).isEqualTo("body");
        assertThat(both[1].header("Set-Cookie")).isNull();
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void whoWaitedForAnothersValidationIsNotGivenIt() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        answer("max-age=10, no-cache=\"X-User\"");
        Proxy proxy = proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        origin.on("/a", call -> {
            gate.await();
            call.reply(304, "", date(), "ETag: \"1\"", "X-User: leader");
        });
        Client.Response[] both = together(proxy, gate, "/a");
        assertThat(both[0].header("X-User")).isEqualTo("leader");
        assertThat(both[1].text()).isEqualTo("body");
        assertThat(both[1].header("X-User")).isNull();
    }

    @Test
    void aPrivateFieldIsForWhoAskedAlone() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(
                    200,
                    "body",
                    date(),
                    "Cache-Control: max-age=60, private=\"X-User, X-Mail\"",
                    "X-User: alice",
                    "X-Mail: a@example.org",
                    "X-Other: o");
        });
        Proxy proxy = proxy(PLAIN);
        Client.Response[] both = together(proxy, gate, "/a");
        assertThat(both[0].header("X-User")).isEqualTo("alice");
        assertThat(both[0].header("X-Mail")).isEqualTo("a@example.org");
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        for (Client.Response other : new Client.Response[] {both[1], hit}) {
            assertThat(other.text()).isEqualTo("body");
            assertThat(other.header("X-Other")).isEqualTo("o");
            assertThat(other.header("X-User")).isNull();
            assertThat(other.header("X-Mail")).isNull();
        }
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void aPrivateFieldOfARenewalIsNotStored() {
        answer("max-age=10, private=\"X-User\"");
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a").cache()).isEqualTo("REVALIDATED");
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.header("X-User")).isNull();
    }

    @Test
    void aPrivateFieldOfTheAnswerToAHeadIsNotStored() {
        origin.on("/a", call -> {
            if (call.method.equals("HEAD")) {
                call.reply(
                        200,
                        "body",
                        date(),
                        "Cache-Control: max-age=60, private=\"X-User\"",
                        "ETag: \"1\"",
                        "X-User: alice",
                        "X-New: n");
            } else {
                call.reply(200, "body", date(), "Cache-Control: max-age=10", "ETag: \"1\"");
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(send("HEAD", "/a", "").header("X-User")).isEqualTo("alice");
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.header("X-New")).isEqualTo("n");
        assertThat(hit.header("X-User")).isNull();
    }

    @Test
    void aPrivateFieldOfARenewalReachesNoOtherVariant() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") == null) {
                call.reply(200, "body", date(), "Cache-Control: max-age=10", "ETag: \"1\"", "Vary: X-Kind");
            } else {
                call.reply(
                        304,
                        "",
                        date(),
                        "Cache-Control: max-age=60, private=\"X-User\"",
                        "ETag: \"1\"",
                        "Vary: X-Kind",
                        "X-User: alice");
            }
        });
        proxy(PLAIN);
        get("/a", "X-Kind: 1");
        get("/a", "X-Kind: 2");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a", "X-Kind: 1").cache()).isEqualTo("REVALIDATED");
        for (String kind : new String[] {"1", "2"}) {
            Client.Response hit = get("/a", "X-Kind: " + kind);
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.header("X-User")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "private=\"\"", "private=\"a b\"", "private=\"X-User, /\"", "no-store"})
    void aLimitThatNamesNoFieldIsNone(String directive) {
        answer("max-age=60, " + directive);
        proxy(PLAIN);
        get("/a");
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|max-age=60, must-understand|HIT",
                "200|max-age=60, no-store, must-understand|HIT",
                "404|max-age=60, no-store, must-understand|HIT",
                "299|max-age=60, must-understand|MISS",
                "299|max-age=60, no-store, must-understand|MISS",
                "299|max-age=60|HIT",
                "200|max-age=60, no-store|MISS",
                "200|max-age=60, no-store, must-understand, private|MISS"
            })
    void mustUnderstandStandsForNoStoreWhereTheStatusIsUnknown(int status, String control, String cache) {
        origin.on("/a", call -> call.reply(status, "x", date(), "Cache-Control: " + control));
        proxy(PLAIN);
        assertThat(get("/a").status()).isEqualTo(status);
        assertThat(get("/a").cache()).isEqualTo(cache);
    }
}
