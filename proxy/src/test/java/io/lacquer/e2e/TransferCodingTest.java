package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers whose transfer coding is not ours to read, and those whose {@code Date} is none. */
class TransferCodingTest extends EndToEnd {
    private static String ok(String fields) {
        return "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n" + fields + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo", "FOO;a=b", "foo, bar", "x-lzma"})
    void anUnknownCodingIsReadToTheEndOfTheConnectionAndStored(String coding) {
        origin.on(
                "/x",
                call -> call.raw(ok("Connection: keep-alive\r\nTransfer-Encoding: " + coding + "\r\n")
                                + "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        .close());
        proxy(PLAIN);
        Client.Response miss = get("/x");
        Client.Response hit = get("/x");
        assertThat(hit.cache()).isEqualTo("HIT");
        for (Client.Response each : new Client.Response[] {miss, hit}) {
            assertThat(each.text()).isEqualTo("5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
        assertThat(hit.header("Transfer-Encoding")).isNull();
        assertThat(hit.header("Content-Length")).isEqualTo(String.valueOf(hit.body().length));
    }

    @Test
    void oneThatBreaksOffIsNotStored() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        origin.on("/x", call -> {
            if (origin.count("/x") == 1) {
                call.raw(ok("Transfer-Encoding: foo\r\n") + "hello");
                seen.await();
                call.reset();
            } else {
                call.reply(200, "good", date());
            }
        });
        var proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.send("GET", "/x", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(Wire.readLine(client.input())).isEqualTo("5");
            seen.countDown();
            assertThat(new String(client.input().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("hello\r\n"); // and no last chunk
        } catch (java.net.SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
        Client.Response next = get("/x");
        assertThat(next.cache()).isEqualTo("MISS");
        assertThat(next.text()).isEqualTo("good");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: gzip",
                "Transfer-Encoding: x-gzip",
                "Transfer-Encoding: deflate",
                "Transfer-Encoding: compress",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, gzip",
                "Transfer-Encoding: foo, chunked",
                "Transfer-Encoding: chunked, foo",
                "Transfer-Encoding: foo|Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked|Transfer-Encoding: foo",
                "Transfer-Encoding: chunked;a=b",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunkedx",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: foo\u000bchunked",
                "Transfer-Encoding:",
                "Transfer-Encoding: ,",
                "Transfer-Encoding: foo|Content-Length: 5",
                "Content-Length: 5|Transfer-Encoding: foo",
                "Content-Length: 5|Transfer-Encoding: chunked",
                "Content-Length: 0|Transfer-Encoding: chunked",
                "Content-Length: 5|Transfer-Encoding:"
            })
    void whatTwoReadersCouldReadInTwoWaysIsRefused(String fields) {
        origin.on("/x", call -> {
            if (origin.count("/x") == 1) {
                call.raw(ok(fields.replace("|", "\r\n") + "\r\n") + "5\r\nhello\r\n0\r\n\r\n")
                        .close();
            } else {
                call.reply(200, "good", date());
            }
        });
        proxy(PLAIN);
        Client.Response refused = get("/x");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.text()).startsWith("502 origin-bad-answer");
        assertThat(get("/x").text()).isEqualTo("good");
    }

    @Test
    void inHttp10ItIsRefused() {
        origin.on(
                "/x",
                call -> call.raw("HTTP/1.0 200 OK\r\nTransfer-Encoding: foo\r\n\r\nhello")
                        .close());
        proxy(PLAIN);
        assertThat(get("/x").status()).isEqualTo(502);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Date: today", "Date:", "Date: 0", "Date: Sat, 31 Feb 2026 99:00:00 GMT", "X-None: x"})
    void aDateThatCanNotBeReadIsThatOfTheReceipt(String field) {
        String expires = io.lacquer.http.HttpDate.format(clock.wallMillis() + 60_000);
        String received = io.lacquer.http.HttpDate.format(clock.wallMillis());
        origin.on("/x", call -> call.reply(200, "x", field, "Expires: " + expires));
        proxy(PLAIN);
        Client.Response miss = get("/x");
        assertThat(miss.all("Date")).containsExactly(received);
        assertThat(miss.header("Cache-Status")).contains("ttl=60");
        clock.advance(Duration.ofSeconds(59));
        Client.Response hit = get("/x");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.age()).isEqualTo(59);
        assertThat(hit.all("Date")).containsExactly(received);
        clock.advance(Duration.ofSeconds(1));
        assertThat(get("/x").cache()).isEqualTo("MISS");
    }
}
