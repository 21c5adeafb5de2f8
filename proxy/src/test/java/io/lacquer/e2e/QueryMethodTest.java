package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QUERY (RFC 10008): safe, idempotent, cached by its content; too long a one passes whole. */
class QueryMethodTest extends EndToEnd {
    private static final String SMALL = policies("- {name: all, match: {path: \"/**\"}, key: {max_body: 100B}}");

    /** Answers with the method and the content. */
    private void echo(String path, String... fields) {
        origin.on(path, call -> {
            String content = new String(call.body(), StandardCharsets.UTF_8);
            List<String> all = new ArrayList<>(List.of(fields));
            all.add(date());
            call.reply(200, call.method + " " + content, all.toArray(new String[0]));
        });
    }

    private Client.Response query(String content, String... fields) {
        return send("QUERY", "/q", content, fields);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatWasAskedBeforeIsAHitAndEverythingElseThatTellsQueriesApartIsNot() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(PLAIN);
        String[][] questions = {
            {"a", "Content-Type: text/x"},
            {"b", "Content-Type: text/x"},
            {"a", "Content-Type: text/y"},
            {"a"},
            {"a", "Content-Type: text/x", "Content-Encoding: x"},
            {""}
        };
        for (String cache : new String[] {"MISS", "HIT"}) {
            for (String[] question : questions) {
                String[] fields = java.util.Arrays.copyOfRange(question, 1, question.length);
                Client.Response answer = query(question[0], fields);
                assertThat(answer.cache()).as(String.join(" ", question)).isEqualTo(cache);
                assertThat(answer.text()).isEqualTo("QUERY " + question[0]);
            }
        }
        assertThat(origin.count("/q")).isEqualTo(questions.length);
    }

    @Test
    void theOriginGetsMethodContentAndFields() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(PLAIN);
        query("what?", "Content-Type: text/x", "Accept: text/y");
        Origin.Call seen = origin.last("/q");
        assertThat(seen.method).isEqualTo("QUERY");
        assertThat(seen.header("Content-Length")).isEqualTo("5");
        assertThat(seen.header("Content-Type")).isEqualTo("text/x");
        assertThat(seen.header("Accept")).isEqualTo("text/y");
        assertThat(seen.header("Transfer-Encoding")).isNull();
    }

    @Test
    void aQueryAndAGetOfOneUrlAreKeptApart() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(PLAIN);
        assertThat(query("").text()).isEqualTo("QUERY ");
        assertThat(send("HEAD", "/q", "").cache()).isEqualTo("MISS");
        assertThat(get("/q").text()).isEqualTo("GET ");
        assertThat(query("").text()).isEqualTo("QUERY ");
        assertThat(get("/q").cache()).as("and a QUERY is safe").isEqualTo("HIT");
    }

    @Test
    void framingDoesNotMatterAndTrailersOfWhatIsStoredStayHere() throws IOException {
        echo("/q", "Cache-Control: max-age=60");
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2\r\nab\r\n1\r\nc\r\n0\r\nX-Evil: yes\r\n\r\n");
            assertThat(client.read("QUERY").cache()).isEqualTo("MISS");
            assertThat(origin.last("/q").header("Content-Length")).isEqualTo("3");
            settle();
            client.send("QUERY", "/q", "abc");
            Client.Response hit = client.read("QUERY");
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.text()).isEqualTo("QUERY abc");
        }
    }

    @Test
    void aContentOfExactlyTheLimitIsCachedAndOneByteMorePasses() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(SMALL);
        String just = "x".repeat(100);
        assertThat(query(just).cache()).isEqualTo("MISS");
        assertThat(query(just).cache()).isEqualTo("HIT");
        for (int i = 0; i < 2; i++) {
            Client.Response passed = query(just + "y");
            assertThat(passed.cache()).isEqualTo("BYPASS");
            assertThat(passed.header("Cache-Status")).contains("fwd=bypass").contains("detail=request-body");
            assertThat(passed.text()).isEqualTo("QUERY " + just + "y");
        }
        assertThat(origin.count("/q")).isEqualTo(3);
    }

    @Test
    void theLimitIsSixtyFourKibibytesUnlessSaidOtherwise() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(PLAIN);
        query("x".repeat(65_536));
        assertThat(query("x".repeat(65_536)).cache()).isEqualTo("HIT");
        query("x".repeat(65_537));
        assertThat(query("x".repeat(65_537)).cache()).isEqualTo("BYPASS");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHugeContentReachesASlowOriginWholeInOrderAndAtItsPace(boolean chunked) throws Exception {
        byte[] content = random(48 * 1024 * 1024);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicReference<byte[]> got = new AtomicReference<>();
        List<String> trailers = new ArrayList<>();
        origin.on("/q", call -> {
            gate.await();
            got.set(chunked ? Wire.readChunked(call.input(), trailers) : call.body());
            call.reply(200, "done", date(), "Cache-Control: max-age=60");
        });
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + content.length;
            client.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\n" + framing + "\r\n\r\n");
            AtomicLong sent = new AtomicLong();
            Thread upload = Thread.ofVirtual().start(() -> {
                try {
                    int piece = 1 << 20;
                    for (int at = 0; at < content.length; at += piece) {
                        byte[] next = java.util.Arrays.copyOfRange(content, at, Math.min(content.length, at + piece));
                        if (chunked) {
                            client.raw(Integer.toHexString(next.length) + "\r\n");
                        }
                        client.raw(next);
                        if (chunked) {
                            client.raw("\r\n");
                        }
                        sent.addAndGet(next.length);
                    }
                    if (chunked) {
                        client.raw("0\r\nX-Sum: 7\r\n\r\n");
                    }
                } catch (IOException broken) {
                    throw new java.io.UncheckedIOException(broken);
                }
            });
            await().until(() -> origin.count("/q") == 1);
            awaitStandstill(sent);
            assertThat(sent).as("the client waits with the origin").hasValueLessThan(content.length);
            gate.countDown();
            assertThat(client.read("QUERY").text()).isEqualTo("done");
            upload.join();
        }
        assertThat(java.util.Arrays.equals(got.get(), content)).isTrue();
        if (chunked) {
            assertThat(trailers).containsExactly("X-Sum: 7");
        }
    }

    /** Waits until a count has not grown for a while. */
    private static void awaitStandstill(AtomicLong count) {
        AtomicLong before = new AtomicLong(-1);
        await().during(Duration.ofMillis(500))
                .until(() -> before.getAndSet(count.get()) == count.get() && count.get() > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 500, 500_000})
    void whoExpects100IsToldToGoOnOnceAndSendsAll(int length) throws IOException {
        origin.on("/q", call -> {
            int got = call.body().length;
            call.reply(200, "got " + got, date(), "Cache-Control: max-age=60");
        });
        Proxy proxy = proxy(SMALL);
        try (Client client = new Client(proxy.port())) {
            client.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nExpect: 100-continue\r\nContent-Length: " + length
                    + "\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            client.raw(new byte[length]);
            assertThat(client.readAny("QUERY").text()).isEqualTo("got " + length);
        }
        if (length <= 100) {
            assertThat(origin.last("/q").header("Expect")).isNull();
        }
    }

    @Test
    void aClientThatGoesAwayInAShortContentAsksNobody() throws Exception {
        echo("/q", "Cache-Control: max-age=60");
        Proxy proxy = proxy(PLAIN);
        try (Client leaver = new Client(proxy.port())) {
            leaver.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nContent-Length: 10\r\n\r\nabc");
            await().until(() -> connections(proxy) == 1);
        }
        await().until(() -> connections(proxy) == 0);
        assertThat(query("abc").cache()).isEqualTo("MISS");
        assertThat(origin.count("/q")).isEqualTo(1);
    }

    @Test
    void aClientThatGoesAwayInALongContentIsSeenAsSuchByTheOrigin() throws Exception {
        CountDownLatch brokenOff = new CountDownLatch(1);
        origin.on("/q", call -> {
            int got = call.input().readNBytes(1_000_000).length;
            if (got < 1_000_000) {
                brokenOff.countDown();
            }
        });
        Proxy proxy = proxy(SMALL);
        try (Client leaver = new Client(proxy.port())) {
            leaver.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nContent-Length: 1000000\r\n\r\n");
            leaver.raw(new byte[100_000]);
            await().until(() -> origin.count("/q") == 1);
        }
        brokenOff.await();
        await().until(() -> connections(proxy) == 0 && proxy.server().ledger().used() == 0);
    }

    private static int connections(Proxy proxy) {
        return Client.get(proxy.adminPort(), "/metrics", "Host: 127.0.0.1:" + proxy.adminPort())
                .text()
                .lines()
                .filter(line -> line.startsWith("lacquer_client_connections "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aContentThatIsMalformedOrTooLargeIsRefusedAndAsksNobody() throws IOException {
        echo("/q", "Cache-Control: max-age=60");
        Proxy proxy = proxy("limits: {body: 1KiB}\n" + PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n");
            assertThat(client.read("QUERY").status()).isEqualTo(400);
        }
        try (Client client = new Client(proxy.port())) {
            client.raw("QUERY /q HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n");
            client.raw(new byte[4096]);
            assertThat(client.read("QUERY").status()).isEqualTo(413);
        }
        assertThat(origin.count("/q")).isZero();
    }

    @Test
    void concurrentQueriesOfOneContentAreOneRequest() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/q", call -> {
            byte[] content = call.body();
            gate.await();
            call.reply(200, content, date(), "Cache-Control: max-age=60");
        });
        Proxy proxy = proxy(PLAIN);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Client.Response>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String content = i % 2 == 0 ? "even" : "odd";
                answers.add(threads.submit(() -> query(content)));
            }
            await().until(() -> proxy.server().stats().length > 0 && collapsed(proxy) == 38);
            gate.countDown();
            for (int i = 0; i < 40; i++) {
                assertThat(answers.get(i).get().text()).isEqualTo(i % 2 == 0 ? "even" : "odd");
            }
        }
        assertThat(origin.count("/q")).isEqualTo(2);
    }

    private static long collapsed(Proxy proxy) {
        String stats = new String(proxy.server().stats(), StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*\"collapsed\" : (\\d+).*", "$1"));
    }

    @Test
    void aRefreshInTheBackgroundAsksTheSameQuestion() {
        origin.on("/q", call -> {
            String content = call.method + " " + new String(call.body(), StandardCharsets.UTF_8);
            call.reply(
                    200, content + origin.count("/q"), date(), "Cache-Control: max-age=10, stale-while-revalidate=60");
        });
        proxy(PLAIN);
        query("a", "Content-Type: text/x");
        clock.advance(Duration.ofSeconds(20));
        assertThat(query("a", "Content-Type: text/x").cache()).isEqualTo("STALE");
        await().untilAsserted(() -> {
            Client.Response fresh = query("a", "Content-Type: text/x");
            assertThat(fresh.cache()).isEqualTo("HIT");
            assertThat(fresh.text()).isEqualTo("QUERY a2");
        });
        assertThat(origin.last("/q").header("Content-Type")).isEqualTo("text/x");
        assertThat(origin.count("/q")).isEqualTo(2);
    }

    @Test
    void whatHasExpiredIsValidatedWithItsContent() {
        AtomicReference<String> validated = new AtomicReference<>();
        origin.on("/q", call -> {
            String content = new String(call.body(), StandardCharsets.UTF_8);
            if (call.header("If-None-Match") == null) {
                call.reply(200, "answer", date(), "Cache-Control: max-age=10", "ETag: \"1\"");
            } else {
                validated.set(call.method + " " + content + " " + call.header("If-None-Match"));
                call.reply(304, "", date(), "Cache-Control: max-age=10", "ETag: \"1\"");
            }
        });
        proxy(PLAIN);
        query("a");
        clock.advance(Duration.ofSeconds(20));
        Client.Response renewed = query("a");
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        assertThat(renewed.text()).isEqualTo("answer");
        assertThat(validated).hasValue("QUERY a \"1\"");
        assertThat(query("a").cache()).isEqualTo("HIT");
    }

    @Test
    void aWriteToTheUrlEndsAllItsAnswers() {
        echo("/q", "Cache-Control: max-age=60");
        proxy(PLAIN);
        query("a");
        query("b");
        assertThat(query("a").cache()).isEqualTo("HIT");
        send("POST", "/q", "x");
        assertThat(query("a").cache()).isEqualTo("MISS");
        assertThat(query("b").cache()).isEqualTo("MISS");
    }

    @Test
    void conditionsAreAnswered() {
        echo("/q", "Cache-Control: max-age=60", "ETag: \"1\"");
        proxy(PLAIN);
        Client.Response miss = query("a", "If-None-Match: \"1\"");
        assertThat(miss.status()).isEqualTo(304);
        assertThat(miss.cache()).isEqualTo("MISS");
        assertThat(origin.last("/q").header("If-None-Match")).isNull();
        await().untilAsserted(
                        () -> { // a 304 does not wait for the body that is being stored
                            Client.Response hit = query("a", "If-None-Match: \"1\"");
                            assertThat(hit.status()).isEqualTo(304);
                            assertThat(hit.cache()).isEqualTo("HIT");
                        });
        assertThat(origin.count("/q")).isEqualTo(1);
        assertThat(query("a", "If-None-Match: \"2\"").text()).isEqualTo("QUERY a");
    }

    @Test
    void privateAnswersAndThoseToCredentialsAreNotShared() {
        echo("/q", "Cache-Control: max-age=60");
        echo("/p", "Cache-Control: private, max-age=60");
        proxy(PLAIN);
        query("a", "Authorization: x");
        assertThat(query("a").cache()).isEqualTo("MISS");
        send("QUERY", "/p", "a");
        assertThat(send("QUERY", "/p", "a").cache()).isEqualTo("MISS");
    }

    @Test
    void aKeptConnectionThatTheOriginClosesCostsAQueryNothing() {
        origin.on("/w", call -> call.reply(200, "warm", date()));
        origin.on("/q", call -> {
            byte[] content = call.body();
            if (origin.count("/q") == 1) {
                call.close();
            } else {
                call.reply(200, content, date(), "Cache-Control: max-age=60");
            }
        });
        proxy(PLAIN);
        get("/w");
        Client.Response answer = query("a");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("a");
    }
}
