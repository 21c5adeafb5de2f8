package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies pass as they come, whole, at the pace of who takes them, in a bounded amount of memory. */
class StreamingTest extends EndToEnd {
    private static final int MIB = 1 << 20;
    private static final long GIB = 1L << 30;

    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
    }

    /** A block that tells its place, so that a lost, doubled or moved one is noticed. */
    static byte[] block(long number) {
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < block.length; i += 8) {
            java.nio.ByteBuffer.wrap(block).putLong(i, number * block.length + i);
        }
        return block;
    }

    /** Reads so many blocks, or fails at the first that is not what it should be. */
    private static void assertBlocks(InputStream in, long from, long to) throws IOException {
        for (long i = from; i < to; i++) {
            byte[] got = in.readNBytes(64 * 1024);
            if (!java.util.Arrays.equals(got, block(i))) {
                throw new AssertionError("block " + i + " of " + to + " is not what it was; " + got.length + " bytes");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"max-age=60", "no-store"})
    void theFirstBytesOfAMissArriveBeforeTheOriginSendsTheRest(String control) throws Exception {
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: " + control + "\r\nContent-Length: 10\r\n\r\nfirst");
            gate.await();
            call.raw("-rest");
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.send("GET", "/a", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.input().readNBytes(5)).asString().isEqualTo("first");
            gate.countDown();
            assertThat(client.input().readNBytes(5)).asString().isEqualTo("-rest");
        }
    }

    @Test
    void theFirstBytesOfAnUploadArriveBeforeTheClientSendsTheRest() throws Exception {
        CompletableFuture<String> first = new CompletableFuture<>();
        origin.on("/a", call -> {
            first.complete(new String(call.input().readNBytes(5), StandardCharsets.UTF_8));
            call.reply(200, new String(call.input().readNBytes(5), StandardCharsets.UTF_8), date());
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst");
            assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("first");
            client.raw("-rest");
            assertThat(client.read("PUT").text()).isEqualTo("-rest");
        }
    }

    private void awaitStill(AtomicLong count) {
        AtomicLong last = new AtomicLong(-1);
        await().pollInterval(300, TimeUnit.MILLISECONDS)
                .until(() -> count.get() > 0 && last.getAndSet(count.get()) == count.get());
    }

    @Test
    void aClientThatDoesNotReadHoldsTheOriginBackAndThenGetsItAll() throws Exception {
        AtomicLong written = new AtomicLong();
        origin.on("/big", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: " + 256 * MIB + "\r\n\r\n");
            for (int i = 0; i < 4096; i++) {
                call.raw(block(i));
                written.addAndGet(64 * 1024);
            }
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.send("GET", "/big", "");
            assertThat(client.readHead().status()).isEqualTo(200);
            awaitStill(written);
            // four socket buffers, which the system lets grow to tens of MiB, and our window between them
            assertThat(written.get()).isBetween(1L, 160L * MIB);
            assertBlocks(client.input(), 0, 4096);
        }
    }

    @Test
    void anOriginThatDoesNotReadHoldsTheClientBackAndThenGetsItAll() throws Exception {
        AtomicLong written = new AtomicLong();
        origin.on("/big", call -> {
            gate.await();
            assertBlocks(call.input(), 0, 4096);
            call.reply(200, "whole", date());
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: " + 256 * MIB + "\r\n\r\n");
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 4096; i++) {
                        client.raw(block(i));
                        written.addAndGet(64 * 1024);
                    }
                } catch (IOException closed) {
                    // the assertions tell
                }
            });
            await().until(() -> origin.count() == 1);
            awaitStill(written);
            assertThat(written.get()).isBetween(1L, 160L * MIB);
            gate.countDown();
            assertThat(client.read("POST").text()).isEqualTo("whole");
            writer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-None: 1", "Content-Length: 8388608\r\nConnection: close"})
    void anOriginThatClosesAtOnceBehindItsLastByteLosesNothingOfItToASlowClient(String framing) throws Exception {
        AtomicLong written = new AtomicLong();
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n" + framing + "\r\n\r\n");
            for (int i = 0; i < 128; i++) {
                call.raw(block(i));
                written.incrementAndGet();
            }
            call.close();
        });
        try (Client client = new Client(proxy(PLAIN).port())) {
            client.raw("GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            awaitStill(written);
            assertBlocks(client.input(), 0, 128);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void anAnswerThatOutgrowsTheStoreGoesOnToAllWhoReadItAndIsNotStored() throws Exception {
        AtomicLong written = new AtomicLong();
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 256; i++) {
                if (i == 8) {
                    gate.await();
                }
                call.raw("10000\r\n").raw(block(i)).raw("\r\n");
                written.incrementAndGet();
            }
            call.raw("0\r\n\r\n");
        });
        var proxy = proxy(PLAIN + "tiers: {l1: {size: 32MiB, max_object: 1MiB}}\n");
        try (Client first = new Client(proxy.port());
                Client second = new Client(proxy.port())) {
            first.send("GET", "/a", "").readHead();
            second.send("GET", "/a", "");
            assertThat(second.readHead().header("Cache-Status")).contains("collapsed");
            gate.countDown();
            for (int i = 0; i < 256; i++) { // at one pace
                assertChunk(first.input(), i);
                assertChunk(second.input(), i);
            }
            assertThat(Wire.readLine(first.input())).isEqualTo("0");
            assertThat(Wire.readLine(second.input())).isEqualTo("0");
        }
        assertThat(origin.count("/a")).isEqualTo(1);
        await().until(() -> proxy.server().ledger().used() == 0);
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    /** One block out of chunks of any size; both readers are asked in turn, so sizes are kept by reader. */
    private final java.util.Map<InputStream, Long> left = new java.util.HashMap<>();

    private void assertChunk(InputStream in, int number) throws IOException {
        byte[] got = new byte[64 * 1024];
        int at = 0;
        while (at < got.length) {
            long here = left.getOrDefault(in, 0L);
            if (here == 0) {
                here = Long.parseLong(Wire.readLine(in), 16);
            }
            int part = (int) Math.min(here, got.length - at);
            assertThat(in.readNBytes(got, at, part)).isEqualTo(part);
            at += part;
            here -= part;
            if (here == 0) {
                Wire.readLine(in);
            }
            left.put(in, here);
        }
        assertThat(got).isEqualTo(block(number));
    }

    @Test
    void whoStopsReadingAnAnswerTooLargeToKeepIsCutOffVisiblyAndTheOthersGoOn() throws Exception {
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n");
            call.raw("10000\r\n").raw(block(0)).raw("\r\n");
            gate.await();
            for (int i = 1; i < 800; i++) {
                call.raw("10000\r\n").raw(block(i)).raw("\r\n");
            }
            call.raw("0\r\n\r\n");
        });
        var proxy = proxy(PLAIN + "tiers: {l1: {size: 32MiB, max_object: 1MiB}}\ntimeouts: {write: 300ms}\n");
        try (Client reads = new Client(proxy.port());
                Client stops = new Client(proxy.port())) {
            reads.send("GET", "/a", "").readHead();
            stops.send("GET", "/a", "").readHead();
            gate.countDown();
            for (int i = 0; i < 800; i++) {
                assertChunk(reads.input(), i);
            }
            assertThat(Wire.readLine(reads.input())).isEqualTo("0");
            assertThatThrownBy(() -> Wire.readChunked(stops.input(), new java.util.ArrayList<>()))
                    .isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
        assertThat(origin.count("/a")).isEqualTo(1);
        await().until(() -> proxy.server().ledger().used() == 0);
    }

    private Child small() throws IOException {
        return Child.policies(
                List.of("-Xmx256m"),
                "version: 1\norigins: {api: {servers: [\"" + origin.url() + "\"]}}\ntiers: {l1: {size: 64MiB}}\n");
    }

    @Test
    void aGibibyteComesDownThroughAHeapOf256Mebibytes() throws Exception {
        origin.on("/down", call -> {
            call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: " + GIB + "\r\n\r\n");
            byte[] mib = new byte[MIB];
            for (int i = 0; i < 1024; i++) {
                mib[0] = (byte) i;
                call.raw(mib);
            }
        });
        try (Child child = small();
                Client client = new Client(child.port())) {
            client.send("GET", "/down", "");
            assertThat(client.readHead().header("Content-Length")).isEqualTo(Long.toString(GIB));
            byte[] mib = new byte[MIB];
            for (int i = 0; i < 1024; i++) {
                assertThat(client.input().readNBytes(mib, 0, MIB)).isEqualTo(MIB);
                assertThat(mib[0]).isEqualTo((byte) i);
            }
            assertThat(Client.get(child.adminPort(), "/healthz", "Host: 127.0.0.1")
                            .status())
                    .isEqualTo(200);
            assertThat(String.join("\n", child.lines())).doesNotContain("ERROR").doesNotContain("OutOfMemory");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGibibyteGoesUpThroughAHeapOf256Mebibytes(boolean chunked) throws Exception {
        AtomicLong received = new AtomicLong();
        origin.on("/up", call -> {
            assertThat(call.header("Transfer-Encoding")).isEqualTo(chunked ? "chunked" : null);
            if (chunked) {
                for (String size = Wire.readLine(call.input()); !size.equals("0"); ) {
                    long length = Long.parseLong(size, 16);
                    call.input().skipNBytes(length);
                    received.addAndGet(length);
                    Wire.readLine(call.input());
                    size = Wire.readLine(call.input());
                }
                Wire.readLine(call.input());
            } else {
                call.input().skipNBytes(GIB);
                received.set(GIB);
            }
            call.reply(200, "done", date());
        });
        try (Child child = small();
                Client client = new Client(child.port())) {
            String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + GIB;
            client.raw("POST /up HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n");
            byte[] mib = new byte[MIB];
            for (int i = 0; i < 1024; i++) {
                client.raw(chunked ? "100000\r\n" : "").raw(mib).raw(chunked ? "\r\n" : "");
            }
            client.raw(chunked ? "0\r\n\r\n" : "");
            assertThat(client.read("POST").text()).isEqualTo("done");
            assertThat(received.get()).isEqualTo(GIB);
            assertThat(child.isAlive()).isTrue();
            assertThat(String.join("\n", child.lines())).doesNotContain("ERROR").doesNotContain("OutOfMemory");
        }
    }
}
