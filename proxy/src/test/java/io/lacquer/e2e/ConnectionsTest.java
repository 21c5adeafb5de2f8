package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tunnels, events, early answers, and connections that are kept or have gone stale. */
class ConnectionsTest extends EndToEnd {
    private static final String HANDSHAKE = "GET /ws HTTP/1.1\r\n"
            + "Host: example.org\r\n"
            + "Connection: keep-alive, Upgrade\r\n"
            + "Upgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    private static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        never.countDown();
    }

    private Client client() {
        return new Client(proxy(PLAIN).port());
    }

    /** As {@code nc -N} and plain scripts do; the full path answers it like the short one. */
    @ParameterizedTest
    @ValueSource(strings = {"X-Plain: 1", "Cache-Control: max-age=100", "Range: bytes=1-2"})
    void aHitIsAnsweredToAClientThatHasSaidAllThatItHasToSay(String field) throws IOException {
        origin.on("/a", call -> call.reply(200, "hello", date(), "Cache-Control: max-age=600"));
        try (Client warm = client()) {
            for (int i = 0; i < 3; i++) {
                warm.send("GET", "/a", "").read("GET");
            }
        }
        for (int i = 0; i < 5; i++) {
            try (Socket socket = new Socket("127.0.0.1", current().port())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream()
                        .write(("GET /a HTTP/1.1\r\nHost: example.org\r\n" + field + "\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
                socket.shutdownOutput();
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                        .contains("X-Cache: HIT")
                        .endsWith(field.startsWith("Range") ? "el" : "hello");
            }
        }
    }

    @Test
    void aWebSocketBecomesATunnelAndItsClientsEndReachesTheOrigin() throws Exception {
        CompletableFuture<Integer> end = new CompletableFuture<>();
        origin.on("/ws", call -> {
            assertThat(call.header("Upgrade")).isEqualTo("websocket");
            assertThat(call.header("Connection")).isEqualTo("Upgrade");
            assertThat(call.header("Sec-WebSocket-Key")).isEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
            call.raw(SWITCHING + "hello");
            byte[] bytes = call.input().readNBytes(4);
            call.raw(bytes);
            end.complete(call.input().read());
        });
        try (Client client = client()) {
            client.raw(HANDSHAKE);
            Client.Response switched = client.readAny("GET");
            assertThat(switched.status()).isEqualTo(101);
            assertThat(switched.header("Upgrade")).isEqualTo("websocket");
            assertThat(switched.header("Connection")).isEqualToIgnoringCase("upgrade");
            assertThat(switched.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(client.input().readNBytes(5)).asString().isEqualTo("hello");
            client.raw("\0\u00ff\r\n");
            assertThat(client.input().readNBytes(4)).containsExactly(0, 255, '\r', '\n');
        }
        assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
    }

    @Test
    void theOriginsEndOfATunnelReachesTheClientAfterItsLastBytes() throws Exception {
        origin.on("/ws", call -> call.raw(SWITCHING).raw(new byte[3_000_000]).close());
        try (Client client = client()) {
            client.raw(HANDSHAKE);
            assertThat(client.readAny("GET").status()).isEqualTo(101);
            assertThat(client.input().readAllBytes()).hasSize(3_000_000);
        }
    }

    @Test
    void whatTheClientSendsBehindItsHandshakeGoesThroughTheTunnel() throws Exception {
        byte[] early = new byte[500_000];
        CompletableFuture<byte[]> got = new CompletableFuture<>();
        origin.on("/ws", call -> {
            call.raw(SWITCHING);
            got.complete(call.input().readNBytes(early.length));
            never.await();
        });
        try (Client client = client()) {
            client.raw(HANDSHAKE).raw(early);
            assertThat(client.readAny("GET").status()).isEqualTo(101);
            assertThat(got.get(20, TimeUnit.SECONDS)).isEqualTo(early);
        }
    }

    @Test
    void aTunnelToAnOriginThatDoesNotReadHoldsTheClientBack() throws Exception {
        origin.on("/ws", call -> {
            call.raw(SWITCHING);
            never.await();
        });
        try (Client client = client()) {
            client.raw(HANDSHAKE);
            assertThat(client.readAny("GET").status()).isEqualTo(101);
            assertThat(LimitsTest.flood(client, 100 << 20)).isLessThan(60 << 20);
        }
    }

    @Test
    void aHandshakeThatTheOriginDeclinesIsAnAnswerLikeAnyOther() throws Exception {
        origin.on("/ws", call -> call.reply(403, "no", date()));
        origin.on("/a", call -> call.reply(200, "a", date()));
        try (Client client = client()) {
            client.raw(HANDSHAKE);
            assertThat(client.readAny("GET").text()).isEqualTo("no");
            assertThat(client.send("GET", "/a", "").read("GET").text()).isEqualTo("a");
        }
    }

    @Test
    void anUpgradeOfPostIsNoHandshakeAndIsAnswered() throws Exception {
        origin.on("/ws", call -> call.reply(200, "body " + call.body().length, date()));
        try (Client client = client()) {
            client.raw(HANDSHAKE.replace("GET", "POST"));
            assertThat(client.read("POST").text()).isEqualTo("body 0");
        }
        assertThat(origin.last("/ws").header("Upgrade")).isNull();
    }

    /** Also where a lifetime makes Lacquer keep what it passes on. */
    @ParameterizedTest
    @ValueSource(strings = {"no-cache", "max-age=60"})
    void eachEventArrivesBeforeTheNextIsSent(String control) throws Exception {
        Phaser turn = new Phaser(2);
        origin.on("/events", call -> {
            call.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: " + control
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 20; i++) {
                call.raw("9\r\ndata: " + (char) ('a' + i) + "\n\n\r\n");
                turn.arriveAndAwaitAdvance();
            }
            call.raw("0\r\n\r\n");
        });
        try (Client client = client()) {
            client.send("GET", "/events", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            for (int i = 0; i < 20; i++) {
                assertThat(Wire.readLine(client.input())).isEqualTo("9");
                assertThat(client.input().readNBytes(11)).asString().startsWith("data: " + (char) ('a' + i));
                turn.arriveAndAwaitAdvance();
            }
            assertThat(Wire.readLine(client.input())).isEqualTo("0");
        }
    }

    @Test
    void theHeadOfAnEventStreamDoesNotWaitForItsFirstEvent() throws Exception {
        origin.on("/events", call -> {
            call.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            never.await();
        });
        try (Client client = client()) {
            client.send("GET", "/events", "");
            assertThat(client.readHead().status()).isEqualTo(200);
        }
    }

    @Test
    void anEarlyAnswerReachesAClientThatIsStillUploading() throws Exception {
        origin.on("/a", call -> {
            call.reply(401, "no", date());
            never.await();
        });
        try (Client client = client()) {
            client.raw("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nhello");
            Client.Response response = client.read("POST");
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.text()).isEqualTo("no");
            assertThat(response.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void anEarlyAnswerOfAnOriginThatThenClosesSurvivesTheUpload() throws Exception {
        origin.on("/a", call -> {
            call.reply(413, "too much", date(), "Connection: close");
            call.close();
        });
        int port = proxy(PLAIN).port();
        for (int i = 0; i < 20; i++) {
            try (Client client = new Client(port)) {
                client.raw("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
                Thread upload = Thread.ofVirtual().start(() -> LimitsTest.flood(client, 20 << 20));
                Client.Response response = client.read("POST");
                assertThat(response.status()).isEqualTo(413);
                assertThat(response.text()).isEqualTo("too much");
                client.close();
                upload.join();
            }
        }
    }

    @Test
    void connectionsToTheOriginAreUsedAgain() throws Exception {
        origin.on("*", call -> call.reply(200, "x" + call.body().length, date(), "Cache-Control: no-store"));
        try (Client client = client()) {
            for (int i = 0; i < 10; i++) {
                client.send("GET", "/" + i, "").read("GET");
                client.send("POST", "/" + i, "body").read("POST");
                client.send("HEAD", "/" + i, "").read("HEAD");
            }
        }
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    void aConnectionThatTheOriginWantsClosedIsNotUsedAgain() throws Exception {
        origin.on("/1", call -> call.reply(200, "x", date(), "Connection: close"));
        origin.on("/2", call -> call.raw("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));
        origin.on("/3", call -> call.reply(200, "x", date()));
        try (Client client = client()) {
            for (int i = 1; i <= 3; i++) {
                assertThat(client.send("GET", "/" + i, "").read("GET").text()).isEqualTo("x");
            }
        }
        assertThat(origin.connections()).isEqualTo(3);
    }

    private void staleOnSecondUse() {
        origin.on("/first", call -> call.reply(200, "x", date(), "Cache-Control: no-store"));
        origin.on("/second", call -> {
            if (origin.count("/second") == 1) {
                call.close(); // as if it had timed out under the request
            } else {
                call.reply(200, "again", date(), "Cache-Control: no-store");
            }
        });
    }

    @Test
    void aRequestThatMeetsAStaleConnectionIsRepeatedIfThatIsSafe() throws Exception {
        staleOnSecondUse();
        try (Client client = client()) {
            client.send("GET", "/first", "").read("GET");
            assertThat(client.send("GET", "/second", "").read("GET").text()).isEqualTo("again");
        }
        assertThat(origin.count("/second")).isEqualTo(2);
    }

    @Test
    void aPostThatMeetsAStaleConnectionIsNotRepeated() throws Exception {
        staleOnSecondUse();
        try (Client client = client()) {
            client.send("GET", "/first", "").read("GET");
            assertThat(client.send("POST", "/second", "x").read("POST").status())
                    .isEqualTo(502);
        }
        assertThat(origin.count("/second")).isEqualTo(1);
    }

    @Test
    void aPostWithoutBodyThatMeetsAStaleConnectionIsNotRepeatedEither() throws Exception {
        staleOnSecondUse();
        try (Client client = client()) {
            client.send("GET", "/first", "").read("GET");
            assertThat(client.send("POST", "/second", "").read("POST").status()).isEqualTo(502);
        }
        assertThat(origin.count("/second")).isEqualTo(1);
    }

    @Test
    void aClientThatLeavesEndsAFetchThatNobodyElseWantsAndThatCannotBeStored() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n\r\nhello");
            if (call.input().read() < 0) {
                gone.countDown();
            }
        });
        try (Client client = client()) {
            client.send("GET", "/a", "").readHead();
        }
        assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatNobodyWaitsForAndCannotBeStoredHoldsNoConnection() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        origin.on("/a", call -> {
            leave.await();
            try {
                call.raw("HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Length: 100000000\r\n\r\n");
                for (int i = 0; i < 100; i++) {
                    call.raw(new byte[1_000_000]);
                }
            } catch (IOException closed) {
                gone.countDown();
            }
        });
        var proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.send("GET", "/a", "");
            await().until(() -> origin.count("/a") == 1);
        }
        await().until(() -> new String(proxy.server().metrics()).contains("client_connections 0"));
        leave.countDown();
        assertThat(gone.await(20, TimeUnit.SECONDS)).as("the origin is let go").isTrue();
    }
}
