package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lacquer.Proxy;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code PURGE} on the main listener, as the plugins of CMSs send it. */
class PurgeMethodTest extends WithPurges {
    private static final String POLICIES = policies("""
        - {name: a, match: {path: "/a/{x}"}, ttl: 10m, stale_while_revalidate: 1m, tags: [all, "x:{x}"]}
        - {name: s, match: {path: "/s"}, ttl: 10m, key: {query: {sort: true, drop: ["utm_*"]}}}
        - {name: rest, match: {path: "/**"}, ttl: 10m}
        """);
    private static final String ALLOWED = "purge: {allow: [127.0.0.1/32]}\n" + POLICIES;
    private static final String[] ALL = {"/a/1", "/a/2", "/a/1?q=1", "/s?a=1&b=2", "/else", "/"};

    private Proxy logged;

    @AfterEach
    void stop() {
        if (logged != null) {
            logged.close();
        }
    }

    private void assertPurges(Client.Response answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode page = page(answer);
        assertThat(page.get("status").asString()).isEqualTo("ok");
        assertThat(admin("GET", "/api/v1/cache/purges/" + page.get("id").asString(), "")
                        .status())
                .isEqualTo(200);
    }

    private int forwarded(String... paths) {
        int count = 0;
        for (String path : paths) {
            count += origin.count(path);
        }
        return count;
    }

    @Test
    void oneUrlGoesAndNothingIsForwarded() {
        answerAll();
        proxy(ALLOWED);
        warm(ALL);
        int before = forwarded("/a/1");
        assertPurges(send("PURGE", "/a/1", ""));
        assertThat(forwarded("/a/1")).isEqualTo(before);
        assertEnded("/a/1");
        assertLives("/a/2", "/a/1?q=1", "/else");
        assertPurges(send("PURGE", "/s?utm_x=1&b=2&a=1", ""));
        assertPurges(send("PURGE", "/x/../a/%32", "", "Host: EXAMPLE.org.:80"));
        assertEnded("/s?a=1&b=2", "/a/2");
        assertLives("/else");
        assertThat(metric("cache_invalidations_total{namespace=\"*\",reason=\"purge-method\"}"))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "purge: {allow: []}\n",
                "purge: {allow: [10.0.0.0/8, 127.0.0.2]}\n",
                "purge: {allow: [\"::1\"]}\ntrusted_proxies: [127.0.0.1]\n"
            })
    void othersAreRefusedWhateverTheirHeadersSay(String purge) {
        answerAll();
        proxy(purge + POLICIES);
        warm(ALL);
        Client.Response refused = send(
                "PURGE",
                "/a/1",
                "",
                "X-Forwarded-For: 10.0.0.1",
                "Forwarded: for=127.0.0.2",
                "X-Real-IP: ::1",
                "Surrogate-Key: all");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).contains("purge.allow");
        assertThat(origin.last("/a/1").method).isEqualTo("GET");
        assertLives(ALL);
        assertThat(metric("cache_invalidations_total{namespace=\"*\",reason=\"purge-method\"}"))
                .isZero();
    }

    @Test
    void aReloadAllowsAndForbids() {
        answerAll();
        proxy(POLICIES);
        warm("/else");
        assertThat(send("PURGE", "/else", "").status()).isEqualTo(403);
        assertThat(current().reload(ALLOWED)).isEmpty();
        assertPurges(send("PURGE", "/else", ""));
        assertEnded("/else");
    }

    static List<Arguments> fields() {
        return List.of(
                as("Surrogate-Key: x:1", "/a/1", "/a/1?q=1"),
                as("Surrogate-Key: none x:2", "/a/2"),
                as("surrogate-key: x:1, x:2", "/a/1", "/a/1?q=1", "/a/2"),
                as("xkey: x:2", "/a/2"),
                as("xkey-purge: x:2", "/a/2"),
                as("Cache-Tag: x:2,x:3", "/a/2"),
                as("Cache-Tags: x:2", "/a/2"),
                as("X-Cache-Tags: x:2", "/a/2"),
                as("Purge-Cache-Tags: x:2 x:4", "/a/2"),
                as("X-Magento-Tags-Pattern: ((^|,)x:1(,|$))", "/a/1", "/a/1?q=1"),
                as("X-Magento-Tags-Pattern: ((^|,)x:2(,|$))|((^|,)x:3(,|$))", "/a/2"),
                as("X-Magento-Tags-Pattern: .*", ALL));
    }

    private static Arguments as(String field, String... ended) {
        return Arguments.of(field, List.of(ended));
    }

    @ParameterizedTest
    @MethodSource("fields")
    void aFieldNamesTags(String field, List<String> ended) {
        answerAll();
        proxy(ALLOWED);
        warm(ALL);
        assertPurges(send("PURGE", "/else", "", field));
        for (String path : ALL) {
            assertThat(get(path).cache()).as(path).isEqualTo(ended.contains(path) ? "MISS" : "HIT");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Magento-Tags-Pattern: x:1",
                "X-Magento-Tags-Pattern: ((^|,)x:1(,|$))|x:2.*",
                "X-Magento-Tags-Pattern: ((^|,)x:1(,|$)",
                "X-Magento-Tags-Pattern: ^.*$"
            })
    void aPatternThatIsNotUnderstoodWholeIsRefused(String field) {
        answerAll();
        proxy(ALLOWED);
        warm(ALL);
        assertThat(send("PURGE", "/else", "", field).status()).isEqualTo(400);
        assertLives(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Fastly-Soft-Purge: 1", "fastly-soft-purge: 1"})
    void softIfFastlySaysSo(String field) {
        answerAll();
        proxy(ALLOWED);
        warm("/a/1", "/a/2");
        assertPurges(send("PURGE", "/a/1", "", field));
        assertThat(get("/a/1").cache()).isEqualTo("STALE");
        assertPurges(send("PURGE", "/", "", field, "Surrogate-Key: x:2"));
        assertThat(get("/a/2").cache()).isEqualTo("STALE");
        assertPurges(send("PURGE", "/a/2", "", "Fastly-Soft-Purge: 0"));
        assertEnded("/a/2");
    }

    @Test
    void xkeyHasASoftFormToo() {
        answerAll();
        proxy(ALLOWED);
        warm("/a/1");
        assertPurges(send("PURGE", "/", "", "xkey-softpurge: x:1"));
        assertThat(get("/a/1").cache()).isEqualTo("STALE");
    }

    /** Its origin names tags in a field of its own, and purges by a regular expression over it. */
    @Test
    void magento() {
        origin.on(
                "*",
                call -> call.reply(
                        200, "x", date(), "Cache-Control: max-age=600", "X-Magento-Tags: cat_c_3,cat_p_1,FPC"));
        origin.on(
                "/other",
                call -> call.reply(200, "x", date(), "Cache-Control: max-age=600", "X-Magento-Tags: cat_p_12,FPC"));
        proxy("purge: {allow: [127.0.0.1]}\n" + PLAIN);
        warm("/page", "/other");
        assertThat(get("/page").header("X-Magento-Tags")).isNull();
        assertPurges(send(
                "PURGE", "/", "", "Host: 127.0.0.1", "X-Magento-Tags-Pattern: ((^|,)cat_p_1(,|$))|((^|,)cat_p(,|$))"));
        assertEnded("/page");
        assertLives("/other");
        assertPurges(send("PURGE", "/", "", "X-Magento-Tags-Pattern: ((^|,)FPC(,|$))"));
        assertEnded("/page", "/other");
    }

    /** The proxy cache purge plugin: a URL, or all below one. */
    @Test
    void wordPress() {
        answerAll();
        proxy(ALLOWED);
        warm("/blog/one", "/blog/one/feed", "/blog/two?p=1", "/blogs", "/else");
        assertPurges(send("PURGE", "/blog/one", "", "X-Purge-Method: default"));
        assertEnded("/blog/one");
        assertLives("/blog/one/feed");
        assertPurges(send("PURGE", "/blog/.*", "", "X-Purge-Method: regex"));
        assertEnded("/blog/one", "/blog/one/feed", "/blog/two?p=1");
        assertLives("/blogs", "/else");
        assertPurges(send("PURGE", "/.*", "", "X-Purge-Method: Regex"));
        assertEnded("/blogs", "/else");
        assertThat(send("PURGE", "/blog/[0-9]+", "", "X-Purge-Method: regex").status())
                .isEqualTo(400);
    }

    /** Full URLs in HTTP/1.0 with a connection that stays, or paths with Host; several one after the other. */
    @Test
    void mediaWiki() throws Exception {
        answerAll();
        Proxy proxy = proxy(ALLOWED);
        warm("/wiki/A", "/wiki/B", "/wiki/C?action=history");
        try (Client client = new Client(proxy.port())) {
            String rest = "Connection: Keep-Alive\r\nProxy-Connection: Keep-Alive\r\nUser-Agent: MediaWiki\r\n\r\n";
            client.raw("PURGE http://example.org/wiki/A HTTP/1.0\r\n" + rest);
            assertThat(client.read("PURGE").status()).isEqualTo(200);
            client.raw("PURGE http://example.org/wiki/C?action=history HTTP/1.0\r\n" + rest);
            assertThat(client.read("PURGE").status()).isEqualTo(200);
        }
        assertEnded("/wiki/A", "/wiki/C?action=history");
        assertLives("/wiki/B");
        try (Client client = new Client(proxy.port())) {
            String rest = " HTTP/1.1\r\nHost: example.org\r\nConnection: Keep-Alive\r\n\r\n";
            client.raw("PURGE /wiki/A" + rest + "PURGE /wiki/B" + rest);
            assertThat(client.read("PURGE").status()).isEqualTo(200);
            assertThat(client.read("PURGE").status()).isEqualTo(200);
        }
        assertEnded("/wiki/A", "/wiki/B");
    }

    @Test
    void bothSchemesOfAUrlGo() {
        answerAll();
        proxy("trusted_proxies: [127.0.0.1]\n" + ALLOWED);
        get("/else", "X-Forwarded-Proto: https");
        assertThat(get("/else", "X-Forwarded-Proto: https").cache()).isEqualTo("HIT");
        send("PURGE", "/else", "");
        assertThat(get("/else", "X-Forwarded-Proto: https").cache()).isEqualTo("MISS");
    }

    @Test
    void aBodyIsReadOverAndTheConnectionStays() throws Exception {
        answerAll();
        Proxy proxy = proxy(ALLOWED);
        warm("/a/1", "/a/2", "/else");
        try (Client client = new Client(proxy.port())) {
            client.send("PURGE", "/a/1", "GET /smuggled HTTP/1.1\r\nHost: example.org\r\n\r\n");
            assertThat(client.read("PURGE").status()).isEqualTo(200);
            client.send("GET", "/else", "");
            assertThat(client.read("GET").cache()).isEqualTo("HIT");
            client.raw("PURGE /a/2 HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n0\r\n\r\n");
            assertThat(client.read("PURGE").status()).isEqualTo(200);
            client.send("GET", "/else", "");
            assertThat(client.read("GET").cache()).isEqualTo("HIT");
        }
        assertThat(origin.count("/smuggled")).isZero();
        assertEnded("/a/1", "/a/2");
    }

    @Test
    void aBodyThatIsTooLongOrBreaksOffDoesNoHarm() throws Exception {
        answerAll();
        Proxy proxy = proxy(ALLOWED);
        warm("/a/1", "/a/2", "/else");
        try (Client client = new Client(proxy.port())) {
            client.raw("PURGE /a/1 HTTP/1.1\r\nHost: example.org\r\nContent-Length: 500000\r\n\r\n");
            client.raw(new byte[100_000]);
            assertThat(client.read("PURGE").status()).isEqualTo(200);
        }
        assertEnded("/a/1");
        try (Client client = new Client(proxy.port())) {
            client.raw("PURGE /a/2 HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\n\r\nabc");
        }
        await().until(() -> metric("lacquer_client_connections") == 0);
        assertLives("/a/2", "/else");
    }

    @Test
    void aBodyThatIsAnnouncedAndDoesNotComeKeepsNobodyFromAnAnswer() throws Exception {
        answerAll();
        Proxy proxy = proxy(ALLOWED);
        warm("/a/1");
        try (Client client = new Client(proxy.port())) {
            client.raw("PURGE /a/1 HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.read("PURGE").status()).isEqualTo(200);
        }
        assertEnded("/a/1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "ftp://example.org/a", "example.org:80", "/a#b"})
    void whatIsNoUrlIsRefused(String target) {
        answerAll();
        proxy(ALLOWED);
        warm(ALL);
        assertThat(send("PURGE", target, "").status()).isEqualTo(400);
        assertLives(ALL);
    }

    @Test
    void aMethodIsCaseSensitiveAndAPolicyDoesNotCatchIt() {
        answerAll();
        proxy("purge: {allow: [127.0.0.1]}\n"
                + policies("- {name: all, match: {path: \"/**\"}, ttl: 10m, invalidate: {tags: [all]}}"));
        warm("/else");
        send("PURGE", "/else", "");
        assertThat(origin.last("/else").method).isEqualTo("GET");
        assertEnded("/else");
    }

    @Test
    void itIsInTheAccessLogAndTheMetrics() {
        answerAll();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        logged = Proxy.start("access_log: {mode: full}\n" + ALLOWED, origin.url(), clock, log, Map.of());
        Client.once(logged.port(), "PURGE", "/a/1", "", "Surrogate-Key: one two");
        await().until(() -> log.toString(StandardCharsets.UTF_8).lines().count() == 1); // loops have no order
        Client.once(logged.port(), "PURGE", "*", "");
        await().until(() -> log.toString(StandardCharsets.UTF_8).lines().count() == 2);
        JsonMapper json = new JsonMapper();
        List<JsonNode> lines =
                log.toString(StandardCharsets.UTF_8).lines().map(json::readTree).toList();
        assertThat(lines.getFirst().get("method").asString()).isEqualTo("PURGE");
        assertThat(lines.getFirst().get("status").asInt()).isEqualTo(200);
        assertThat(lines.getFirst().toString()).contains("/a/1");
        assertThat(lines.getLast().get("status").asInt()).isEqualTo(400);
        assertThat(logged.server().metrics().lines())
                .anyMatch(line -> line.startsWith("lacquer_requests_total{") && line.contains("status=\"2xx\""))
                .anyMatch(line -> line.startsWith("lacquer_requests_total{") && line.contains("status=\"4xx\""));
        assertThat(logged.server().metrics()).doesNotContain("cache_misses_total{namespace=\"default\"} 2");
    }

    @Test
    void itIsInTheAuditLog() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.lacquer.audit");
        ListAppender<ILoggingEvent> audit = new ListAppender<>();
        audit.start();
        logger.addAppender(audit);
        try {
            answerAll();
            proxy(ALLOWED);
            String one = page(send("PURGE", "/a/1?q=1", "")).get("id").asString();
            String tagged =
                    page(send("PURGE", "/", "", "Surrogate-Key: x:2")).get("id").asString();
            send("PURGE", "/a/1", "", "X-Magento-Tags-Pattern: (((");
            current().close();
            proxy(policies("- {name: none, match: {path: \"/**\"}}"));
            send("PURGE", "/a/2", "");
            assertThat(audit.list.stream().map(ILoggingEvent::getFormattedMessage))
                    .containsExactly(
                            "who=purge-method peer=127.0.0.1 PURGE example.org/a/1?q=1 200 what=id=" + one,
                            "who=purge-method peer=127.0.0.1 PURGE example.org/ 200 what=id=" + tagged + ";tags=x:2",
                            "who=purge-method peer=127.0.0.1 PURGE example.org/a/1 400 refused",
                            "who=purge-method peer=127.0.0.1 PURGE example.org/a/2 403 refused");
        } finally {
            logger.detachAppender(audit);
        }
    }

    /** As Proxy Cache Purge, W3 Total Cache and Drupal's purger send it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PURGE; /; X-Purge-Method: tags; X-Cache-Tags-Pattern: p-1|p-2; /one /two",
                "PURGE; /; X-Purge-Method: tags; X-Cache-Tags-Pattern: (^|,)p-1(,|$); /one",
                "PURGE; /; X-Purge-Method: tags; X-Cache-Tags-Pattern: (^|,)(p\\-1)(,|$); /one",
                "PURGE; /; X-Purge-Method: tags; X-Cache-Tags-Pattern: \\bp-2\\b; /two",
                "PURGE; /.*; X-None: 1; X-None: 2; /one /two /three",
                "PURGE; /t.*; X-None: 1; X-None: 2; /two /three",
                "PURGE; /one; X-Purge-Method: default; X-None: 2; /one",
                "PURGE; /; Cache-Tags: p-1|node:3; X-None: 2; /one /three",
                "BAN; /; Cache-Tags: node:3; X-None: 2; /three",
                "BAN; /one; X-None: 1; X-None: 2; /one"
            })
    void asPluginsSendIt(String method, String path, String field, String other, String ended) {
        answerTagged();
        proxy(ALLOWED);
        warm("/one", "/two", "/three");
        assertThat(get("/three").header("Cache-Tags")).isNull();
        assertThat(send(method, path, "", field, other).status()).isEqualTo(200);
        List<String> gone = List.of(ended.split(" "));
        for (String each : List.of("/one", "/two", "/three")) {
            assertThat(get(each).cache()).as(each).isEqualTo(gone.contains(each) ? "MISS" : "HIT");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Purge-Method: tags",
                "X-Purge-Method: other",
                "X-Pool: one",
                "X-Cache-Tags-Pattern: p-.*",
                "X-Cache-Tags-Pattern: p-1|",
                "X-Magento-Tags-Pattern: p-1|p-2"
            })
    void whatIsNotUnderstoodIsRefusedRatherThanDoneInPart(String field) {
        answerTagged();
        proxy(ALLOWED);
        warm("/one");
        assertThat(send("PURGE", "/one", "", field).status()).isEqualTo(400);
        assertLives("/one");
    }

    @Test
    void whoMayNotPurgeHasHisBanForwarded() {
        answerAll();
        proxy(policies("- {name: none, match: {path: \"/**\"}}"));
        assertThat(send("BAN", "/one", "").text()).startsWith("BAN /one");
    }

    private void answerTagged() {
        origin.on("/one", call -> call.reply(200, "1", date(), "Cache-Control: max-age=600", "X-Cache-Tags: p-1,t-9"));
        origin.on("/two", call -> call.reply(200, "2", date(), "Cache-Control: max-age=600", "X-Cache-Tags: p-2,t-9"));
        origin.on(
                "/three",
                call -> call.reply(200, "3", date(), "Cache-Control: max-age=600", "Cache-Tags: node:3 node_list"));
    }
}
