package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.store.Ledger;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ledger: never above its ceiling, and nothing stays on it that is neither stored nor on its way. */
class MemoryTest extends EndToEnd {
    private static final int MIB = 1 << 20;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
        threads.shutdownNow();
    }

    private static String l1(String size) {
        return PLAIN + "tiers: {l1: {size: " + size + "}}\n";
    }

    private static long number(Proxy proxy, String name) {
        String stats = new String(proxy.server().stats(), StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*?\"" + name + "\" : (\\d+).*", "$1"));
    }

    private static void awaitNoFlights(Proxy proxy) {
        await().until(() -> number(proxy, "flights") == 0);
    }

    @Test
    void twoHundredThousandUrlsPassThrough32MebibytesWithoutEverExceedingThem() throws Exception {
        String body = "b".repeat(300);
        origin.forgetful().on("*", call -> call.reply(200, body, date(), "Cache-Control: max-age=600"));
        Proxy proxy = proxy(l1("32MiB"));
        Ledger ledger = proxy.server().ledger();
        AtomicBoolean over = new AtomicBoolean();
        List<Future<?>> clients = new ArrayList<>();
        for (int c = 0; c < 8; c++) {
            int from = c * 25_000;
            clients.add(threads.submit(() -> {
                try (Client client = new Client(proxy.port())) {
                    for (int i = from; i < from + 25_000; i += 50) {
                        StringBuilder all = new StringBuilder();
                        for (int k = i; k < i + 50; k++) {
                            all.append("GET /x?n=").append(k).append(" HTTP/1.1\r\nHost: example.org\r\n\r\n");
                        }
                        client.raw(all.toString());
                        for (int k = 0; k < 50; k++) {
                            assertThat(client.read("GET").body()).hasSize(300);
                        }
                        over.compareAndSet(false, ledger.used() > ledger.limit());
                    }
                }
                return null;
            }));
        }
        for (Future<?> client : clients) {
            client.get();
        }
        awaitNoFlights(proxy);
        assertThat(origin.count()).isEqualTo(200_000);
        assertThat(over).isFalse();
        assertThat(ledger.limit()).isEqualTo(32L * MIB);
        assertThat(ledger.peak()).isBetween(24L * MIB, ledger.limit());
        assertThat(number(proxy, "evictions")).isGreaterThan(50_000);
        proxy.server().settle();
        long entries = number(proxy, "entries");
        assertThat(entries).isGreaterThan(1000);
        assertThat(ledger.used()).as("each entry has at least its body").isGreaterThan(entries * 300);
    }

    /** What an entry takes is on the ledger, what its hits leave behind as well: three quarters of a heap are enough. */
    @Test
    void aHeapHoldsTheLargestCeilingThatItIsAllowedWhenAllOfItIsSmallAndAskedForAgain() throws Exception {
        origin.forgetful().on("*", call -> call.reply(200, "b".repeat(100), date(), "Cache-Control: max-age=600"));
        String yaml = l1("70MiB").replace("${ORIGIN}", origin.url());
        try (Child child = Child.policies(List.of("-Xmx96m"), yaml)) {
            for (int round = 0; round < 2; round++) {
                List<Future<?>> clients = new ArrayList<>();
                for (int c = 0; c < 4; c++) {
                    int from = c * 13_000;
                    clients.add(threads.submit(() -> {
                        try (Client client = new Client(child.port())) {
                            askForEach(client, from, from + 13_000);
                        }
                        return null;
                    }));
                }
                for (Future<?> client : clients) {
                    client.get();
                }
            }
            assertThat(Client.get(child.port(), "/x?n=1").status()).isEqualTo(200);
        }
    }

    private static void askForEach(Client client, int from, int to) throws IOException {
        for (int i = from; i < to; i += 50) {
            StringBuilder all = new StringBuilder();
            for (int k = i; k < i + 50; k++) {
                all.append("GET /x?n=").append(k).append(" HTTP/1.1\r\nHost: example.org\r\n\r\n");
            }
            client.raw(all.toString());
            for (int k = 0; k < 50; k++) {
                assertThat(client.read("GET").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void whatIsReplacedLeavesTheLedger() {
        origin.on(
                "*",
                call -> call.reply(
                        200,
                        new byte[origin.count(call.target) == 1 ? 100_000 : 1000],
                        date(),
                        "Cache-Control: max-age=60"));
        Proxy proxy = proxy(l1("32MiB"));
        for (int i = 0; i < 50; i++) {
            get("/" + i);
        }
        assertThat(proxy.server().ledger().used()).isBetween(5_000_000L, 5_500_000L);
        clock.advance(Duration.ofMinutes(10));
        for (int i = 0; i < 50; i++) {
            assertThat(get("/" + i).body()).hasSize(1000);
        }
        awaitNoFlights(proxy);
        await().untilAsserted(() -> {
            proxy.server().settle();
            assertThat(proxy.server().ledger().used()).isBetween(50_000L, 250_000L);
        });
    }

    @Test
    void failedOriginsLeaveNothingOnTheLedger() throws Exception {
        origin.on(
                "/length",
                call -> call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n" + "Content-Length: 2000000\r\n\r\n"
                                + "a".repeat(500_000))
                        .reset());
        origin.on(
                "/chunks",
                call -> call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n7a120\r\n" + "a".repeat(500_000) + "\r\nbad\r")
                        .close());
        origin.on("/head", Origin.Call::reset);
        Proxy proxy = proxy(l1("32MiB"));
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String path = List.of("/length?", "/chunks?", "/head?").get(i % 3) + i;
            all.add(threads.submit(() -> {
                try (Client client = new Client(proxy.port())) {
                    client.send("GET", path, "").input().readAllBytes();
                } catch (IOException brokenOff) {
                    // as it should be
                }
            }));
        }
        await().until(() -> origin.count() >= 60);
        await().until(() -> proxy.server().ledger().used() == 0);
        awaitNoFlights(proxy);
        all.forEach(each -> each.cancel(true));
    }

    @Test
    void clientsThatLeaveWhatThenFailsLeaveNothingOnTheLedger() throws Exception {
        origin.on("*", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1000000\r\n\r\nhello");
            gate.await();
            call.reset();
        });
        Proxy proxy = proxy(l1("32MiB"));
        for (int i = 0; i < 20; i++) {
            try (Client client = new Client(proxy.port())) {
                client.send("GET", "/" + i, "").readHead();
                client.socket().setSoLinger(true, 0);
            }
        }
        assertThat(proxy.server().ledger().used()).isGreaterThanOrEqualTo(20_000_000L);
        gate.countDown();
        await().until(() -> proxy.server().ledger().used() == 0);
        awaitNoFlights(proxy);
    }

    @Test
    void aSlowReaderOfAStoredBodyKeepsItOnTheLedgerUntilItLeaves() throws Exception {
        origin.on("*", call -> call.reply(200, new byte[8 * MIB], date(), "Cache-Control: max-age=60"));
        Proxy proxy = proxy(l1("16MiB"));
        get("/0");
        assertThat(get("/0").cache()).isEqualTo("HIT");
        try (Client slow = new Client(proxy.port())) {
            slow.send("GET", "/0", "").readHead();
            for (int i = 1; i < 6; i++) {
                assertThat(get("/" + i).body()).hasSize(8 * MIB);
                assertThat(proxy.server().ledger().used())
                        .isLessThanOrEqualTo(proxy.server().ledger().limit());
            }
        }
        awaitNoFlights(proxy);
        assertThat(proxy.server().ledger().peak())
                .isLessThanOrEqualTo(proxy.server().ledger().limit());
    }

    @Test
    void fiveHundredClientsEachMissAnother8MebibytesInAHeapOf256() throws Exception {
        byte[] block = new byte[8 * MIB];
        origin.forgetful().on("*", call -> call.reply(200, block, "Cache-Control: max-age=60"));
        String yaml = "version: 1\norigins: {api: {servers: [\"" + origin.url()
                + "\"], max_connections: 600}}\ntiers: {l1: {size: 64MiB}}\n";
        try (Child child = Child.policies(List.of("-Xmx256m"), yaml)) {
            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                clients.add(new Client(child.port()).send("GET", "/" + i, ""));
            }
            List<Future<Long>> lengths = new ArrayList<>();
            for (Client client : clients) {
                lengths.add(threads.submit(() -> length(client)));
            }
            for (Future<Long> length : lengths) {
                assertThat(length.get()).isEqualTo(8L * MIB);
            }
            String stats = await().until(() -> stats(child), text -> text.contains("\"flights\" : 0"));
            long peak = Long.parseLong(stats.replaceAll("(?s).*\"peak_bytes\" : (\\d+).*", "$1"));
            assertThat(peak).isLessThanOrEqualTo(64L * MIB);
            assertThat(String.join("\n", child.lines())).doesNotContain("ERROR").doesNotContain("OutOfMemory");
        }
    }

    private static String stats(Child child) {
        return Client.get(child.adminPort(), "/api/v1/cache/stats", "Host: 127.0.0.1")
                .text();
    }

    private static long length(Client client) throws IOException {
        try (client) {
            assertThat(client.readHead().header("Content-Length")).isEqualTo(Integer.toString(8 * MIB));
            client.input().skipNBytes(8L * MIB); // or an exception
            return 8L * MIB;
        }
    }
}
