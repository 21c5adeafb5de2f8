package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** 1xx answers: passed on to who asked, never kept. */
class InterimTest extends EndToEnd {
    private void hinting() {
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: h\r\n\r\n"
                    + "HTTP/1.1 102 Processing\r\n\r\n");
            call.reply(
                    200,
                    "v" + origin.count("/a"),
                    date(),
                    "Cache-Control: max-age=10, stale-while-revalidate=60",
                    "ETag: \"1\"");
        });
    }

    private static Client.Response next(Client client) throws IOException {
        return client.readAny("GET");
    }

    @Test
    void aMissPassesThemOnAndAHitHasNone() throws IOException {
        hinting();
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.send("GET", "/a", "");
            Client.Response hints = next(client);
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.header("Link")).isEqualTo("</a.css>; rel=preload");
            assertThat(hints.header("X-Hop")).isNull();
            assertThat(next(client).status()).isEqualTo(102);
            Client.Response miss = next(client);
            assertThat(miss.cache()).isEqualTo("MISS");
            assertThat(miss.header("Link")).isNull();
            settle();
            client.send("GET", "/a", "");
            Client.Response hit = next(client);
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.header("Link")).isNull();
            clock.advance(Duration.ofSeconds(20));
            client.send("GET", "/a", "");
            assertThat(next(client).cache()).as("its refresh is nobody's").isEqualTo("STALE");
            await().until(() -> origin.count("/a") == 2);
            await().untilAsserted(() -> assertThat(get("/a").text()).isEqualTo("v2"));
            client.send("GET", "/a", "");
            assertThat(next(client).cache()).isEqualTo("HIT");
        }
    }

    @Test
    void whoWaitsForAnothersFetchHasNone() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.raw("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
            call.reply(200, "x", date(), "Cache-Control: max-age=60");
        });
        Proxy proxy = proxy(PLAIN);
        try (Client leader = new Client(proxy.port());
                Client follower = new Client(proxy.port())) {
            leader.send("GET", "/a", "");
            await().until(() -> origin.count("/a") == 1);
            follower.send("GET", "/a", "");
            await().until(() -> new String(proxy.server().stats(), java.nio.charset.StandardCharsets.UTF_8)
                    .contains("\"collapsed\" : 1"));
            gate.countDown();
            assertThat(next(leader).status()).isEqualTo(103);
            assertThat(next(leader).status()).isEqualTo(200);
            assertThat(next(follower).status()).isEqualTo(200);
        }
    }

    @Test
    void aClientOfHttp10HasNone() throws IOException {
        hinting();
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.raw("GET /a HTTP/1.0\r\nHost: example.org\r\n\r\n");
            assertThat(next(client).status()).isEqualTo(200);
        }
    }

    @Test
    void oneThatLooksLikeAnAnswerIsNotStored() throws IOException {
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 110 Odd\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\n");
            call.reply(200, "x", date(), "Cache-Control: no-store");
        });
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            for (int i = 1; i <= 2; i++) {
                client.send("GET", "/a", "");
                assertThat(next(client).status()).isEqualTo(110);
                assertThat(next(client).text()).isEqualTo("x");
                assertThat(origin.count("/a")).isEqualTo(i);
            }
        }
    }
}
