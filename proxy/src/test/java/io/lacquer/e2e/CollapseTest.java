package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One fetch a key at a time, and who does not wait for it. */
class CollapseTest extends EndToEnd {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch gate = new CountDownLatch(1);

    private List<Future<Client.Response>> ask(int times, String path, String... fields) {
        List<Future<Client.Response>> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            answers.add(threads.submit(() -> get(path, fields)));
        }
        return answers;
    }

    private long collapsed(io.lacquer.Proxy proxy) {
        String stats = new String(proxy.server().stats(), java.nio.charset.StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*\"collapsed\" : (\\d+).*", "$1"));
    }

    @Test
    void aThousandConcurrentMissesAreOneRequestAndAThousandWholeAnswers() throws Exception {
        String body = "0123456789".repeat(10_000);
        origin.on("/slow", call -> {
            call.raw("HTTP/1.1 200 OK\r\n" + date() + "\r\nCache-Control: max-age=60\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body.substring(0, 50_000));
            gate.await();
            call.raw(body.substring(50_000));
        });
        var proxy = proxy(PLAIN);
        List<Future<Client.Response>> answers = ask(1000, "/slow");
        await().until(() -> collapsed(proxy) == 999);
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().text()).isEqualTo(body);
        }
        assertThat(origin.count("/slow")).isEqualTo(1);
    }

    @Test
    void whoWaitsOnAnyLoopHasTheBytesAsTheyStream() throws Exception {
        String body = "0123456789".repeat(10_000);
        origin.on("/slow", call -> {
            call.raw("HTTP/1.1 200 OK\r\n" + date() + "\r\nCache-Control: max-age=60\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body.substring(0, 50_000));
            gate.await();
            call.raw(body.substring(50_000));
        });
        var proxy = proxy(PLAIN);
        List<Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) { // accepted by all loops in turn
                clients.add(new Client(proxy.port()).send("GET", "/slow", ""));
            }
            int followers = 0;
            for (Client client : clients) {
                Client.Response head = client.readHead();
                assertThat(head.cache()).isEqualTo("MISS");
                assertThat(head.level()).isEqualTo("ORIGIN");
                followers += head.header("Cache-Status").contains("; collapsed") ? 1 : 0;
                assertThat(new String(client.input().readNBytes(50_000), StandardCharsets.US_ASCII))
                        .isEqualTo(body.substring(0, 50_000));
            }
            assertThat(followers).isEqualTo(15);
            gate.countDown();
            for (Client client : clients) {
                assertThat(new String(client.input().readNBytes(50_000), StandardCharsets.US_ASCII))
                        .isEqualTo(body.substring(50_000));
            }
        } finally {
            clients.forEach(Client::close);
        }
        assertThat(origin.count("/slow")).isEqualTo(1);
    }

    @Test
    void aLeaderThatLeavesEndsNothingForWhoReadsAlongThoughItIsTooLargeToBeStored() throws Exception {
        byte[] half = new byte[2 << 20];
        CountDownLatch aboard = new CountDownLatch(1);
        origin.on("/large", call -> {
            call.raw("HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\n");
            aboard.await();
            call.raw(half);
            gate.await();
            call.raw(half).close();
        });
        var proxy = proxy(PLAIN + "tiers: {l1: {size: 32MiB, max_object: 1MiB}}\n");
        String request = "GET /large HTTP/1.0\r\nHost: example.org\r\n\r\n";
        try (Client stays = new Client(proxy.port())) {
            try (Client leads = new Client(proxy.port())) {
                leads.raw(request);
                await().until(() -> origin.count("/large") == 1);
                stays.raw(request);
                leads.readHead();
                assertThat(stays.readHead().header("Cache-Status")).contains("; collapsed");
                aboard.countDown();
                for (int i = 0; i < half.length; i += 32 * 1024) { // at one pace
                    assertThat(leads.input().readNBytes(32 * 1024)).hasSize(32 * 1024);
                    assertThat(stays.input().readNBytes(32 * 1024)).hasSize(32 * 1024);
                }
                assertThat(proxy.server().ledger().used()).as("kept no more").isZero();
            }
            await().until(() -> proxy.server().metrics().contains("lacquer_client_connections 1"));
            gate.countDown();
            assertThat(stays.input().readAllBytes()).hasSize(half.length);
        }
        assertThat(origin.count("/large")).isEqualTo(1);
    }

    @Test
    void whatCouldNotBeSharedIsWaitedForAgainAfterTenSeconds() throws Exception {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                call.reply(200, "x", date(), "Cache-Control: private");
            } else {
                gate.await();
                call.reply(200, "x", date(), "Cache-Control: max-age=60");
            }
        });
        var proxy = proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofMillis(10_001));
        List<Future<Client.Response>> answers = ask(5, "/a");
        await().until(() -> collapsed(proxy) == 4);
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().text()).isEqualTo("x");
        }
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void manyWhoFindItStaleAreServedAtOnceAndOneRefreshGoes() throws Exception {
        origin.on("/a", call -> {
            if (origin.count("/a") > 1) {
                gate.await();
            }
            call.reply(200, "v" + origin.count("/a"), date(), "Cache-Control: max-age=10, stale-while-revalidate=30");
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        for (Future<Client.Response> answer : ask(50, "/a")) {
            assertThat(answer.get().cache()).isEqualTo("STALE"); // while the origin has not answered
        }
        await().until(() -> origin.count("/a") == 2);
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/a").text()).isEqualTo("v2"));
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void anUncacheableAnswerDoesNotSerialiseTheNextOnes() throws Exception {
        CountDownLatch all = new CountDownLatch(20);
        origin.on("/private", call -> {
            if (origin.count("/private") > 1) {
                all.countDown();
                all.await(); // answered only once twenty are here together
            }
            call.reply(200, "x", date(), "Cache-Control: private");
        });
        proxy(PLAIN);
        get("/private");
        for (Future<Client.Response> answer : ask(20, "/private")) {
            Client.Response response = answer.get();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.header("Cache-Status")).contains("detail=uncacheable-before");
        }
    }

    @Test
    void waitersOfAnAnswerThatIsNotForThemFetchAlone() throws Exception {
        origin.on("/private", call -> {
            if (origin.count("/private") == 1) {
                gate.await();
            }
            call.reply(200, "x", date(), "Cache-Control: private");
        });
        var proxy = proxy(PLAIN);
        List<Future<Client.Response>> answers = ask(10, "/private");
        await().until(() -> collapsed(proxy) == 9);
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().status()).isEqualTo(200);
        }
        assertThat(origin.count("/private")).isEqualTo(10);
    }

    @Test
    void aWaiterThatWaitsTooLongFetchesAlone() throws Exception {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            }
            call.reply(200, "n" + origin.count("/a"), date(), "Cache-Control: max-age=60");
        });
        proxy(PLAIN + "collapse: {wait: 200ms}\n");
        List<Future<Client.Response>> first = ask(1, "/a");
        await().until(() -> origin.count("/a") == 1);
        Client.Response second = get("/a");
        assertThat(second.text()).isEqualTo("n2");
        assertThat(second.header("Cache-Status")).contains("detail=wait-timeout");
        gate.countDown();
        first.getFirst().get();
    }

    @Test
    void onlySoManyWait() throws Exception {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            }
            call.reply(200, "x", date(), "Cache-Control: max-age=60");
        });
        var proxy = proxy(PLAIN + "collapse: {max_waiters: 2}\n");
        List<Future<Client.Response>> answers = ask(1, "/a");
        await().until(() -> origin.count("/a") == 1);
        answers.addAll(ask(2, "/a"));
        await().until(() -> collapsed(proxy) == 2);
        assertThat(get("/a").header("Cache-Status")).contains("detail=waiters-full");
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().status()).isEqualTo(200);
        }
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aClientThatLeavesEndsNoFetchThatCanBeStored() throws Exception {
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "x", date(), "Cache-Control: max-age=60");
        });
        var proxy = proxy(PLAIN);
        try (Client leaver = new Client(proxy.port())) {
            leaver.send("GET", "/a", "");
            await().until(() -> origin.count("/a") == 1);
        }
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/a").cache()).isEqualTo("HIT"));
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void aClientThatLeavesEndsAFetchThatCanNotBeStored() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        origin.on("/a", call -> {
            if (call.input().read() < 0) {
                ended.countDown();
            }
        });
        var proxy = proxy(policies("- {name: a, match: {path: /a}, cache: false}"));
        try (Client leaver = new Client(proxy.port())) {
            leaver.send("GET", "/a", "");
            await().until(() -> origin.count("/a") == 1);
        }
        ended.await();
        await().until(() -> proxy.server().ledger().used() == 0);
    }

    @Test
    void aFailureIsSharedByAllWhoWait() throws Exception {
        origin.on("/a", call -> {
            gate.await();
            call.reset();
        });
        var proxy = proxy(PLAIN);
        List<Future<Client.Response>> answers = ask(10, "/a");
        await().until(() -> collapsed(proxy) == 9);
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().status()).isEqualTo(502);
        }
        assertThat(origin.count("/a")).isEqualTo(1);
    }
}
