package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The admin listener: what is open, what is guarded, and what the pages hold. */
class AdminTest extends EndToEnd {
    private static final String JSON = "Content-Type: application/json";
    private static final String HOST = "Host: localhost";
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)"
            + "(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\\n]|\\\\[\\\\\"n])*\",?)*\\})? "
            + "([-+]?[0-9.]+([eE][-+]?[0-9]+)?|NaN|[+-]Inf)");

    private final JsonMapper json = new JsonMapper();
    private Proxy proxy;

    private void start(String token) {
        String policies = policies("- {name: a, namespace: shop, match: {path: /a}, ttl: 10m}");
        Map<String, String> environment = token == null ? Map.of() : Map.of("LACQUER_ADMIN_TOKEN", token);
        proxy = Proxy.start(policies, origin.url(), clock, OutputStream.nullOutputStream(), environment);
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
    }

    @Override
    Client.Response get(String path, String... fields) {
        Client.Response answer = Client.get(proxy.port(), path, fields);
        proxy.settle(origin::held);
        return answer;
    }

    private Client.Response ask(String method, String path, String... fields) {
        return Client.once(proxy.adminPort(), method, path, "", fields);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/livez", "/readyz", "/metrics", "/version"})
    void healthMetricsAndVersionAreOpen(String path) {
        start("secret");
        assertThat(ask("GET", path, "Host: whatever.example", "Origin: http://evil.example")
                        .status())
                .isEqualTo(200);
        assertThat(ask("HEAD", path).status()).isEqualTo(200);
        Client.Response refused = ask("POST", path, JSON);
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.header("Allow")).isEqualTo("GET, HEAD");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, Authorization: Bearer secret, 200",
        "GET, X-None: 1, 401",
        "GET, Authorization: Bearer wrong, 401",
        "GET, Authorization: Bearer secretx, 401",
        "GET, Authorization: Bearer, 401",
        "GET, Authorization: Basic secret, 401",
        "GET, Authorization: secret, 401"
    })
    void theTokenIsAsked(String method, String field, int status) {
        start("secret");
        for (String path : new String[] {"/api/v1/cache/stats", "/api/v1/nothing/there"}) {
            int expected = status == 200 && path.contains("nothing") ? 404 : status;
            assertThat(ask(method, path, HOST, field).status()).isEqualTo(expected);
        }
        assertThat(ask("POST", "/api/v1/config/reload", HOST, JSON, field).status())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  Host: localhost,             X: 1, 200",
        "GET,  Host: 127.0.0.1:9090,        X: 1, 200",
        "GET,  Host: [::1]:9090,            X: 1, 200",
        "GET,  Host: LOCALHOST:1,           X: 1, 200",
        "GET,  Host: rebound.example,       X: 1, 403",
        "GET,  Host: localhost.example,     X: 1, 403",
        "GET,  Host: 127.0.0.1.example,     X: 1, 403",
        "POST, Host: rebound.example,       Content-Type: application/json, 403",
        "POST, Host: localhost,             X: 1, 415",
        "POST, Host: localhost,             Content-Type: text/plain, 415",
        "POST, Host: localhost,             Content-Type: application/x-www-form-urlencoded, 415",
        "POST, Host: localhost,             Content-Type: application/jsonp, 415",
        "POST, Host: localhost,             Content-Type: application/json; charset=utf-8, 200",
        "POST, Host: localhost,             Content-Type: Application/JSON, 200",
        "DELETE, Host: localhost,           Content-Type: application/json, 405"
    })
    void withoutATokenHostAndContentTypeAreChecked(String method, String host, String field, int status) {
        start(null);
        String path = method.equals("GET") ? "/api/v1/cache/stats" : "/api/v1/config/reload";
        assertThat(ask(method, path, host, field).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, 403",
        "null, 403",
        "http://localhost.evil.example, 403",
        "http://localhost:3000, 200",
        "http://127.0.0.1:9090, 200",
        "http://localhost@evil.example, 403",
        "http://localhost:80@evil.example, 403"
    })
    void aForeignOriginIsRefused(String page, int status) {
        start(null);
        assertThat(ask("POST", "/api/v1/config/reload", HOST, JSON, "Origin: " + page)
                        .status())
                .isEqualTo(status);
    }

    @Test
    void aReloadIsAtomicAndABadFileIsReportedWithItsPlace() throws Exception {
        start(null);
        Files.writeString(proxy.file(), PLAIN + "nonsense: 1\n");
        Client.Response refused = ask("POST", "/api/v1/config/reload", HOST, JSON);
        assertThat(refused.status()).isEqualTo(422);
        JsonNode page = json.readTree(refused.body());
        assertThat(page.get("reloaded").asBoolean()).isFalse();
        assertThat(page.get("complaints").get(0).asString()).containsPattern(":3:1: .*nonsense");
        assertThat(stats().get("config_generation").asLong()).isEqualTo(1);
        assertThat(metrics()).contains("lacquer_reloads_failed_total 1.0");
        Files.writeString(proxy.file(), PLAIN);
        assertThat(ask("POST", "/api/v1/config/reload", HOST, JSON).status()).isEqualTo(200);
        assertThat(stats().get("config_generation").asLong()).isEqualTo(2);
    }

    @Test
    void aBodyOfAnAdminRequestIsNotTheNextRequest() throws Exception {
        start(null);
        try (Client client = new Client(proxy.adminPort())) {
            client.send("POST", "/api/v1/config/reload", "GET /version HTTP/1.1\r\nHost: a\r\n\r\n", HOST, JSON);
            assertThat(client.read("POST").status()).isEqualTo(200);
            client.send("GET", "/livez", "", HOST);
            assertThat(client.read("GET").text()).isEqualTo("ok\n");
        }
    }

    @Test
    void statsHoldTheirFieldsPerTierPolicyAndNamespace() throws Exception {
        origin.on("*", call -> call.reply(call.target.equals("/bad") ? 500 : 200, "12345", date()));
        start(null);
        Client.once(proxy.port(), "POST", "/a", "x");
        for (String path : new String[] {"/a", "/a", "/a", "/b", "/bad"}) {
            get(path);
        }
        await().until(() -> stats().at("/totals/requests").asLong() == 6); // each is counted once it has left
        JsonNode stats = stats();
        assertThat(stats.propertyNames())
                .contains("totals", "tiers", "policies", "namespaces", "collapsed", "flights", "redis_connected");
        for (JsonNode group : List.of(stats.at("/policies/a"), stats.at("/namespaces/shop"), stats.at("/totals"))) {
            assertThat(group.propertyNames())
                    .contains("requests", "hits", "misses", "hit_ratio", "stale", "bypassed", "errors");
        }
        assertThat(stats.at("/policies/a/hits").asLong()).isEqualTo(2);
        assertThat(stats.at("/policies/a/requests").asLong()).isEqualTo(4);
        assertThat(stats.at("/policies/a/hit_ratio").asDouble()).isEqualTo(0.6667);
        assertThat(stats.at("/policies/default/errors").asLong()).isEqualTo(1);
        assertThat(stats.at("/tiers/l1").propertyNames())
                .contains("hits", "misses", "hit_ratio", "entries", "bytes", "max_bytes", "evictions", "errors");
        assertThat(stats.at("/tiers/l1/entries").asLong()).isEqualTo(1);
        assertThat(stats.at("/tiers/l1/bytes").asLong()).isGreaterThan(5);
        assertThat(stats.at("/tiers/l2").isNull()).isTrue();
    }

    @Test
    void everyLineOfTheMetricsIsPrometheusTextAndNoFamilyComesTwice() {
        origin.on("*", call -> call.reply(200, "x", date()));
        start(null);
        for (int i = 0; i < 2; i++) {
            get("/a");
            get("/b\"\\{}");
            metrics();
        }
        await().until(() -> stats().at("/totals/requests").asLong() == 4); // each is counted once it has left
        List<String> lines = metrics().lines().toList();
        assertThat(lines)
                .allMatch(line -> line.startsWith("# HELP ")
                        || line.startsWith("# TYPE ")
                        || SAMPLE.matcher(line).matches());
        List<String> types =
                lines.stream().filter(line -> line.startsWith("# TYPE ")).toList();
        assertThat(types).doesNotHaveDuplicates();
        List<String> samples = lines.stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .toList();
        assertThat(samples).doesNotHaveDuplicates();
        Set<String> families = types.stream().map(line -> line.split(" ")[2]).collect(Collectors.toSet());
        assertThat(families)
                .contains(
                        "lacquer_requests_total",
                        "lacquer_request_duration_seconds",
                        "lacquer_memory_used_bytes",
                        "lacquer_l1_entries",
                        "lacquer_l1_evictions_total",
                        "cache_hits_total",
                        "cache_misses_total");
        assertThat(metrics())
                .contains("cache_hits_total{namespace=\"shop\"} 1.0")
                .doesNotContain("example.org")
                .doesNotContain("/b");
    }

    @Test
    void anUnknownPathNamesWhatThereIs() {
        start(null);
        Client.Response answer = ask("GET", "/nothing", HOST);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).contains("/api/v1/cache/stats");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    private String metrics() {
        return new String(ask("GET", "/metrics").body(), StandardCharsets.UTF_8);
    }

    private JsonNode stats() {
        return json.readTree(ask("GET", "/api/v1/cache/stats", HOST).body());
    }
}
