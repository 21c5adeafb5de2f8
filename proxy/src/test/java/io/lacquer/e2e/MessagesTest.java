package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1 as both sides see it: versions, framing, interim answers, fields, reuse of connections. */
class MessagesTest extends EndToEnd {
    private final CountDownLatch gate = new CountDownLatch(1);

    private Client client() {
        return new Client(proxy(PLAIN).port());
    }

    private void originSaysOk() {
        origin.on(
                "*",
                call -> call.reply(200, call.method + " " + new String(call.body(), StandardCharsets.UTF_8), date()));
    }

    @Test
    void http10IsAnsweredAndClosedUnlessItAsksToBeKept() throws Exception {
        originSaysOk();
        try (Client client = client()) {
            client.raw("GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
            Client.Response kept = client.read("GET");
            assertThat(kept.header("Connection")).isEqualTo("keep-alive");
            client.raw("GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
            Client.Response last = client.read("GET");
            assertThat(last.text()).isEqualTo("GET ");
            assertThat(last.header("Connection")).isEqualTo("close");
            assertThat(client.isClosedByPeer()).isTrue();
        }
        assertThat(origin.last("/a").header("Via")).isEqualTo("1.0 lacquer");
    }

    @Test
    void http10WithoutHostIsServed() throws Exception {
        originSaysOk();
        try (Client client = client()) {
            client.raw("GET /a HTTP/1.0\r\n\r\n");
            assertThat(client.read("GET").status()).isEqualTo(200);
        }
    }

    @Test
    void aBodyOfUnknownLengthToHttp10EndsWithTheConnection() throws Exception {
        origin.on(
                "/a",
                call -> call.raw("HTTP/1.1 200 OK\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5\r\n"
                        + "hello\r\n"
                        + "6\r\n"
                        + " world\r\n"
                        + "0\r\n"
                        + "T: x\r\n\r\n"));
        try (Client client = client()) {
            client.raw("GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
            Client.Response response = client.read("GET");
            assertThat(response.header("Transfer-Encoding")).isNull();
            assertThat(response.header("Connection")).isEqualTo("close");
            assertThat(response.text()).isEqualTo("hello world");
        }
    }

    @Test
    void anAnswerThatEndsWithTheOriginsConnectionIsChunkedAndWhole() throws Exception {
        origin.on(
                "/a",
                call -> call.raw("HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\nhello")
                        .close());
        try (Client client = client()) {
            Client.Response miss = client.send("GET", "/a", "").read("GET");
            assertThat(miss.header("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(miss.text()).isEqualTo("hello");
            Client.Response hit = client.send("GET", "/a", "").read("GET");
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.header("Content-Length")).isEqualTo("5");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        origin.on("/1", call -> {
            gate.await();
            call.reply(200, "one", date(), "Cache-Control: no-store");
        });
        origin.on("/2", call -> call.reply(200, "two " + call.body().length, date()));
        origin.on("/3", call -> call.reply(200, "three", date(), "Cache-Control: max-age=60"));
        try (Client client = client()) {
            client.send("GET", "/3", "").read("GET");
            settle();
            String host = " HTTP/1.1\r\nHost: example.org\r\n";
            client.raw("GET /1" + host + "\r\nPOST /2" + host + "Content-Length: 4\r\n\r\nbodyGET /3" + host
                    + "\r\nGET /4" + host + "Connection: close\r\n\r\n");
            await().until(() -> origin.count("/1") == 1);
            assertThat(origin.count("/2"))
                    .as("not before the first has its answer")
                    .isZero();
            gate.countDown();
            assertThat(client.read("GET").text()).isEqualTo("one");
            assertThat(client.read("POST").text()).isEqualTo("two 4");
            Client.Response third = client.read("GET");
            assertThat(third.text()).isEqualTo("three");
            assertThat(third.cache()).isEqualTo("HIT");
            assertThat(client.read("GET").status()).isEqualTo(404);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void manyHitsPipelinedInOneWriteAllComeBack() throws Exception {
        origin.on("/a", call -> call.reply(200, "x".repeat(3000), date(), "Cache-Control: max-age=60"));
        try (Client client = client()) {
            client.send("GET", "/a", "").read("GET");
            client.raw("GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n".repeat(200));
            for (int i = 0; i < 200; i++) {
                assertThat(client.read("GET").body()).hasSize(3000);
            }
        }
        assertThat(origin.count()).isEqualTo(1);
    }

    @Test
    void continueComesFromTheOriginAndThenTheBodyGoes() throws Exception {
        origin.on("/a", call -> {
            assertThat(call.header("Expect")).isEqualTo("100-continue");
            call.raw("HTTP/1.1 100 Continue\r\n\r\n");
            call.reply(200, "got " + call.body().length, date());
        });
        try (Client client = client()) {
            client.raw("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readAny("POST").status()).isEqualTo(100);
            client.raw("hello");
            assertThat(client.readAny("POST").text()).isEqualTo("got 5");
        }
    }

    @Test
    void anExpectationThatTheOriginDeclinesIsAnsweredAtOnce() throws Exception {
        origin.on("/a", call -> call.reply(401, "no", date()));
        try (Client client = client()) {
            client.raw("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            Client.Response response = client.readAny("POST");
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void earlyHintsPassOnceAndAreNeitherStoredNorShownToHttp10() throws Exception {
        origin.on("/a", call -> {
            call.raw(
                    "HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n");
            gate.await();
            call.reply(200, "x", date(), "Cache-Control: max-age=60");
        });
        try (Client client = client()) {
            client.send("GET", "/a", "");
            Client.Response hints = client.readAny("GET");
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.header("Link")).isEqualTo("</s.css>; rel=preload");
            assertThat(hints.header("X-Hop")).isNull();
            gate.countDown();
            assertThat(client.readAny("GET").status()).isEqualTo(200);
            settle();
            Client.Response hit = client.send("GET", "/a", "").readAny("GET");
            assertThat(hit.status()).isEqualTo(200);
            assertThat(hit.cache()).isEqualTo("HIT");
            client.raw("GET /a?b HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readAny("GET").status()).isEqualTo(200);
        }
    }

    @Test
    void headHasTheFieldsOfGetAndNoBody() throws Exception {
        origin.on("/a", call -> call.reply(200, "hello", date(), "Cache-Control: max-age=60"));
        try (Client client = client()) {
            Client.Response miss = client.send("HEAD", "/a", "").read("HEAD");
            assertThat(miss.header("Content-Length")).isEqualTo("5");
            assertThat(origin.last("/a").method).isEqualTo("HEAD");
            assertThat(client.send("GET", "/a", "").read("GET").cache()).isEqualTo("MISS");
            settle();
            Client.Response hit = client.send("HEAD", "/a", "").read("HEAD");
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.header("Content-Length")).isEqualTo("5");
            assertThat(client.send("GET", "/a", "").read("GET").text()).isEqualTo("hello");
        }
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "05", "0005"})
    void aLengthIsToldOnceAndPlainlyHoweverItCame(String length) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: " + length + "\r\n";
        origin.on("/a", call -> call.raw(head + date() + "\r\n\r\nhello"));
        origin.on("/b", call -> call.raw(head + "Cache-Control: no-store\r\n\r\nhello"));
        try (Client client = client()) {
            for (String path : List.of("/a", "/a", "/b", "/a")) {
                Client.Response answer = client.send("GET", path, "").read("GET");
                settle();
                assertThat(answer.all("Content-Length")).as(path).containsExactly("5");
                assertThat(answer.text()).isEqualTo("hello");
            }
        }
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void answersWithoutBodyLeaveTheConnectionUsable() throws Exception {
        origin.on("/204", call -> call.raw("HTTP/1.1 204 No Content\r\n\r\n"));
        origin.on("/304", call -> call.raw("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 9\r\n\r\n"));
        origin.on("/0", call -> call.reply(200, "", date()));
        try (Client client = client()) {
            Client.Response none = client.send("GET", "/204", "").read("GET");
            assertThat(none.status()).isEqualTo(204);
            assertThat(none.header("Content-Length")).isNull();
            assertThat(none.header("Transfer-Encoding")).isNull();
            Client.Response same = client.send("DELETE", "/304", "").read("DELETE");
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.header("Transfer-Encoding")).isNull();
            assertThat(client.send("GET", "/0", "").read("GET").header("Content-Length"))
                    .isEqualTo("0");
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    void chunksAndTrailersPassBothWays() throws Exception {
        AtomicReference<List<String>> trailers = new AtomicReference<>();
        AtomicReference<byte[]> body = new AtomicReference<>();
        origin.on("/a", call -> {
            List<String> got = new java.util.ArrayList<>();
            body.set(Wire.readChunked(call.input(), got));
            trailers.set(got);
            call.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                    + "3;ext=1\r\nabc\r\n0\r\nX-Sum: 7\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\n\r\n");
        });
        try (Client client = client()) {
            client.raw("POST /a HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: CHUNKED\r\n"
                    + "\r\n2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\nX-Check: 1\r\nHost: evil\r\n\r\n");
            Client.Response response = client.read("POST");
            assertThat(response.text()).isEqualTo("abc");
            assertThat(response.trailers()).containsExactly("X-Sum: 7");
        }
        assertThat(new String(body.get(), StandardCharsets.UTF_8)).isEqualTo("hello");
        assertThat(trailers.get()).containsExactly("X-Check: 1");
        assertThat(origin.last("/a").header("Content-Length")).isNull();
        assertThat(origin.last("/a").header("TE")).isEqualTo("trailers");
        assertThat(origin.last("/a").header("Connection"))
                .as("TE is for one hop")
                .isEqualToIgnoringCase("TE");
    }

    @Test
    void fieldsOfOneHopStopHereBothWays() throws Exception {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "x",
                        date(),
                        "Connection: X-Theirs, keep-alive",
                        "X-Theirs: 1",
                        "Keep-Alive: timeout=5",
                        "Proxy-Authenticate: Basic",
                        "Upgrade: h2c",
                        "X-Stays: 1"));
        try (Client client = client()) {
            Client.Response response = client.send(
                            "GET",
                            "/a",
                            "",
                            "Connection: X-Mine, Upgrade, HTTP2-Settings",
                            "X-Mine: 1",
                            "Keep-Alive: 300",
                            "Proxy-Connection: keep-alive",
                            "Proxy-Authorization: Basic eA==",
                            "TE: gzip",
                            "Upgrade: h2c",
                            "HTTP2-Settings: AAMAAABk",
                            "X-Stays: 1")
                    .read("GET");
            for (String name : List.of("Connection", "X-Theirs", "Keep-Alive", "Proxy-Authenticate", "Upgrade")) {
                assertThat(response.header(name)).as(name).isNull();
            }
            assertThat(response.header("X-Stays")).isEqualTo("1");
            assertThat(response.header("Via")).isEqualTo("1.1 lacquer");
        }
        Origin.Call seen = origin.last("/a");
        for (String name : List.of(
                "Connection",
                "X-Mine",
                "Keep-Alive",
                "Proxy-Connection",
                "Proxy-Authorization",
                "TE",
                "Upgrade",
                "HTTP2-Settings")) {
            assertThat(seen.header(name)).as(name).isNull();
        }
        assertThat(seen.header("X-Stays")).isEqualTo("1");
    }

    @Test
    void theOriginHearsWhoAskedAndAStrangersWordOnThatIsDropped() {
        originSaysOk();
        proxy(PLAIN);
        get(
                "/a",
                "Forwarded: for=6.6.6.6",
                "X-Forwarded-For: 6.6.6.6",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: evil.example",
                "X-Real-IP: 6.6.6.6",
                "Via: 1.1 earlier");
        Origin.Call seen = origin.last("/a");
        assertThat(seen.header("Forwarded")).isEqualTo("for=127.0.0.1;host=example.org;proto=http");
        assertThat(seen.header("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(seen.header("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(seen.header("X-Forwarded-Host")).isEqualTo("example.org");
        assertThat(seen.header("X-Real-IP")).isNull();
        assertThat(seen.header("Via")).isEqualTo("1.1 earlier, 1.1 lacquer");
    }
}
