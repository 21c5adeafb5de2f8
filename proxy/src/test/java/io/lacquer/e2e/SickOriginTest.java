package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An origin in trouble, with something stale to serve and without. */
class SickOriginTest extends EndToEnd {
    private static final String SHORT = """
        version: 1
        origins: {api: {servers: ["${ORIGIN}"], timeouts: {first_byte: 1s, connect: 1s, between_bytes: 1s}}}
        """;

    @ParameterizedTest
    @ValueSource(strings = {"silent", "reset", "badchunk", "badhead", "500", "502", "503", "504"})
    void staleIsServedWhateverGoesWrongBeforeAnythingWasSent(String trouble) throws IOException {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                call.reply(200, "good", date(), "Cache-Control: max-age=10, stale-if-error=600");
                return;
            }
            switch (trouble) {
                case "silent" -> call.input().read();
                case "reset" -> call.reset();
                case "badchunk" -> call.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
                case "badhead" -> call.raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx");
                default -> call.reply(Integer.parseInt(trouble), "bad");
            }
        });
        Client.Response stale;
        // one connection, one loop: what comes in one piece from the origin is known before any of it is sent on
        try (Client client = new Client(proxy(SHORT).port())) {
            client.send("GET", "/a", "").read("GET");
            settle();
            clock.advance(Duration.ofSeconds(20));
            stale = client.send("GET", "/a", "").read("GET");
        }
        assertThat(stale.status()).isEqualTo(200);
        assertThat(stale.text()).isEqualTo("good");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.header("Cache-Status")).contains("stale-if-error");
    }

    @Test
    void staleIsServedWhereNobodyListensAnyMore() {
        origin.on("/a", call -> call.reply(200, "good", date(), "Cache-Control: max-age=10, stale-if-error=600"));
        proxy(SHORT);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        origin.close();
        Client.Response stale = get("/a");
        assertThat(stale.status()).isEqualTo(200);
        assertThat(stale.text()).isEqualTo("good");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.level()).isEqualTo("L1");
        assertThat(stale.header("Cache-Status")).contains("detail=stale-if-error");
        clock.advance(Duration.ofSeconds(600));
        assertThat(get("/a").status()).as("outside the window").isEqualTo(502);
    }

    @Test
    void anAnswerThatIsBrokenFromItsFirstByteIsA502() {
        origin.on("/a", call -> call.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
        proxy(SHORT);
        Client.Response refused = get("/a");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.text()).startsWith("502 origin-bad-answer");
    }

    @Test
    void aFailingOriginWithStaleToServeIsAskedOnceAtATime() throws Exception {
        Semaphore mayAnswer = new Semaphore(0);
        origin.on("/a", call -> {
            if (origin.count("/a") > 1) {
                mayAnswer.acquire();
                call.reply(503, "bad");
            } else {
                call.reply(200, "good", date(), "Cache-Control: max-age=10, stale-if-error=600");
            }
        });
        Proxy proxy = proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int herd = 1; herd <= 2; herd++) {
                List<Future<Client.Response>> answers = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    answers.add(threads.submit(() -> get("/a")));
                }
                long waiting = 19L * herd;
                await().until(() -> new String(proxy.server().stats(), java.nio.charset.StandardCharsets.UTF_8)
                        .contains("\"collapsed\" : " + waiting));
                mayAnswer.release();
                for (Future<Client.Response> answer : answers) {
                    assertThat(answer.get().text()).isEqualTo("good");
                }
                assertThat(origin.count("/a")).isEqualTo(1 + herd);
            }
        }
    }

    @Test
    void beyondConnectionsAndQueueIs503AndTunnelsTakeNobodysPlace() throws Exception {
        origin.on("/ws", call -> {
            call.raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            call.input().read();
        });
        origin.on("/slow", call -> call.input().read());
        origin.on("/a", call -> call.reply(200, "x", date()));
        Proxy proxy = proxy("""
            version: 1
            origins: {api: {servers: ["${ORIGIN}"], max_connections: 2, max_queue: 0, timeouts: {first_byte: 2s}}}
            """);
        List<Client> open = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                Client client = new Client(proxy.port());
                open.add(client);
                client.send("GET", "/ws", "", "Connection: Upgrade", "Upgrade: websocket");
                assertThat(client.readHead().status()).isEqualTo(101);
            }
            assertThat(get("/a").status()).isEqualTo(200);
            for (int i = 0; i < 2; i++) {
                Client client = new Client(proxy.port());
                open.add(client);
                client.send("GET", "/slow?" + i, "");
            }
            await().until(() -> origin.count("/slow") == 2);
            Client.Response busy = get("/a");
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.text()).startsWith("503 origin-busy");
        } finally {
            open.forEach(Client::close);
        }
        await().untilAsserted(() -> assertThat(get("/a").status()).isEqualTo(200));
    }
}
