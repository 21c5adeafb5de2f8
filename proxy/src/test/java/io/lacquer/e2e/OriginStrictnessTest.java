package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An origin that can't be understood, breaks off, stalls or is away: a small clear answer, nothing stored, never a hang. */
class OriginStrictnessTest extends EndToEnd {
    private static final String QUICK = """
        version: 1
        origins: {api: {servers: ["${ORIGIN}"], timeouts: {connect: 1s, first_byte: 1s, between_bytes: 1s}}}
        """;
    private static final String STORABLE = "Cache-Control: max-age=60\r\n";

    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        never.countDown();
    }

    private static Arguments answer(String name, String bytes) {
        return Arguments.of(name, bytes);
    }

    private static String ok(String fields, String body) {
        return "HTTP/1.1 200 OK\r\n" + STORABLE + fields + "\r\n" + body;
    }

    static Stream<Arguments> unreadable() {
        String chunk = "5\r\nhello\r\n0\r\n\r\n";
        return Stream.of(
                answer("both length and chunks", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunk)),
                answer("differing lengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")),
                answer("a list of lengths", ok("Content-Length: 5, 6\r\n", "hello!")),
                answer("a signed length", ok("Content-Length: +5\r\n", "hello")),
                answer("a negative length", ok("Content-Length: -5\r\n", "hello")),
                answer("an overlong length", ok("Content-Length: 99999999999999999999\r\n", "hello")),
                answer("an unknown coding", ok("Transfer-Encoding: xchunked\r\n", chunk)),
                answer("chunked twice", ok("Transfer-Encoding: chunked, chunked\r\n", chunk)),
                answer("chunked before gzip", ok("Transfer-Encoding: chunked, gzip\r\n", chunk)),
                answer("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk),
                answer("bare LF in the head", "HTTP/1.1 200 OK\r\n" + "A: b\nContent-Length: 5\r\n\r\nhello"),
                answer("bare LF after the status line", "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello"),
                answer("bare CR in a value", ok("A: b\rContent-Length: 5\r\n", "hello")),
                answer("a folded field", ok("A: b\r\n c\r\nContent-Length: 5\r\n", "hello")),
                answer("a space before the colon", ok("Content-Length : 5\r\n", "hello")),
                answer("NUL in a value", ok("A: b\0c\r\nContent-Length: 5\r\n", "hello")),
                answer("a control character in a value", ok("A: \u0007\r\nContent-Length: 5\r\n", "hello")),
                answer("a control character in the reason", "HTTP/1.1 200 O\u0001K\r\nContent-Length: 5\r\n\r\nhello"),
                answer("an oversized field", ok("A: " + "a".repeat(200_000) + "\r\nContent-Length: 5\r\n", "hello")),
                answer("too many fields", ok("A: b\r\n".repeat(5000) + "Content-Length: 5\r\n", "hello")),
                answer("an endless status line", "HTTP/1.1 200 " + "a".repeat(200_000) + "\r\n\r\n"),
                answer("garbage", "this is no HTTP at all\r\n\r\n"),
                answer("another version", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
                answer("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello"),
                answer("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello"),
                answer("a status with a sign", "HTTP/1.1 -20 OK\r\nContent-Length: 5\r\n\r\nhello"),
                answer("101 without a handshake", "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nhello"),
                answer("endless 1xx", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1000)));
    }

    static Stream<Arguments> brokenBodies() {
        return Stream.of(
                answer("a bad chunk size", ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\nzz\r\n")),
                answer("a chunk longer than it says", ok("Transfer-Encoding: chunked\r\n", "4\r\nhello\r\n0\r\n\r\n")),
                answer("two other bytes behind a chunk", ok("Transfer-Encoding: chunked\r\n", "2\r\nheXX0\r\n\r\n")),
                answer("bare LF behind a chunk size", ok("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")),
                answer("an overlong chunk size", ok("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nhello")),
                answer("a bad trailer", ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nno colon\r\n\r\n")),
                answer("a truncated length", ok("Content-Length: 50\r\n", "hello")),
                answer("a length and no byte", ok("Content-Length: 50\r\n", "")),
                answer("truncated between chunks", ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")),
                answer("truncated in a chunk", ok("Transfer-Encoding: chunked\r\n", "50\r\nhello")),
                answer("truncated before the last CRLF", ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")));
    }

    /** Bad once, good from then on. */
    private void badThenGood(String path, Origin.Handler bad) {
        origin.on(path, call -> {
            if (origin.count(path) == 1) {
                bad.handle(call);
            } else {
                call.reply(200, "good", date(), "Cache-Control: max-age=60");
            }
        });
    }

    private void assertNothingWasStored() {
        Client.Response next = get("/x");
        assertThat(next.cache()).isEqualTo("MISS");
        assertThat(next.text()).isEqualTo("good");
        assertThat(origin.count("/x")).isEqualTo(2);
    }

    /** A failure of its own, or an answer that visibly breaks off. */
    private void assertBrokenOff(int status) throws IOException {
        try {
            Client.Response response = get("/x");
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.text()).startsWith(status + " origin-").hasSizeLessThan(200);
        } catch (java.io.UncheckedIOException brokenOff) {
            assertThat(brokenOff.getCause()).isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void anUnreadableAnswerIs502AndNeverStored(String name, String bytes) {
        badThenGood("/x", call -> {
            call.raw(bytes);
            never.await();
        });
        proxy(PLAIN);
        Client.Response response = get("/x");
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.text()).startsWith("502 origin-bad-answer").hasSizeLessThan(200);
        assertNothingWasStored();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenBodies")
    void aBrokenBodyIsNeverPassedOffAsWholeAndNeverStored(String name, String bytes) throws Exception {
        badThenGood("/x", call -> call.raw(bytes).close());
        proxy(PLAIN);
        assertBrokenOff(502);
        assertNothingWasStored();
    }

    @Test
    void aBodyCutOffByAResetIsNeverPassedOffAsWholeEvenWithoutALength() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        badThenGood("/x", call -> {
            call.raw(ok("", "hello"));
            seen.await();
            call.reset();
        });
        proxy(PLAIN);
        try (Client client = new Client(proxyPort())) {
            client.send("GET", "/x", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(Wire.readLine(client.input())).isEqualTo("5");
            seen.countDown();
            assertThat(new String(client.input().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("hello\r\n"); // and no last chunk
        } catch (java.net.SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
        assertNothingWasStored();
    }

    private int proxyPort() {
        return running.port();
    }

    private io.lacquer.Proxy running;

    @Override
    io.lacquer.Proxy proxy(String yaml) {
        running = super.proxy(yaml);
        return running;
    }

    @Test
    void bytesBehindAnAnswerEndTheConnectionAndAreNeverTheNextAnswer() {
        origin.on(
                "/x",
                call -> call.raw(ok("Content-Length: 4\r\n", "good") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                        + STORABLE + "\r\nevil"));
        origin.on("/y", call -> call.reply(200, "mine", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        assertThat(get("/x").text()).isEqualTo("good");
        assertThat(get("/y").text()).isEqualTo("mine");
        assertThat(origin.connections()).isEqualTo(2);
    }

    @Test
    void bytesBehindTheAnswerToHeadAreNeverTheNextAnswer() {
        origin.on(
                "/x",
                call -> call.raw(ok("Content-Length: 85\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")));
        origin.on("/y", call -> call.reply(200, "mine", date()));
        proxy(PLAIN);
        assertThat(send("HEAD", "/x", "").status()).isEqualTo(200);
        assertThat(get("/y").text()).isEqualTo("mine");
    }

    @Test
    void anOriginThatIsDownIs502() throws Exception {
        proxy(QUICK);
        origin.close();
        await().untilAsserted(() -> assertThatThrownBy(() -> new Client(origin.port()).close())
                .hasRootCauseInstanceOf(java.net.ConnectException.class));
        Client.Response response = get("/x");
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.text()).startsWith("502 origin-connect-failed: ");
        assertThat(response.header("Cache-Status")).contains("fwd=uri-miss").contains("detail=origin-connect-failed");
    }

    @Test
    void anOriginThatNeverAcceptsIs504() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
                Client one = new Client(full.getLocalPort());
                Client two = new Client(full.getLocalPort())) {
            assertThat(one.socket().isConnected() && two.socket().isConnected()).isTrue();
            proxy(QUICK.replace("${ORIGIN}", "http://127.0.0.1:" + full.getLocalPort()));
            assertThat(get("/x").status()).isEqualTo(504);
        }
    }

    @Test
    void anOriginThatNeverAnswersIs504AndTheConnectionIsNotUsedAgain() {
        badThenGood("/x", call -> never.await());
        proxy(QUICK);
        assertThat(get("/x").text()).startsWith("504 origin-first-byte-timeout");
        assertNothingWasStored();
        assertThat(origin.connections()).isEqualTo(2);
    }

    @Test
    void anOriginThatStopsInItsHeadIs504() {
        badThenGood("/x", call -> {
            call.raw("HTTP/1.1 200 OK\r\nContent-Le");
            never.await();
        });
        proxy(QUICK);
        assertThat(get("/x").status()).isEqualTo(504);
        assertNothingWasStored();
    }

    @Test
    void anOriginThatSendsHintsAndThenNothingIs504() {
        badThenGood("/x", call -> {
            call.raw("HTTP/1.1 103 Early Hints\r\n\r\n");
            never.await();
        });
        proxy(QUICK);
        assertThat(get("/x").status()).isEqualTo(504);
    }

    @Test
    void anOriginThatStallsInItsBodyBreaksTheAnswerOff() throws Exception {
        badThenGood("/x", call -> {
            call.raw(ok("Content-Length: 50\r\n", "hello"));
            never.await();
        });
        proxy(QUICK);
        assertBrokenOff(504);
        assertNothingWasStored();
    }

    @Test
    void anOriginThatStopsReadingAnUploadIs504() throws Exception {
        origin.on("/x", call -> never.await());
        proxy(QUICK);
        try (Client client = new Client(proxyPort())) {
            client.raw("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
            Thread upload = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.raw(new byte[1 << 20]);
                    }
                } catch (IOException closed) {
                    // as it should be
                }
            });
            assertThat(client.read("POST").status()).isEqualTo(504);
            upload.join();
        }
    }

    @Test
    void aResetBeforeAnAnswerIs502() {
        badThenGood("/x", Origin.Call::reset);
        proxy(QUICK);
        assertThat(get("/x").text()).startsWith("502 origin-reset");
        assertNothingWasStored();
    }

    @Test
    void aCloseInsideTheHeadIs502() {
        badThenGood("/x", call -> call.raw("HTTP/1.1 200 OK\r\n" + STORABLE).close());
        proxy(QUICK);
        assertThat(get("/x").status()).isEqualTo(502);
        assertNothingWasStored();
    }

    @Test
    void afterEveryFailureTheProxyHoldsNothing() throws Exception {
        origin.on(
                "/x",
                call -> call.raw(ok("Content-Length: 500000\r\n", "hello")).close());
        proxy(QUICK);
        for (int i = 0; i < 20; i++) {
            assertBrokenOff(502);
        }
        await().until(() -> running.server().ledger().used() == 0);
    }
}
