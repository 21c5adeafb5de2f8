package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What two readers of a request could disagree on is refused, the connection ends, and the origin never hears of it. */
class StrictnessTest extends EndToEnd {
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: example.org\r\n\r\n";

    /** Requests that the origin's side has read whole. */
    private final List<String> whole = new CopyOnWriteArrayList<>();

    private static Arguments head(String name, String request) {
        return Arguments.of(name, request);
    }

    private static String post(String fields, String body) {
        return "POST /x HTTP/1.1\r\nHost: example.org\r\n" + fields + "\r\n" + body;
    }

    private static String get(String line, String fields) {
        return line + "\r\n" + fields + "\r\n";
    }

    static Stream<Arguments> framings() {
        String chunk = "5\r\nhello\r\n0\r\n\r\n";
        return Stream.of(
                head("both lengths and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunk)),
                head("both, the other way round", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunk)),
                head("differing lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")),
                head("the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
                head("a list of lengths", post("Content-Length: 5, 5\r\n", "hello")),
                head("a length with a plus", post("Content-Length: +5\r\n", "hello")),
                head("a negative length", post("Content-Length: -5\r\n", "hello")),
                head("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello")),
                head("a length with a space in it", post("Content-Length: 1 5\r\n", "hello")),
                head("an overlong length", post("Content-Length: 99999999999999999999\r\n", "hello")),
                head("a padded overlong length", post("Content-Length: 000000000000000000005\r\n", "hello")),
                head("an empty length", post("Content-Length: \r\n", "")),
                head("a length that is a word", post("Content-Length: five\r\n", "hello")),
                head("a length on GET that is none", get("GET /x HTTP/1.1", "Host: a\r\nContent-Length: 5x\r\n")),
                head("chunked twice in one field", post("Transfer-Encoding: chunked, chunked\r\n", chunk)),
                head(
                        "chunked in two fields",
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunk)),
                head(
                        "identity in a second field",
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunk)),
                head("identity", post("Transfer-Encoding: identity\r\n", chunk)),
                head("xchunked", post("Transfer-Encoding: xchunked\r\n", chunk)),
                head("gzip before chunked", post("Transfer-Encoding: gzip, chunked\r\n", chunk)),
                head("chunked before gzip", post("Transfer-Encoding: chunked, gzip\r\n", chunk)),
                head("quoted chunked", post("Transfer-Encoding: \"chunked\"\r\n", chunk)),
                head("chunked with a parameter", post("Transfer-Encoding: chunked;a=b\r\n", chunk)),
                head("an empty coding", post("Transfer-Encoding: \r\n", chunk)),
                head("chunked with a vertical tab", post("Transfer-Encoding: \u000bchunked\r\n", chunk)),
                head(
                        "chunks in HTTP/1.0",
                        "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk));
    }

    static Stream<Arguments> lines() {
        String host = "Host: example.org\r\n";
        return Stream.of(
                head("bare LF after the request line", "GET /x HTTP/1.1\n" + host + "\r\n"),
                head("bare LF after a field", "GET /x HTTP/1.1\r\nHost: example.org\n\r\n"),
                head("bare LF everywhere", "GET /x HTTP/1.1\nHost: example.org\n\n"),
                head("bare CR in a value", get("GET /x HTTP/1.1", host + "A: b\rTransfer-Encoding: chunked\r\n")),
                head("bare CR as the end of a line", "GET /x HTTP/1.1\r" + host + "\r\n"),
                head("two CRs before an LF", "GET /x HTTP/1.1\r\r\n" + host + "\r\n"),
                head("a folded field", get("GET /x HTTP/1.1", host + "A: b\r\n c\r\n")),
                head("a folded field with a tab", get("GET /x HTTP/1.1", host + "A: b\r\n\tc\r\n")),
                head("a space before the first field", "GET /x HTTP/1.1\r\n Host: a\r\n" + host + "\r\n"),
                head("a space before the colon", post("Content-Length : 5\r\n", "hello")),
                head("a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")),
                head("a field without a colon", get("GET /x HTTP/1.1", host + "Nonsense\r\n")),
                head("a field without a name", get("GET /x HTTP/1.1", host + ": value\r\n")),
                head("a field name with a slash", get("GET /x HTTP/1.1", host + "A/B: c\r\n")),
                head("a field name beyond ASCII", get("GET /x HTTP/1.1", host + "\u00e4: c\r\n")),
                head("NUL in a value", get("GET /x HTTP/1.1", host + "A: b\0c\r\n")),
                head("NUL in a name", get("GET /x HTTP/1.1", host + "A\0: b\r\n")),
                head("a control character in a value", get("GET /x HTTP/1.1", host + "A: b\u0001c\r\n")),
                head("DEL in a value", get("GET /x HTTP/1.1", host + "A: b\u007fc\r\n")),
                head("NUL in the target", get("GET /x\0y HTTP/1.1", host)),
                head("a tab in the request line", get("GET\t/x HTTP/1.1", host)),
                head("a tab in the target", get("GET /x\ty HTTP/1.1", host)),
                head("two spaces before the target", get("GET  /x HTTP/1.1", host)),
                head("a space in the target", get("GET /x y HTTP/1.1", host)),
                head("a space behind the version", get("GET /x HTTP/1.1 ", host)),
                head("a space before the method", get(" GET /x HTTP/1.1", host)),
                head("no version", get("GET /x", host)),
                head("a lower-case version", get("GET /x http/1.1", host)),
                head("a version with more digits", get("GET /x HTTP/1.10", host)),
                head("a method that is no token", get("G@T /x HTTP/1.1", host)),
                head("no method", get("/x HTTP/1.1", host)),
                head("garbage", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n"),
                head("nothing but empty lines", "\r\n".repeat(40)));
    }

    static Stream<Arguments> hosts() {
        List<Arguments> all = new ArrayList<>(List.of(
                head("no Host", get("GET /x HTTP/1.1", "")),
                head("two Hosts", get("GET /x HTTP/1.1", "Host: a.example\r\nHost: b.example\r\n")),
                head("the same Host twice", get("GET /x HTTP/1.1", "Host: a.example\r\nHost: a.example\r\n")),
                head("no Host with absolute-form", get("GET http://a.example/x HTTP/1.1", "")),
                head(
                        "userinfo in the target",
                        get("GET http://user:secret@a.example/x HTTP/1.1", "Host: a.example\r\n")),
                head("a target without authority", get("GET http:///x HTTP/1.1", "Host: a.example\r\n")),
                head("another scheme", get("GET ftp://a.example/x HTTP/1.1", "Host: a.example\r\n")),
                head("a fragment", get("GET /x#y HTTP/1.1", "Host: a.example\r\n")),
                head("a fragment in the query", get("GET /x?a=b#y HTTP/1.1", "Host: a.example\r\n")),
                head("a fragment in absolute-form", get("GET http://a.example/x#y HTTP/1.1", "Host: a.example\r\n")),
                head("a relative target", get("GET x HTTP/1.1", "Host: a.example\r\n")),
                head("an asterisk for GET", get("GET * HTTP/1.1", "Host: a.example\r\n"))));
        String[] bad = {
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "user@a.example",
            "a,b",
            "a.example:80:80",
            "a.example:8o",
            "a.example:-1",
            "a.example:123456",
            "a.example:70000",
            ":80",
            "a\\b",
            "a%2fb",
            "<a>",
            "a;b",
            "\u00e4.example",
            "[::1",
            "::1",
            "[::1]x",
            "[a.example]"
        };
        for (String host : bad) {
            all.add(head("Host: " + host, get("GET /x HTTP/1.1", "Host: " + host + "\r\n")));
        }
        return all.stream();
    }

    static Stream<Arguments> chunks() {
        return Stream.of(
                head("a chunk size that is none", "xyz\r\nhello\r\n0\r\n\r\n"),
                head("an empty chunk size", "\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size with a plus", "+5\r\nhello\r\n0\r\n\r\n"),
                head("a negative chunk size", "-5\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size with a space before it", " 5\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size of 17 digits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size of 32 zeros and 5", "0".repeat(32) + "5\r\nhello\r\n0\r\n\r\n"),
                head("a chunk size that overflows", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
                head("a chunk longer than it says", "4\r\nhello\r\n0\r\n\r\n"),
                head("two other bytes behind a chunk", "5\r\nhelloXX0\r\n\r\n"),
                head("no CRLF behind a chunk", "5\r\nhello0\r\n\r\n"),
                head("bare LF behind a chunk", "5\r\nhello\n0\r\n\r\n"),
                head("bare LF behind a chunk size", "5\nhello\r\n0\r\n\r\n"),
                head("bare CR behind a chunk size", "5\rhello\r\n0\r\n\r\n"),
                head("a control character in an extension", "5;a=\0b\r\nhello\r\n0\r\n\r\n"),
                head("bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n"),
                head("an endless extension", "5;" + "a".repeat(20_000) + "\r\nhello\r\n0\r\n\r\n"),
                head("a trailer without colon", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n"),
                head("a folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"),
                head("a trailer with a bare LF", "5\r\nhello\r\n0\r\nA: b\n\r\n"));
    }

    private void startTakingDown() {
        origin.on("*", call -> {
            byte[] body = call.body();
            whole.add(call.method + " " + call.target + " " + body.length);
            call.reply(200, "ok", date(), "Cache-Control: no-store");
        });
    }

    /** A status from the list, a small text, the end of the connection. */
    private void assertRefused(Client client, Integer... statuses) throws Exception {
        Client.Response response = client.read("GET");
        assertThat(response.status()).isIn((Object[]) statuses);
        assertThat(response.header("Connection")).isEqualTo("close");
        assertThat(response.text()).startsWith(response.status() + " ").hasSizeLessThan(200);
        assertThat(client.isClosedByPeer()).as("closed").isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"framings", "lines", "hosts"})
    void anAmbiguousHeadIsRefusedAndNeitherItNorWhatFollowsReachesTheOrigin(String name, String request)
            throws Exception {
        startTakingDown();
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw(request + HIDDEN);
            assertRefused(client, name.contains("gzip before") ? 501 : 400);
        }
        assertThat(origin.count()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chunks")
    void aBadChunkIsRefusedAndTheOriginNeverSeesAWholeRequest(String name, String body) throws Exception {
        startTakingDown();
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw(post("Transfer-Encoding: chunked\r\n", body) + HIDDEN);
            assertRefused(client, 400);
        }
        assertThat(whole).isEmpty();
        assertThat(origin.count("/hidden")).isZero();
    }

    @Test
    void aBadChunkBehindAGoodOneBreaksTheUploadOff() throws Exception {
        startTakingDown();
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"));
            org.awaitility.Awaitility.await().until(() -> origin.count("/x") == 1);
            client.raw("zz\r\n" + HIDDEN);
            assertRefused(client, 400);
        }
        assertThat(whole).isEmpty();
        assertThat(origin.count()).isEqualTo(1);
    }

    @Test
    void anUnknownMajorVersionIsRefused() throws Exception {
        startTakingDown();
        for (String version : List.of("HTTP/2.0", "HTTP/0.9", "HTTP/3.0", "HTTP/1.2")) {
            String request = get("GET /x " + version, "Host: a\r\n");
            try (Client client = new Client(port())) {
                client.raw(request + HIDDEN);
                assertRefused(client, 400, 505);
            }
        }
        assertThat(origin.count()).isZero();
    }

    private int started;

    private int port() {
        if (started == 0) {
            started = proxy(PLAIN).port();
        }
        return started;
    }

    @Test
    void aRequestInsideABodyStaysInsideIt() throws Exception {
        startTakingDown();
        try (Client client = new Client(port())) {
            client.raw(post("Content-Length: " + HIDDEN.length() + "\r\n", HIDDEN));
            assertThat(client.read("POST").status()).isEqualTo(200);
            String chunk = Integer.toHexString(HIDDEN.length()) + "\r\n" + HIDDEN + "\r\n0\r\n\r\n";
            client.raw(post("Transfer-Encoding: chunked\r\n", chunk));
            assertThat(client.read("POST").status()).isEqualTo(200);
            client.raw("GET /y HTTP/1.1\r\nHost: a\r\nContent-Length: " + HIDDEN.length() + "\r\n\r\n" + HIDDEN);
            assertThat(client.read("GET").status()).isEqualTo(200);
            client.send("GET", "/z", "");
            assertThat(client.read("GET").status()).isEqualTo(200);
        }
        int length = HIDDEN.length();
        assertThat(whole).containsExactly("POST /x " + length, "POST /x " + length, "GET /y " + length, "GET /z 0");
    }

    @Test
    void framingFieldsCannotBeNamedHopByHop() throws Exception {
        startTakingDown();
        try (Client client = new Client(port())) {
            client.raw(post("Connection: Content-Length, Host\r\nContent-Length: 5\r\n", "hello"));
            assertThat(client.read("POST").status()).isEqualTo(200);
        }
        assertThat(whole).containsExactly("POST /x 5");
        assertThat(origin.last("/x").header("Host")).isEqualTo("example.org");
    }

    @Test
    void absoluteFormWinsOverHost() throws Exception {
        startTakingDown();
        try (Client client = new Client(port())) {
            client.raw(get("GET http://Real.example:80/x?y HTTP/1.1", "Host: other.example\r\n"));
            assertThat(client.read("GET").status()).isEqualTo(200);
        }
        assertThat(origin.last("/x").header("Host")).isEqualTo("real.example");
        assertThat(origin.last("/x").target).isEqualTo("/x?y");
    }
}
