package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's {@code Cache-Control} (RFC 9111 §5.2.1): honoured without a policy, ignored by one with a lifetime. */
class ClientDirectivesTest extends EndToEnd {
    private void lives60Seconds() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
    }

    @ParameterizedTest
    @CsvSource({
        "10, Cache-Control: no-cache, MISS",
        "10, Pragma: no-cache, MISS",
        "10, Cache-Control: max-age=9, MISS",
        "10, Cache-Control: max-age=10, HIT",
        "10, Cache-Control: max-age=0, MISS",
        "10, Cache-Control: min-fresh=50, HIT",
        "10, Cache-Control: min-fresh=51, MISS",
        "10, Cache-Control: no-store, HIT",
        "10, Cache-Control: only-if-cached, HIT",
        "10, Cache-Control: max-age=abc, MISS",
        "10, Cache-Control: unknown=1, HIT",
        "70, Cache-Control: max-stale, STALE",
        "70, Cache-Control: max-stale=10, STALE",
        "70, Cache-Control: max-stale=9, MISS",
        "70, 'Cache-Control: max-stale, min-fresh=1', MISS"
    })
    void aDirectiveIsHonouredWithoutPolicy(int seconds, String field, String cache) {
        lives60Seconds();
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(seconds));
        assertThat(get("/a", field).cache()).isEqualTo(cache);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cache-Control: no-cache",
                "Pragma: no-cache",
                "Cache-Control: max-age=0",
                "Cache-Control: no-store",
                "Cache-Control: min-fresh=100000"
            })
    void aDirectiveIsIgnoredByAPolicyWithALifetime(String field) {
        lives60Seconds();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        assertThat(get("/a", field).cache()).isEqualTo("MISS");
        clock.advance(Duration.ofSeconds(10));
        assertThat(get("/a", field).cache()).isEqualTo("HIT");
    }

    @Test
    void aPolicyMaySayHonour() {
        lives60Seconds();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, client_directives: honour}"));
        get("/a");
        assertThat(get("/a", "Cache-Control: no-cache").cache()).isEqualTo("MISS");
    }

    @Test
    void aPolicyWithoutALifetimeHonours() {
        lives60Seconds();
        proxy(policies("- {name: a, match: {path: /a}, stale_if_error: 1m}"));
        get("/a");
        assertThat(get("/a", "Cache-Control: no-cache").cache()).isEqualTo("MISS");
    }

    @Test
    void noStoreStoresNothing() {
        lives60Seconds();
        proxy(PLAIN);
        assertThat(get("/a", "Cache-Control: no-store").header("Cache-Status")).contains("client-directive");
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void onlyIfCachedIs504WhereNothingUsableIsStoredAndTheOriginIsNotAsked() {
        lives60Seconds();
        proxy(PLAIN);
        assertThat(get("/a", "Cache-Control: only-if-cached").status()).isEqualTo(504);
        assertThat(origin.count()).isZero();
        get("/a");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a", "Cache-Control: only-if-cached").status()).isEqualTo(504);
        assertThat(get("/a", "Cache-Control: only-if-cached, no-cache").status())
                .isEqualTo(504);
        assertThat(origin.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"})
    void maxStaleDoesNotBeatTheOrigin(String directive) {
        origin.on("/a", call -> call.reply(200, "x", date(), "ETag: \"1\"", "Cache-Control: max-age=60, " + directive));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(70));
        assertThat(get("/a", "Cache-Control: max-stale").cache()).isEqualTo("MISS");
    }

    @ParameterizedTest
    @CsvSource({
        "bypass: {cookie: [session]}, Cookie: a=1; session=x",
        "'bypass: {header: {X-Preview: \"on*\"}}', X-Preview: one",
        "'bypass: {query: {nocache: \"*\"}}', X-None: 1"
    })
    void aBypassRuleSkipsTheCacheAndStoresNothing(String rule, String field) {
        lives60Seconds();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, " + rule + "}"));
        for (int i = 0; i < 2; i++) {
            Client.Response answer = get("/a?nocache", field);
            assertThat(answer.cache()).isEqualTo("BYPASS");
            assertThat(answer.header("Cache-Status"))
                    .isEqualTo("lacquer; fwd=bypass; fwd-status=200; detail=bypass-rule");
        }
        if (!rule.contains("query")) {
            assertThat(get("/a?nocache").cache()).isEqualTo("MISS");
            assertThat(get("/a?nocache").cache()).isEqualTo("HIT");
            assertThat(get("/a?nocache", field).cache()).isEqualTo("BYPASS");
        }
    }

    @Test
    void cachingIsSwitchedOffByAPolicyOrForEverything() {
        lives60Seconds();
        var proxy = proxy(policies("- {name: a, match: {path: /a}, cache: false}"));
        get("/a");
        assertThat(get("/a").header("Cache-Status")).contains("policy-off");
        assertThat(proxy.reload(PLAIN + "cache: false\n")).isEmpty();
        get("/a");
        assertThat(get("/a").header("Cache-Status")).contains("cache-off");
        assertThat(get("/a").cache()).isEqualTo("BYPASS");
        assertThat(origin.count()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"If-Match: \"1\"", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"})
    void aPreconditionGoesToTheOrigin(String field) {
        lives60Seconds();
        proxy(PLAIN);
        get("/a");
        assertThat(get("/a", field).cache()).isEqualTo("BYPASS");
        assertThat(origin.last("/a").fields).contains(field);
    }
}
