package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Soft purges: what they hit is stale from then on, and served as stale things are; on the short way and the full path. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
@Isolated("a system property chooses the path")
class SoftPurgeTest extends WithPurges {
    private static final String WINDOW =
            policies("- {name: a, match: {path: \"/**\"}, ttl: 10m, stale_while_revalidate: 1m, tags: [all,"
                    + " \"at:{query:at}\"]}");
    private static final String NO_WINDOW = policies("- {name: a, match: {path: \"/**\"}, ttl: 10m, tags: [all]}");
    private static final String SOFT = "{'tags':['all'],'soft':true}";

    @Parameter
    boolean fullPath;

    private final AtomicInteger version = new AtomicInteger(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    @Override
    Proxy proxy(String yaml) {
        System.setProperty("lacquer.full-path", Boolean.toString(fullPath));
        return super.proxy(yaml);
    }

    @AfterEach
    void leaveTheWayOpen() {
        gate.countDown();
        System.clearProperty("lacquer.full-path");
    }

    /** The version is the body, and the validator if there is one. */
    private void answers(boolean validator, String... fields) {
        origin.on("*", call -> {
            String etag = "\"" + version.get() + "\"";
            String[] all = java.util.Arrays.copyOf(fields, fields.length + 2);
            all[fields.length] = date();
            all[fields.length + 1] = validator ? "ETag: " + etag : "X-None: 1";
            boolean same = validator && etag.equals(call.header("If-None-Match"));
            call.reply(same ? 304 : 200, "v" + version.get(), all);
        });
    }

    private void assertAnswer(String path, String cache, String text) {
        Client.Response answer = get(path);
        assertThat(answer.cache()).isEqualTo(cache);
        assertThat(answer.text()).isEqualTo(text);
    }

    @Test
    void staleIsServedWhileOneRefreshGoes() {
        answers(false);
        proxy(WINDOW);
        warm("/a", "/b");
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "v2", date());
        });
        purge("{'urls':['example.org/a'],'soft':true}");
        for (int i = 0; i < 5; i++) {
            assertAnswer("/a", "STALE", "v1");
        }
        assertThat(get("/a").header("Cache-Status")).contains("detail=stale-while-revalidate");
        assertLives("/b");
        await().until(() -> origin.count("/a") == 2);
        gate.countDown();
        await().untilAsserted(() -> assertAnswer("/a", "HIT", "v2"));
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aSoftPurgeCountsWhatItHitsAndRemovesNothing() {
        answers(false);
        proxy(WINDOW);
        warm("/a", "/b");
        assertThat(purge(SOFT).get("entries").asLong()).isEqualTo(2);
        assertThat(metric("lacquer_l1_entries")).isEqualTo(2);
    }

    @Test
    void allOfTheScopesAreSoftToo() {
        answers(false);
        proxy(WINDOW);
        for (String scope : new String[] {
            "'urls':['example.org/x?at=1']",
            "'tags':['at:1']",
            "'tag_patterns':['at:*']",
            "'prefixes':['example.org/x']",
            "'patterns':['*/x']",
            "'namespaces':['a']",
            "'all':true"
        }) {
            get("/x?at=1");
            await().until(() -> "HIT".equals(get("/x?at=1").cache()));
            purge("{" + scope + ",'soft':true}");
            assertThat(get("/x?at=1").cache()).as(scope).isEqualTo("STALE");
        }
    }

    @Test
    void pastTheWindowAfterThePurgeItIsNotServed() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        clock.advance(Duration.ofSeconds(100));
        purge(SOFT);
        clock.advance(Duration.ofSeconds(61));
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void aSecondSoftPurgeDoesNotMakeTheFirstOneLater() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        for (int i = 0; i < 9; i++) {
            purge(SOFT);
            clock.advance(Duration.ofSeconds(10));
        }
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void betweenTwoSoftPurgesWhatIsFetchedIsStaleSinceTheSecond() {
        answers(false);
        proxy(WINDOW);
        purge(SOFT);
        clock.advance(Duration.ofSeconds(200));
        warm("/a");
        clock.advance(Duration.ofSeconds(200));
        purge("{'urls':['example.org/a'],'soft':true}");
        purge("{'prefixes':['example.org/'],'soft':true}");
        clock.advance(Duration.ofSeconds(59));
        assertAnswer("/a", "STALE", "v1");
    }

    @Test
    void neverPastItsNaturalEndAndTheWindow() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        clock.advance(Duration.ofSeconds(640));
        purge(SOFT);
        clock.advance(Duration.ofSeconds(19));
        origin.on("/a", call -> call.reply(503, "no")); // so that no refresh gives it new life
        assertAnswer("/a", "STALE", "v1");
        await().until(() -> origin.count("/a") == 2 && metric("lacquer_flights") == 0); // it has come to nothing
        clock.advance(Duration.ofSeconds(1));
        origin.on("/a", call -> call.reply(200, "v2", date()));
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void withoutAWindowTheKeptBodyIsRevalidated() {
        answers(true);
        proxy(NO_WINDOW);
        warm("/a");
        purge(SOFT);
        assertAnswer("/a", "REVALIDATED", "v1");
        assertThat(origin.last("/a").header("If-None-Match")).isEqualTo("\"1\"");
        assertAnswer("/a", "HIT", "v1");
        purge(SOFT);
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
        assertAnswer("/a", "HIT", "v2");
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @Test
    void mustRevalidateIsStrongerThanTheWindow() {
        answers(true, "Cache-Control: max-age=600, must-revalidate");
        proxy(WINDOW);
        warm("/a");
        purge(SOFT);
        assertAnswer("/a", "REVALIDATED", "v1");
        purge(SOFT);
        origin.on("/a", call -> call.reply(503, "no"));
        assertThat(get("/a").status()).isEqualTo(503);
    }

    @Test
    void withoutAValidatorOrAWindowItIsFetched() {
        answers(false);
        proxy(NO_WINDOW);
        warm("/a");
        purge(SOFT);
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
        assertAnswer("/a", "HIT", "v2");
    }

    @Test
    void anErrorIsCoveredUpAfterASoftPurgeAndNotAfterAHardOne() {
        answers(false);
        proxy(policies("- {name: a, match: {path: \"/**\"}, ttl: 10m, stale_if_error: 1m, tags: [all]}"));
        warm("/a");
        purge(SOFT);
        origin.on("/a", call -> call.reply(503, "no"));
        assertAnswer("/a", "STALE", "v1");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a").status()).isEqualTo(503);
        clock.advance(Duration.ofSeconds(500));
        origin.on("/a", call -> call.reply(200, "v2", date()));
        assertAnswer("/a", "MISS", "v2");
        origin.on("/a", call -> call.reply(503, "no"));
        purge("{'tags':['all']}");
        assertThat(get("/a").status()).isEqualTo(503);
    }

    @Test
    void anErrorIsStoredOnceTheCoverIsTooOld() {
        answers(false);
        proxy(policies("""
            - {name: errors, match: {path: "/**", status: 503}, ttl: 10s}
            - {name: a, match: {path: "/**"}, ttl: 10m, stale_if_error: 1m, tags: [all]}
            """));
        warm("/a");
        purge(SOFT);
        clock.advance(Duration.ofSeconds(61));
        origin.on("/a", call -> call.reply(503, "no", date()));
        assertThat(get("/a").status()).isEqualTo(503);
        assertAnswer("/a", "HIT", "no");
    }

    @Test
    void softThenHardIsHard() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        purge(SOFT);
        purge("{'tags':['all']}");
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void hardThenSoftIsHard() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        purge("{'tags':['all']}");
        purge(SOFT);
        version.set(2);
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void itHardensInTimeAndNotBefore() {
        answers(false);
        proxy("purge: {harden_after: 30s}\n" + WINDOW);
        warm("/a", "/b");
        purge("{'urls':['example.org/a'],'soft':true}");
        purge("{'prefixes':['example.org/b'],'soft':true}");
        origin.on("*", call -> call.reply(503, "no")); // no refresh comes in between
        clock.advance(Duration.ofSeconds(29));
        assertAnswer("/a", "STALE", "v1");
        assertAnswer("/b", "STALE", "v1");
        clock.advance(Duration.ofSeconds(1));
        assertThat(get("/a").status()).isEqualTo(503);
        assertThat(get("/b").status()).isEqualTo(503);
    }

    @Test
    void whatHardensLetsWhatWasFetchedSinceLive() {
        answers(false);
        proxy("purge: {harden_after: 30s}\n" + WINDOW);
        warm("/a");
        version.set(2);
        purge(SOFT);
        assertAnswer("/a", "STALE", "v1");
        await().untilAsserted(() -> assertThat(get("/a").cache()).isEqualTo("HIT"));
        clock.advance(Duration.ofSeconds(60));
        assertLives("/a");
    }

    /** The patterns that hardened later are older than those that were hard at once. */
    @Test
    void whatAHardPatternEndedStaysEndedWhenAnotherHardens() {
        answers(false);
        proxy("purge: {harden_after: 30s}\n" + WINDOW);
        purge("{'prefixes':['example.org/x'],'soft':true}");
        get("/a");
        purge("{'prefixes':['example.org/a']}");
        clock.advance(Duration.ofSeconds(31));
        version.set(2);
        assertAnswer("/x", "MISS", "v2"); // it has hardened
        assertAnswer("/a", "MISS", "v2");
    }

    @Test
    void whatWasUnderWayWhenTheSoftPurgeCameIsStale() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                asked.countDown();
                gate.await();
            }
            call.reply(200, "v" + origin.count("/a"), date());
        });
        Proxy proxy = proxy(WINDOW);
        try (Client first = new Client(proxy.port())) {
            first.send("GET", "/a", "");
            asked.await();
            purge(SOFT);
            gate.countDown();
            assertThat(first.read("GET").text()).isNotEmpty();
        }
        assertThat(get("/a").cache()).isEqualTo("STALE");
        await().untilAsserted(() -> assertAnswer("/a", "HIT", "v2"));
    }

    /** Soft or hard: who comes after the purge does not get what was asked for before it, and they ask together. */
    @org.junit.jupiter.params.ParameterizedTest
    @ValueSource(strings = {"{'tags':['all'],'soft':true}", "{'tags':['all']}", "{'urls':['example.org/a']}"})
    void whoCameAfterThePurgeDoesNotFollowAFlightFromBefore(String document) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        origin.on("/a", call -> {
            int number = origin.count("/a");
            if (number == 1) {
                asked.countDown();
                gate.await();
            }
            call.reply(200, "v" + number, date());
        });
        Proxy proxy = proxy(NO_WINDOW);
        try (Client first = new Client(proxy.port())) {
            first.send("GET", "/a", "");
            asked.await();
            purge(document);
            Client[] later = new Client[20];
            for (int i = 0; i < later.length; i++) {
                later[i] = new Client(proxy.port());
                later[i].send("GET", "/a", "");
            }
            await().until(() -> metric("lacquer_collapsed_total") >= later.length);
            gate.countDown();
            assertThat(first.read("GET").text()).isEqualTo("v1");
            for (Client each : later) {
                assertThat(each.read("GET").text()).isEqualTo("v2");
                each.close();
            }
        }
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void whoComesWhileABodyFromBeforeThePurgeStreamsIsNotGivenIt() throws Exception {
        origin.on("/a", call -> {
            int number = origin.count("/a");
            if (number == 1) {
                call.raw("HTTP/1.1 200 OK\r\n" + date() + "\r\nContent-Length: 2\r\n\r\nv");
                gate.await();
                call.raw("1");
            } else {
                call.reply(200, "v" + number, date());
            }
        });
        Proxy proxy = proxy(NO_WINDOW);
        try (Client first = new Client(proxy.port())) {
            first.send("GET", "/a", "");
            first.readHead();
            purge(SOFT);
            assertAnswer("/a", "MISS", "v2");
            assertAnswer("/a", "HIT", "v2");
            gate.countDown();
        }
        await().until(() -> metric("lacquer_flights") == 0);
        assertAnswer("/a", "HIT", "v2");
    }

    @Test
    void aRefreshThatBeganBeforeASecondSoftPurgeIsNotTheLast() {
        answers(false);
        proxy(WINDOW);
        warm("/a");
        CountDownLatch second = new CountDownLatch(1);
        origin.on("/a", call -> {
            int number = origin.count("/a");
            if (number == 2) {
                second.countDown();
                gate.await();
            }
            call.reply(200, "v" + number, date());
        });
        purge(SOFT);
        assertAnswer("/a", "STALE", "v1");
        await().until(() -> second.getCount() == 0);
        purge(SOFT);
        gate.countDown();
        await().untilAsserted(() -> assertAnswer("/a", "HIT", "v3"));
    }

    @Test
    void aSoftPurgeOfTheSameUnderAnotherQueryCounts() {
        answers(false, "No-Vary-Search: params=(\"x\")");
        proxy(NO_WINDOW);
        get("/a?x=1");
        assertLives("/a?x=2", "/a?x=1");
        purge("{'urls':['example.org/a?x=2'],'soft':true}");
        version.set(2);
        assertAnswer("/a?x=2", "MISS", "v2");
    }

    @Test
    void staleIsToldToNobodyAsFresh() {
        answers(false);
        proxy(policies("- {name: a, match: {path: \"/**\"}, ttl: {proxy: 10m, browser: 1m, cdn: 2m},"
                + " stale_while_revalidate: 1m, tags: [all]}"));
        warm("/a");
        assertThat(get("/a").header("Cache-Control")).contains("max-age=60");
        purge(SOFT);
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.header("Cache-Control")).contains("max-age=0");
        assertThat(stale.header("CDN-Cache-Control")).contains("max-age=0");
    }

    @Test
    void aPartThatIsStaleIsNotCompletedButFetchedWhole() {
        origin.on("/part", call -> {
            if (call.header("Range") == null) {
                call.reply(200, "B".repeat(100), date(), "ETag: \"2\"");
            } else {
                call.reply(206, "A".repeat(90), date(), "ETag: \"1\"", "Content-Range: bytes 0-89/100");
            }
        });
        proxy(WINDOW);
        get("/part", "Range: bytes=0-89");
        purge(SOFT);
        Client.Response whole = get("/part");
        assertThat(whole.text()).isEqualTo("B".repeat(100));
    }
}
