package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
