package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What operators see of what happened: access log, stats, timing. */
class ObservedTest extends EndToEnd {
    private static final String POLICIES = policies("- {name: a, namespace: things, match: {path: /a}, ttl: 60s}");
    private final JsonMapper json = new JsonMapper();

    @Test
    void theAccessLogIsAJsonLineARequestOnStandardOutput() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of())) {
            Client.get(proxy.port(), "/a");
            await().until(() -> lines(out).size() == 1);
            clock.advance(Duration.ofSeconds(7));
            Client.get(proxy.port(), "/a?\"quoted\"");
            await().until(() -> lines(out).size() == 2);
            Client.get(proxy.port(), "/a");
            await().until(() -> lines(out).size() == 3);
        }
        JsonNode miss = json.readTree(lines(out).get(0));
        assertThat(miss.get("result").asString()).isEqualTo("miss");
        assertThat(miss.get("tier").asString()).isEqualTo("ORIGIN");
        assertThat(miss.get("fwd").asString()).isEqualTo("uri-miss");
        assertThat(miss.get("stored").asBoolean()).isTrue();
        assertThat(miss.get("origin_status").asInt()).isEqualTo(200);
        assertThat(miss.get("policy").asString()).isEqualTo("a");
        assertThat(miss.get("namespace").asString()).isEqualTo("things");
        assertThat(miss.get("bytes").asInt()).isEqualTo(5);
        assertThat(miss.get("key").asString()).matches("[0-9a-f]{32}");
        assertThat(miss.has("duration_us") && miss.has("origin_us") && miss.has("lookup_us"))
                .isTrue();
        assertThat(json.readTree(lines(out).get(1)).get("path").asString()).isEqualTo("/a?\"quoted\"");
        JsonNode hit = json.readTree(lines(out).get(2));
        assertThat(hit.get("result").asString()).isEqualTo("hit");
        assertThat(hit.get("tier").asString()).isEqualTo("L1");
        assertThat(hit.get("age").asInt()).isEqualTo(7);
        assertThat(hit.get("ttl").asInt()).isEqualTo(53);
        assertThat(hit.get("key")).isEqualTo(miss.get("key"));
        assertThat(hit.has("origin_status")).isFalse();
    }

    @Test
    void linesOfTheAccessLogThatComeOneAfterTheOtherAreWrittenTogetherAndNoneIsLost() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        AtomicInteger writes = new AtomicInteger();
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public void flush() {
                writes.incrementAndGet();
            }
        };
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of())) {
            Client.get(proxy.port(), "/a");
            await().until(() -> lines(out).size() == 1);
            for (int i = 0; i < 100; i++) {
                Client.get(proxy.port(), "/a");
            }
        }
        assertThat(lines(out)).hasSize(101);
        assertThat(writes).hasValueLessThan(50);
    }

    @Test
    void aLineHasTheTimeAtWhichItsRequestCameHoweverLongItsAnswerTook() {
        Instant start = Instant.ofEpochMilli(clock.wallMillis());
        origin.on("/a", call -> {
            clock.advance(Duration.ofSeconds(3));
            call.reply(200, "hello");
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of())) {
            Client.get(proxy.port(), "/a");
            await().until(() -> lines(out).size() == 1);
            clock.advance(Duration.ofSeconds(2));
            for (int i = 2; i <= 3; i++) {
                int count = i;
                assertThat(Client.get(proxy.port(), "/a").header("Age")).isEqualTo("5");
                await().until(() -> lines(out).size() == count);
            }
        }
        JsonNode miss = json.readTree(lines(out).getFirst());
        assertThat(miss.get("time").asString()).isEqualTo(start.toString());
        assertThat(miss.get("duration_us").asLong()).isEqualTo(3_000_000);
        for (String hit : lines(out).subList(1, 3)) {
            assertThat(json.readTree(hit).get("time").asString())
                    .isEqualTo(start.plusSeconds(5).toString());
        }
    }

    @Test
    void theAccessLogGoesToAFileAndTellsOfWhatWasRefused(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("access.log");
        try (Proxy proxy = Proxy.start(
                PLAIN + "access_log: {mode: full, file: \"" + file + "\"}\n",
                origin.url(),
                clock,
                new ByteArrayOutputStream(),
                Map.of())) {
            try (Client client = new Client(proxy.port())) {
                client.raw("nonsense\r\n\r\n");
                assertThat(client.read("GET").status()).isEqualTo(400);
            }
            await().until(() -> Files.readAllLines(file).size() == 1);
        }
        JsonNode line = json.readTree(Files.readAllLines(file).getFirst());
        assertThat(line.get("status").asInt()).isEqualTo(400);
        assertThat(line.get("reason").asString()).isEqualTo("malformed-request");
    }

    @Test
    void theAccessLogIsOffUnlessItIsAskedFor() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        for (String mode : new String[] {"", "access_log: {mode: off}\n"}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (Proxy proxy = Proxy.start(POLICIES + mode, origin.url(), clock, out, Map.of())) {
                for (int i = 0; i < 20; i++) {
                    assertThat(Client.get(proxy.port(), "/a").status()).isEqualTo(200);
                }
            } // what is still queued is written as it ends
            assertThat(lines(out)).isEmpty();
        }
    }

    @Test
    void aSampledLogHoldsAShare() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(
                POLICIES + "access_log: {mode: sampled, sample: 0.5}\n", origin.url(), clock, out, Map.of())) {
            for (int i = 0; i < 400; i++) {
                Client.get(proxy.port(), "/a");
            }
        }
        assertThat(lines(out)).hasSizeBetween(100, 300);
    }

    /** All requests that these metrics have counted. */
    private static double counted(String metrics) {
        return metrics.lines()
                .filter(line -> line.startsWith("lacquer_requests_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static List<String> lines(ByteArrayOutputStream out) {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void whatBreaksOffIsNotLoggedAsStored() {
        origin.on("/a", call -> call.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of());
                Client client = new Client(proxy.port())) {
            client.send("GET", "/a", "");
            client.input().readAllBytes();
            await().until(() -> lines(out).size() == 1);
        } catch (java.io.IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
        JsonNode line = json.readTree(lines(out).getFirst());
        assertThat(line.get("stored").asBoolean()).isFalse();
        assertThat(line.get("reason").asString()).startsWith("origin-");
    }

    @Test
    void afterAReloadTheAccessLogGoesOnInAFileOfItsName(@TempDir Path folder) throws Exception {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        Path log = folder.resolve("access.log");
        String yaml = POLICIES + "access_log: {mode: full, file: \"" + log + "\"}\n";
        try (Proxy proxy = Proxy.start(yaml, origin.url(), clock)) {
            Client.get(proxy.port(), "/a");
            await().until(() -> Files.readAllLines(log).size() == 1);
            Path renamed = Files.move(log, folder.resolve("access.log.1"));
            Client.get(proxy.port(), "/a");
            await().until(() -> Files.readAllLines(renamed).size() == 2);
            assertThat(proxy.reload(yaml)).isEmpty();
            Client.get(proxy.port(), "/a");
            await().until(() -> Files.exists(log) && Files.readAllLines(log).size() == 1);
            assertThat(Files.readAllLines(renamed)).hasSize(2);
        }
    }

    @Test
    void statsCountByTierPolicyAndNamespace() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        origin.on("/b", call -> call.reply(500, "oops", date()));
        Proxy proxy = proxy(POLICIES);
        get("/a");
        get("/a");
        get("/a");
        get("/b");
        await().until(() ->
                json.readTree(proxy.server().stats()).at("/totals/requests").asInt() == 4);
        JsonNode stats = json.readTree(proxy.server().stats());
        assertThat(stats.at("/tiers/l1/hits").asInt()).isEqualTo(2);
        assertThat(stats.at("/tiers/l1/entries").asInt()).isEqualTo(1);
        assertThat(stats.at("/tiers/l1/bytes").asLong())
                .isEqualTo(proxy.server().ledger().used());
        assertThat(stats.at("/tiers/l2").isNull()).isTrue();
        for (String group : new String[] {"/policies/a", "/namespaces/things"}) {
            JsonNode of = stats.at(group);
            assertThat(of.get("hits").asInt()).isEqualTo(2);
            assertThat(of.get("misses").asInt()).isEqualTo(1);
            assertThat(of.get("hit_ratio").asDouble()).isEqualTo(0.6667);
            assertThat(of.get("entries").asInt()).isEqualTo(1);
            assertThat(of.get("bytes").asLong())
                    .isEqualTo(proxy.server().ledger().used());
            assertThat(of.get("evictions").asInt()).isZero();
            assertThat(of.get("errors").asInt()).isZero();
        }
        assertThat(stats.at("/policies/default/errors").asInt()).isEqualTo(1);
    }

    @Test
    void hitsOfTheShortWayCountUnderTheirStatus() {
        origin.on("/again", call -> call.reply(200, "x", "Cache-Control: max-age=60", date()));
        Proxy proxy = proxy(PLAIN);
        for (int i = 0; i < 5; i++) {
            get("/again");
        }
        String metrics = await().until(
                        () -> Client.get(proxy.adminPort(), "/metrics").text(),
                        text -> text.contains("lacquer_fast_hits_total 3") && counted(text) == 5); // once each has left
        assertThat(metrics).doesNotContain("status=\"0xx\"");
    }

    @Test
    void aHeadOfTheShortWayIsLoggedAndCountedAsOne() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of())) {
            Client.get(proxy.port(), "/a");
            await().until(() -> lines(out).size() == 1);
            for (int i = 2; i <= 4; i++) { // lines of different loops come in any order
                int line = i;
                Client.once(proxy.port(), "HEAD", "/a", "");
                await().until(() -> lines(out).size() == line);
            }
            String metrics =
                    await().until(() -> proxy.server().metrics(), text -> text.contains("lacquer_fast_hits_total 2"));
            assertThat(metrics).contains("lacquer_response_body_bytes_total 5");
        }
        JsonNode full = json.readTree(lines(out).get(1));
        JsonNode fast = json.readTree(lines(out).get(3));
        assertThat(fast.get("method").asString()).isEqualTo("HEAD");
        assertThat(fast.get("bytes").asInt()).isZero();
        assertThat(fast.propertyNames()).containsExactlyElementsOf(full.propertyNames());
        for (String name : full.propertyNames()) {
            if (!name.endsWith("_us")) {
                assertThat(fast.get(name)).as(name).isEqualTo(full.get(name));
            }
        }
    }

    @Test
    void serverTimingIsGivenWhenAskedFor() {
        origin.on("/a", call -> call.reply(200, "hello", date()));
        proxy(POLICIES + "server_timing: true\n");
        assertThat(get("/a").header("Server-Timing"))
                .matches("lacquer;dur=[0-9.]+, lookup;dur=[0-9.]+, origin;dur=[0-9.]+");
        assertThat(get("/a").header("Server-Timing")).matches("lacquer;dur=[0-9.]+, lookup;dur=[0-9.]+");
    }
}
