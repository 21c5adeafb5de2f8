package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Miss, hit, stale, renewed, invalidated: what a client sees of one stored answer's life. */
class JourneyTest extends EndToEnd {
    @Test
    void aMissIsStoredAndTheNextRequestIsAHitFromL1() {
        origin.on("/a", call -> call.reply(200, "one", date(), "Cache-Control: max-age=60", "ETag: \"1\""));
        proxy(PLAIN);
        Client.Response miss = get("/a");
        assertThat(miss.cache()).isEqualTo("MISS");
        assertThat(miss.level()).isEqualTo("ORIGIN");
        assertThat(miss.header("Cache-Status")).isEqualTo("lacquer; fwd=uri-miss; fwd-status=200; stored; ttl=60");
        clock.advance(Duration.ofSeconds(10));
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.level()).isEqualTo("L1");
        assertThat(hit.age()).isEqualTo(10);
        assertThat(hit.header("ETag")).isEqualTo("\"1\"");
        assertThat(hit.header("Date")).isEqualTo(miss.header("Date"));
        assertThat(hit.header("Via")).isEqualTo("1.1 lacquer");
        assertThat(hit.header("Cache-Status")).isEqualTo("lacquer; hit; ttl=50");
        assertThat(hit.text()).isEqualTo("one");
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void anExpiredAnswerIsValidatedAndRenewedByA304() {
        origin.on("/a", call -> {
            if ("\"1\"".equals(call.header("If-None-Match"))) {
                call.reply(304, "", date(), "ETag: \"1\"", "Cache-Control: max-age=60", "X-New: yes");
            } else {
                call.reply(200, "one", date(), "Cache-Control: max-age=60", "ETag: \"1\"");
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(61));
        Client.Response renewed = get("/a");
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        assertThat(renewed.level()).isEqualTo("ORIGIN");
        assertThat(renewed.text()).isEqualTo("one");
        assertThat(renewed.header("X-New")).isEqualTo("yes");
        assertThat(renewed.header("Cache-Status")).startsWith("lacquer; fwd=stale; fwd-status=304; stored; ttl=60");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void staleWhileRevalidateServesStaleAndRefreshesOnceInTheBackground() {
        origin.on(
                "/a",
                call -> call.reply(
                        200, "v" + origin.count("/a"), date(), "Cache-Control: max-age=10, stale-while-revalidate=30"));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.level()).isEqualTo("L1");
        assertThat(stale.text()).isEqualTo("v1");
        assertThat(stale.header("Cache-Status")).isEqualTo("lacquer; hit; ttl=-10; detail=stale-while-revalidate");
        await().untilAsserted(() -> {
            Client.Response fresh = get("/a");
            assertThat(fresh.cache()).isEqualTo("HIT");
            assertThat(fresh.text()).isEqualTo("v2");
        });
        assertThat(origin.count("/a")).isEqualTo(2);
        clock.advance(Duration.ofSeconds(41));
        assertThat(get("/a").cache()).as("outside the window").isEqualTo("MISS");
    }

    @Test
    void staleIfErrorServesStaleOn5xxAndOnAResetWithinItsWindow() {
        origin.on("/a", call -> {
            switch (origin.count("/a")) {
                case 1 -> call.reply(200, "good", date(), "Cache-Control: max-age=10, stale-if-error=60");
                case 2 -> call.reply(503, "bad");
                default -> call.reset();
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        Client.Response first = get("/a");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.cache()).isEqualTo("STALE");
        assertThat(first.header("Cache-Status"))
                .contains("fwd=stale; fwd-status=503")
                .contains("stale-if-error");
        Client.Response second = get("/a");
        assertThat(second.text()).isEqualTo("good");
        clock.advance(Duration.ofSeconds(60));
        assertThat(get("/a").status()).as("outside the window").isEqualTo(502);
    }

    @Test
    void mustRevalidateForbidsStale() {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                call.reply(
                        200,
                        "good",
                        date(),
                        "Cache-Control: max-age=10, must-revalidate, stale-if-error=60, stale-while-revalidate=60");
            } else {
                call.reply(503, "bad");
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a").status()).isEqualTo(503);
    }

    @Test
    void aClientsConditionIsAnsweredFromTheStoreAndNeverReachesASharedFetch() {
        origin.on("/a", call -> call.reply(200, "one", date(), "Cache-Control: max-age=60", "ETag: \"1\""));
        proxy(PLAIN);
        Client.Response first = get("/a", "If-None-Match: \"1\"");
        assertThat(first.status()).isEqualTo(304);
        assertThat(first.cache()).isEqualTo("MISS");
        assertThat(origin.last("/a").header("If-None-Match")).isNull();
        Client.Response hit = get("/a", "If-None-Match: W/\"1\"");
        assertThat(hit.status()).isEqualTo(304);
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(get("/a", "If-None-Match: \"2\"").text()).isEqualTo("one");
    }

    @Test
    void aHeadIsAnsweredFromTheStoredGet() {
        origin.on("/a", call -> call.reply(200, "12345", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        Client.Response asked = send("HEAD", "/a", "");
        assertThat(asked.header("Content-Length")).isEqualTo("5");
        get("/a");
        Client.Response head = send("HEAD", "/a", "");
        assertThat(head.cache()).isEqualTo("HIT");
        assertThat(head.header("Content-Length")).isEqualTo("5");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void variantsAreKeptApart() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "for " + call.header("Accept-Language"),
                        date(),
                        "Cache-Control: max-age=60",
                        "Vary: Accept-Language"));
        proxy(PLAIN);
        assertThat(get("/a", "Accept-Language: de").text()).isEqualTo("for de");
        assertThat(get("/a", "Accept-Language: fr").text()).isEqualTo("for fr");
        Client.Response de = get("/a", "Accept-Language: de");
        assertThat(de.cache()).isEqualTo("HIT");
        assertThat(de.text()).isEqualTo("for de");
        assertThat(get("/a").text()).isEqualTo("for null");
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @Test
    void aWriteInvalidatesItsUrlAndTheTagsThatItsPolicyNames() {
        origin.on("*", call -> call.reply(200, call.method + origin.count(), date()));
        proxy(policies("""
            - {name: user, match: {path: "/users/{id}", method: [GET, HEAD]}, ttl: 10m, tags: [users, "user:{id}"]}
            - {name: list, match: {path: "/users", method: [GET, HEAD]}, ttl: 10m, tags: [users]}
            - {name: other, match: {path: "/other", method: [GET]}, ttl: 10m}
            - name: writes
              match: {path: "/users/{id}", method: [PUT]}
              invalidate: {tags: [users]}
            """));
        for (String path : new String[] {"/users/1", "/users/2", "/users", "/other"}) {
            get(path);
            assertThat(get(path).cache()).isEqualTo("HIT");
        }
        send("PUT", "/users/1", "x");
        assertThat(get("/users/1").cache()).isEqualTo("MISS");
        assertThat(get("/users").cache()).isEqualTo("MISS");
        assertThat(get("/users/2").cache()).isEqualTo("MISS");
        assertThat(get("/other").cache()).isEqualTo("HIT");
    }

    @Test
    void aFailedWriteInvalidatesNothing() {
        origin.on(
                "/a",
                call -> call.reply(call.method.equals("GET") ? 200 : 500, "x", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        get("/a");
        send("POST", "/a", "x");
        assertThat(get("/a").cache()).isEqualTo("HIT");
    }

    @Test
    void anEditedLifetimeActsOnWhatIsStoredAlready() {
        origin.on("/a", call -> call.reply(200, "x", date()));
        var proxy = proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        get("/a");
        clock.advance(Duration.ofSeconds(60));
        assertThat(get("/a").header("Cache-Status")).isEqualTo("lacquer; hit; ttl=540");
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, ttl: 30s}")))
                .isEmpty();
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void aBadReloadIsReportedWithItsPlaceAndTheLastGoodOneStays() {
        origin.on("/a", call -> call.reply(200, "x", date()));
        var proxy = proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        get("/a");
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, ttl: 10}")))
                .singleElement()
                .asString()
                .matches("(?s).*:\\d+:\\d+: .*unit.*");
        assertThat(get("/a").cache()).isEqualTo("HIT");
    }

    @Test
    void emittedLifetimesGiveEachLevelItsWholeLifetimeHoweverOldTheAnswerIs() {
        origin.on(
                "/a",
                call -> call.reply(200, "x", date(), "Expires: 0", "Pragma: no-cache", "Cache-Control: s-maxage=5"));
        proxy(policies("""
            - name: a
              match: {path: /a}
              mode: override
              ttl: {browser: 1m, cdn: 5m, proxy: 10m}
              stale_while_revalidate: 1m
            """));
        Client.Response miss = get("/a");
        assertThat(miss.header("Cache-Control")).isEqualTo("max-age=60");
        assertThat(miss.header("CDN-Cache-Control")).isEqualTo("max-age=300");
        assertThat(miss.header("Surrogate-Control")).isEqualTo("max-age=300");
        assertThat(miss.header("Expires")).isNull();
        assertThat(miss.header("Pragma")).isNull();
        clock.advance(Duration.ofSeconds(120));
        Client.Response hit = get("/a");
        assertThat(hit.age()).isEqualTo(120);
        assertThat(hit.header("Cache-Control")).isEqualTo("max-age=180");
        assertThat(hit.header("CDN-Cache-Control")).isEqualTo("max-age=420");
        clock.advance(Duration.ofSeconds(500));
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.header("Cache-Control")).isEqualTo("max-age=0");
        assertThat(stale.header("CDN-Cache-Control")).isEqualTo("max-age=0");
        assertThat(stale.header("Surrogate-Control")).isEqualTo("max-age=0");
    }
}
