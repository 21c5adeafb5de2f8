package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is too large, too slow or too much gets a small clear answer, and the connection ends. */
class LimitsTest extends EndToEnd {
    private static final String LIMITS = PLAIN + "limits: {request_line: 256B, header_bytes: 1KiB, header_count: 10}\n";

    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicLong bytesRead = new AtomicLong();

    @AfterEach
    void stop() {
        never.countDown();
        pace.shutdownNow();
    }

    private void originCounts() {
        origin.on("*", call -> {
            bytesRead.addAndGet(call.body().length);
            call.reply(200, "ok", date(), "Cache-Control: no-store");
        });
    }

    private static void assertRefused(Client client, int status, String word) throws IOException {
        Client.Response response = client.read("GET");
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.text())
                .startsWith(status + " " + word + ": ")
                .endsWith(".\n")
                .hasSizeLessThan(200);
        assertThat(response.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
        assertThat(response.header("Connection")).isEqualTo("close");
        assertThat(client.isClosedByPeer()).as("closed").isTrue();
    }

    /** Writes until nobody takes it any more; the bytes that were taken, at most {@code most}. */
    static long flood(Client client, long most) {
        AtomicLong written = new AtomicLong();
        Thread writer = Thread.ofVirtual().start(() -> {
            byte[] block = new byte[64 * 1024];
            java.util.Arrays.fill(block, (byte) 'a');
            try {
                while (written.get() < most) {
                    client.raw(block);
                    written.addAndGet(block.length);
                }
            } catch (IOException closed) {
                // taken no more
            }
        });
        AtomicLong last = new AtomicLong(-1);
        await().pollInterval(300, TimeUnit.MILLISECONDS)
                .until(() -> !writer.isAlive() || last.getAndSet(written.get()) == written.get());
        return written.get();
    }

    @Test
    void aLongRequestLineIs414() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(LIMITS).port())) {
            client.raw("GET /" + "a".repeat(300) + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertRefused(client, 414, "uri-too-long");
        }
        assertThat(origin.count()).isZero();
    }

    @Test
    void aRequestLineWithoutEndIs414BeforeItEnds() throws Exception {
        try (Client client = new Client(proxy(LIMITS).port())) {
            client.raw("GET /" + "a".repeat(300));
            assertRefused(client, 414, "uri-too-long");
        }
    }

    @Test
    void oneLargeFieldIs431() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(LIMITS).port())) {
            client.raw("GET / HTTP/1.1\r\nHost: a\r\nA: " + "a".repeat(1100));
            assertRefused(client, 431, "headers-too-large");
        }
    }

    @Test
    void largeFieldsTogetherAre431() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(LIMITS).port())) {
            client.raw("GET / HTTP/1.1\r\nHost: a\r\n" + ("A: " + "a".repeat(200) + "\r\n").repeat(6) + "\r\n");
            assertRefused(client, 431, "headers-too-large");
        }
        assertThat(origin.count()).isZero();
    }

    @Test
    void manyFieldsAre431() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(LIMITS).port())) {
            client.raw("GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(9) + "\r\n");
            assertThat(client.read("GET").status()).as("ten").isEqualTo(200);
            client.raw("GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(10) + "\r\n");
            assertRefused(client, 431, "headers-too-large");
        }
        assertThat(origin.count()).isEqualTo(1);
    }

    @Test
    void anAnnouncedBodyAboveTheLimitIs413BeforeItIsSent() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(PLAIN + "limits: {body: 1KiB}\n").port())) {
            client.send("POST", "/", "a".repeat(1024));
            assertThat(client.read("POST").status()).as("at the limit").isEqualTo(200);
            client.raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n");
            assertRefused(client, 413, "body-too-large");
        }
        assertThat(origin.count()).isEqualTo(1);
    }

    @Test
    void aChunkedBodyThatGrowsAboveTheLimitIs413AndTheOriginNeverHasItWhole() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(PLAIN + "limits: {body: 1KiB}\n").port())) {
            client.raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.raw("400\r\n" + "a".repeat(1024) + "\r\n");
            await().until(() -> origin.count() == 1);
            client.raw("1\r\na\r\n0\r\n\r\n");
            assertRefused(client, 413, "body-too-large");
        }
        assertThat(bytesRead.get()).isZero();
    }

    @Test
    void aHeadThatTakesTooLongIs408HoweverItTrickles() throws Exception {
        try (Client client =
                new Client(proxy(PLAIN + "timeouts: {header: 300ms}\n").port())) {
            client.raw("GET / HTTP/1.1\r\nHost: a\r\nA: ");
            var trickle = pace.scheduleAtFixedRate(() -> trickle(client), 50, 50, TimeUnit.MILLISECONDS);
            assertRefused(client, 408, "head-timeout");
            trickle.cancel(true);
        }
    }

    private static void trickle(Client client) {
        try {
            client.raw("a");
        } catch (IOException closed) {
            throw new java.io.UncheckedIOException(closed);
        }
    }

    @Test
    void aSecondHeadThatTakesTooLongIs408() throws Exception {
        originCounts();
        try (Client client =
                new Client(proxy(PLAIN + "timeouts: {header: 200ms}\n").port())) {
            client.send("GET", "/", "").read("GET");
            client.raw("G");
            assertRefused(client, 408, "head-timeout");
        }
    }

    @Test
    void aBodyThatStopsArrivingIs408() throws Exception {
        originCounts();
        try (Client client =
                new Client(proxy(PLAIN + "timeouts: {body: 200ms}\n").port())) {
            client.raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
            assertRefused(client, 408, "body-timeout");
        }
        await().untilAsserted(() ->
                assertThat(bytesRead.get()).as("the upload broke off").isEqualTo(5));
    }

    @Test
    void aBodyThatTricklesIsNotCutOff() throws Exception {
        originCounts();
        try (Client client = new Client(proxy(PLAIN + "timeouts: {body: 1s}\n").port())) {
            client.raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n");
            var trickle = pace.scheduleAtFixedRate(() -> trickle(client), 0, 50, TimeUnit.MILLISECONDS);
            assertThat(client.read("POST").status()).isEqualTo(200);
            trickle.cancel(true);
        }
        assertThat(bytesRead.get()).isEqualTo(30);
    }

    @Test
    void idleConnectionsAreClosedWithoutAWord() throws Exception {
        originCounts();
        int port = proxy(PLAIN + "timeouts: {idle: 200ms}\n").port();
        try (Client kept = new Client(port);
                Client fresh = new Client(port)) {
            kept.send("GET", "/", "").read("GET");
            assertThat(fresh.isClosedByPeer()).isTrue();
            assertThat(kept.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void whoWaitsForTheOriginIsNeitherIdleNorSlow() throws Exception {
        CountDownLatch later = new CountDownLatch(1);
        origin.on("/slow", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 4\r\n\r\nab");
            later.await();
            call.raw("cd");
        });
        int port = proxy(PLAIN + "timeouts: {idle: 800ms, header: 100ms, body: 100ms, write: 100ms}\n")
                .port();
        try (Client waits = new Client(port);
                Client idle = new Client(port)) {
            waits.send("GET", "/slow", "");
            assertThat(idle.isClosedByPeer()).isTrue();
            later.countDown();
            assertThat(waits.read("GET").text()).isEqualTo("abcd");
        }
    }

    @Test
    void aReaderThatStopsIsClosedAndItsMemoryGivenBack() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        origin.on("/big", call -> {
            try {
                call.raw("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 1000000000\r\n\r\n");
                while (true) {
                    call.raw(new byte[1 << 20]);
                }
            } catch (IOException closed) {
                gone.countDown();
            }
        });
        var proxy = proxy(PLAIN + "timeouts: {write: 200ms}\n");
        try (Client client = new Client(proxy.port())) {
            client.send("GET", "/big", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(gone.await(20, TimeUnit.SECONDS))
                    .as("the origin is let go")
                    .isTrue();
            assertThat(countUntilClosed(client)).isLessThan(100_000_000);
        }
        assertThat(proxy.server().ledger().used()).isZero();
    }

    private static long countUntilClosed(Client client) throws IOException {
        byte[] block = new byte[64 * 1024];
        long all = 0;
        try {
            for (int n = client.input().read(block); n >= 0; n = client.input().read(block)) {
                all += n;
            }
        } catch (java.net.SocketException reset) {
            // ended all the same
        }
        return all;
    }

    @Test
    void beyondTheCapOfConnectionsIs503UntilOneLeaves() throws Exception {
        originCounts();
        int port = proxy(PLAIN + "limits: {connections: 2}\n").port();
        try (Client one = new Client(port)) {
            assertThat(one.send("GET", "/", "").read("GET").status()).isEqualTo(200);
            try (Client two = new Client(port)) {
                assertThat(two.send("GET", "/", "").read("GET").status()).isEqualTo(200);
                try (Client three = new Client(port)) {
                    assertRefused(three, 503, "too-many-connections");
                }
                assertThat(two.send("GET", "/", "").read("GET").status()).isEqualTo(200);
            }
            await().ignoreExceptionsInstanceOf(IOException.class)
                    .until(
                            () -> { // as of a refusal that came first
                                try (Client next = new Client(port)) {
                                    return next.send("GET", "/", "").read("GET").status() == 200;
                                }
                            });
        }
    }

    @Test
    void traceAndConnectAre405WithTheMethodsThatAreServed() throws Exception {
        originCounts();
        int port = proxy(PLAIN).port();
        for (String start : new String[] {"TRACE / HTTP/1.1", "CONNECT a.example:443 HTTP/1.1"}) {
            try (Client client = new Client(port)) {
                client.raw(start + "\r\nHost: a\r\n\r\n");
                Client.Response response = client.read("GET");
                assertThat(response.status()).isEqualTo(405);
                assertThat(response.text()).startsWith("405 method-refused: ");
                assertThat(response.header("Allow")).contains("GET").doesNotContain("TRACE");
            }
        }
        assertThat(origin.count()).isZero();
    }

    @Test
    void anotherExpectationThan100ContinueIs417() throws Exception {
        originCounts();
        proxy(PLAIN);
        Client.Response response = send("POST", "/", "x", "Expect: 200-ok");
        assertThat(response.status()).isEqualTo(417);
        assertThat(response.text()).startsWith("417 expectation: ");
        assertThat(origin.count()).isZero();
    }

    @Test
    void whatIsPipelinedBehindASlowAnswerTakesBoundedMemory() throws Exception {
        origin.on("/slow", call -> never.await());
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.send("GET", "/slow", "");
            await().until(() -> origin.count() == 1);
            assertThat(flood(client, 64 << 20)).isLessThan(32 << 20);
        }
    }

    @Test
    void whatFollowsABrokenBodyWhileTheAnswerStreamsTakesBoundedMemory() throws Exception {
        origin.on("/early", call -> {
            call.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
            never.await();
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw("POST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            client.raw("zz\r\n");
            var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
            long before = metric.usedDirectMemory() + metric.usedHeapMemory();
            flood(client, 64 << 20);
            assertThat(metric.usedDirectMemory() + metric.usedHeapMemory() - before)
                    .isLessThan(16 << 20);
        } catch (SocketTimeoutException hangs) {
            throw new AssertionError("no answer", hangs);
        }
    }
}
