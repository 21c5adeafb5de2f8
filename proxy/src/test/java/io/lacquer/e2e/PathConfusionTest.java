package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One path for policy, key and origin, or no caching: cache deception and its relatives. */
class PathConfusionTest extends EndToEnd {
    private static final String DECEIVED = """
        - {name: private, match: {path: "/api/me/**"}, cache: false}
        - {name: static, match: {path: "/static/**"}, ttl: 10m}
        """;

    private void echoes(String... fields) {
        origin.on("*", call -> {
            String[] all = java.util.Arrays.copyOf(fields, fields.length + 1);
            all[fields.length] = date();
            call.reply(200, call.target, all);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a%2Fb",
                "/a%2fb",
                "/a%5Cb",
                "/a\\b",
                "/a%00",
                "/a%0D%0ASet-Cookie:x",
                "/a%2500",
                "/a%252e%252e/b",
                "/a;jsessionid=1",
                "/a%3Bx",
                "/static/..%2fapi/me",
                "/static/..;/api/me",
                "/a%",
                "/a%4",
                "/a%zz",
                "/a%u002e",
                "/\u00e9",
                "/a?q=\u00e9"
            })
    void anAmbiguousPathIsForwardedByteForByteAndNeverCached(String path) {
        echoes("Cache-Control: public, max-age=60");
        proxy(policies("- {name: all, match: {path: \"/**\"}, ttl: 10m, mode: force}"));
        for (int i = 1; i <= 2; i++) {
            Client.Response answer = get(path);
            assertThat(answer.cache()).isEqualTo("BYPASS");
            assertThat(answer.header("Cache-Status")).contains("ambiguous-path");
            assertThat(origin.count()).isEqualTo(i);
        }
        assertThat(origin.count(path.replaceFirst("\\?.*", ""))).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "/a/b, /a/./b",
        "/a/b, /a/x/../b",
        "/a/b, /a/%2e/b",
        "/a/b, /a/x/%2E%2e/b",
        "/a/b, /../a/b",
        "/a/b, /%61/b",
        "/a/b, /a/%62",
        "/a~b, /a%7Eb",
        "/a%C3%A9, /a%c3%a9",
        "/a/, /a/b/..",
        "/a/, /a/."
    })
    void twoSpellingsOfOnePathAreOneEntry(String plain, String other) {
        echoes();
        proxy(policies("- {name: a, match: {path: \"/**\"}, ttl: 10m}"));
        assertThat(get(plain).cache()).isEqualTo("MISS");
        assertThat(get(other).cache()).isEqualTo("HIT");
        assertThat(origin.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"/a/b, /a/B", "/a, /a/", "/a, //a", "/a%20b, /a+b", "/a?x=1, /a?x=2", "/a?x=1&y=2, /a?y=2&x=1"})
    void differentPathsAreDifferentEntries(String one, String other) {
        echoes();
        proxy(policies("- {name: a, match: {path: \"/**\"}, ttl: 10m}"));
        get(one);
        assertThat(get(other).cache()).isEqualTo("MISS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/static/../api/me",
                "/static/%2e%2e/api/me",
                "/static/%2E%2E/api/me/x.css",
                "/static/.%2e/api/%6de/x.css",
                "/static/x/../../api/me/x.js",
                "/%61pi/me/x.css",
                "/api/./me/a.css",
                "http://example.org/static/../api/me"
            })
    void cacheDeceptionMeetsThePrivatePolicy(String path) {
        echoes("Cache-Control: max-age=60");
        proxy(policies(DECEIVED));
        get(path);
        Client.Response again = get(path);
        assertThat(again.cache()).isEqualTo("BYPASS");
        assertThat(again.header("Cache-Status")).contains("policy-off");
        assertThat(origin.count()).isEqualTo(2);
    }

    @Test
    void theOriginIsAskedForTheNormalisedPathThatIsTheKey() {
        echoes();
        proxy(policies(DECEIVED));
        assertThat(get("/static/x/%2e%2e/%61.css?v=%61").text()).isEqualTo("/static/a.css?v=%61");
    }

    @Test
    void droppedParametersReachTheOriginOnlyWhereNothingIsCached() {
        echoes();
        proxy(policies("""
            - {name: off, match: {path: /off}, cache: false, key: {query: {drop: ["utm_*"]}}}
            - {name: a, match: {path: /a}, ttl: 10m, key: {query: {drop: ["utm_*", fbclid]}}}
            """));
        assertThat(get("/a?utm_source=x&b=2&utm_medium=y&a=1&fbclid=z").text()).isEqualTo("/a?b=2&a=1");
        assertThat(get("/a?b=2&a=1").cache()).isEqualTo("HIT");
        assertThat(get("/a?a=1&b=2").cache()).as("order counts").isEqualTo("MISS");
        assertThat(get("/a?utm_source=x").text()).isEqualTo("/a");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(get("/off?utm_source=x").text()).isEqualTo("/off?utm_source=x");
    }

    @Test
    void onlyKeptParametersAreKeyedAndReachTheOriginSorted() {
        echoes();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, key: {query: {sort: true, keep: [id, tag]}}}"));
        assertThat(get("/a?tag=z&cb=123&id=1&tag=a&%69d=2").text()).isEqualTo("/a?id=1&tag=z&tag=a");
        assertThat(get("/a?id=1&tag=z&tag=a").cache()).isEqualTo("HIT");
        assertThat(get("/a?id=1&tag=a&tag=z").cache())
                .as("repeated names keep their order")
                .isEqualTo("MISS");
    }

    @ParameterizedTest
    @CsvSource({
        "Example.ORG, HIT",
        "example.org:80, HIT",
        "example.org., HIT",
        "example.org.:80, HIT",
        "EXAMPLE.org:080, HIT",
        "example.org:, HIT",
        "example.org:81, MISS",
        "www.example.org, MISS"
    })
    void theHostIsInTheKeyInItsOneForm(String host, String cache) {
        echoes();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        get("/a");
        assertThat(get("/a", "Host: " + host).cache()).isEqualTo(cache);
    }

    @Test
    void theAuthorityOfAnAbsoluteFormWinsOverHost() {
        origin.on("/a", call -> call.reply(200, call.header("Host"), date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        assertThat(get("http://EXAMPLE.org/a", "Host: evil.example").text()).isEqualTo("example.org");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(get("/a", "Host: evil.example").text()).isEqualTo("evil.example");
    }

    @Test
    void aGetWithABodyIsNeverCached() {
        origin.on("/a", call -> call.reply(200, new String(call.body(), java.nio.charset.StandardCharsets.UTF_8)));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: force}"));
        Client.Response fat = send("GET", "/a", "evil");
        assertThat(fat.text()).isEqualTo("evil");
        assertThat(fat.cache()).isEqualTo("BYPASS");
        assertThat(get("/a").cache()).isEqualTo("MISS");
        assertThat(send("GET", "/a", "evil").text()).isEqualTo("evil");
        assertThat(send("HEAD", "/a", "evil").cache()).isEqualTo("BYPASS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Accept-Language\u000bX: y", "Accept\u0000", "Accept-Language\rSet-Cookie: a=b"})
    void aVaryThatSplitsTheHeadIsRefused(String vary) {
        origin.on("/a", call -> call.raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nVary: " + vary + "\r\n\r\nx"));
        proxy(PLAIN);
        Client.Response answer = get("/a");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("Set-Cookie")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "Accept, *", "*, Accept"})
    void varyOnEverythingIsNotStored(String vary) {
        echoes("Vary: " + vary, "Cache-Control: max-age=60");
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: override}"));
        get("/a");
        Client.Response again = get("/a");
        assertThat(again.cache()).isEqualTo("MISS");
        assertThat(again.header("Cache-Status")).contains("detail=uncacheable-before");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bad name", "a=b", "\"x\"", "a;b", ",,,", "X-\u00e9"})
    void aVaryThatNamesNoFieldStoresNothingWrong(String vary) {
        origin.on(
                "/a",
                call -> call.reply(
                        200, "" + call.header("X-Z"), date(), "Vary: X-Z, " + vary, "Cache-Control: max-age=9"));
        proxy(PLAIN);
        for (int i = 0; i < 2; i++) {
            assertThat(get("/a", "X-Z: 1").text()).isEqualTo("1");
            assertThat(get("/a", "X-Z: 2").text()).isEqualTo("2");
        }
    }
}
