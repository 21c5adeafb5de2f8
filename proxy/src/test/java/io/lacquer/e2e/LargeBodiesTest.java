package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.store.Ledger;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Large bodies that are asked for again are sent from outside the heap: nobody but the kernel notices. */
class LargeBodiesTest extends EndToEnd {
    private static final int LARGE = 300_000;

    private static byte[] bytes(String name, int length) {
        byte[] bytes = new byte[length];
        new Random(name.hashCode()).nextBytes(bytes);
        return bytes;
    }

    private void serve(int length, String... fields) {
        origin.on("*", call -> {
            List<String> all = new ArrayList<>(List.of(fields));
            all.add(date());
            call.reply(200, bytes(call.target, length), all.toArray(new String[0]));
        });
    }

    private long moved() {
        return metric("lacquer_memory_file_bytes");
    }

    private long metric(String name) {
        return current()
                .server()
                .metrics()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .sum();
    }

    /** Stored, hit, and out of the heap. */
    private void move(String path) {
        long before = moved();
        get(path);
        get(path);
        await().until(() -> moved() > before);
    }

    /** L1 for want of space. */
    private void empty() {
        Ledger ledger = current().server().ledger();
        long limit = ledger.limit();
        ledger.limit(0);
        ledger.limit(limit);
    }

    @Test
    void everyAnswerIsTheSameBeforeAndAfter() {
        serve(LARGE, "Cache-Control: max-age=60", "ETag: \"v\"");
        proxy(PLAIN);
        byte[] bytes = bytes("/a", LARGE);
        assertThat(get("/a").body()).isEqualTo(bytes);
        assertThat(get("/a").body()).isEqualTo(bytes);
        await().until(() -> moved() > 0);
        for (int i = 0; i < 4; i++) {
            Client.Response hit = get("/a");
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.body()).isEqualTo(bytes);
        }
        await().until(() -> metric("lacquer_fast_hits_total") == 4); // each is counted once it has left
        Client.Response head = send("HEAD", "/a", "");
        assertThat(head.header("Content-Length")).isEqualTo(Integer.toString(LARGE));
        assertThat(get("/a", "If-None-Match: \"v\"").status()).isEqualTo(304);
        Client.Response part = get("/a", "Range: bytes=1000-200999");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(bytes, 1000, 201_000));
        assertThat(get("/a", "Range: bytes=-10").body()).isEqualTo(Arrays.copyOfRange(bytes, LARGE - 10, LARGE));
        String several =
                new String(get("/a", "Range: bytes=5-70000,100000-250000").body(), StandardCharsets.ISO_8859_1);
        assertThat(several)
                .contains(new String(bytes, 5, 69_996, StandardCharsets.ISO_8859_1))
                .contains(new String(bytes, 100_000, 150_001, StandardCharsets.ISO_8859_1));
        assertThat(origin.count("/a")).isEqualTo(1);
        send("POST", "/a", "x");
        await().until(() -> moved() == 0);
    }

    @Test
    void requestsBehindEachOtherOnOneConnectionAreAnsweredInOrder() throws IOException {
        serve(LARGE, "Cache-Control: max-age=60");
        proxy(PLAIN);
        move("/a");
        get("/b");
        try (Client client = new Client(current().port())) {
            client.raw("GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n".repeat(3)
                    + "GET /b HTTP/1.1\r\nHost: example.org\r\n\r\nGET /a HTTP/1.1\r\nHost: example.org\r\n\r\n");
            for (String path : List.of("/a", "/a", "/a", "/b", "/a")) {
                assertThat(client.read("GET").body()).isEqualTo(bytes(path, LARGE));
            }
        }
    }

    @Test
    void whoReadsOnGetsWhatWasPurgedMeanwhileWhole() throws IOException {
        int length = 6_000_000;
        serve(length, "Cache-Control: max-age=60");
        proxy(PLAIN);
        move("/a");
        try (Client slow = new Client(current().port())) {
            slow.send("GET", "/a", "");
            assertThat(slow.readHead().header("X-Cache")).isEqualTo("HIT");
            send("POST", "/a", "x");
            for (int i = 0; i < 3; i++) {
                move("/other" + i);
            }
            assertThat(slow.input().readNBytes(length)).isEqualTo(bytes("/a", length));
        }
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void whoTakesNothingForAWriteTimeoutIsLetGo() throws IOException {
        serve(8_000_000, "Cache-Control: max-age=60");
        proxy(PLAIN + "timeouts: {write: 200ms}\n");
        move("/a");
        long before = moved();
        send("POST", "/a", "x");
        assertThat(before).isPositive();
        move("/b");
        try (Client stops = new Client(current().port())) {
            stops.send("GET", "/b", "");
            stops.readHead();
            send("POST", "/b", "x");
            await().until(() -> moved() == 0); // held by nobody any more
        }
        await().until(() -> current().server().ledger().used() == 0);
    }

    @Test
    void whoReadsSlowlyIsNot() throws IOException {
        int length = 8_000_000;
        serve(length, "Cache-Control: max-age=60");
        proxy(PLAIN + "timeouts: {write: 200ms}\n");
        move("/a");
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(64 * 1024);
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), current().port()));
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("GET /a HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            int all = 0;
            byte[] some = new byte[64 * 1024];
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                all += n;
                LockSupport.parkNanos(Duration.ofMillis(8).toNanos()); // its pace, about two seconds in all
            }
            assertThat(all).isGreaterThan(length);
        }
    }

    @Test
    void a304RenewsItWhereItIs() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") != null) {
                call.reply(304, "", date(), "Cache-Control: max-age=60", "ETag: \"v\"");
            } else {
                call.reply(200, bytes("/a", LARGE), date(), "Cache-Control: max-age=60", "ETag: \"v\"");
            }
        });
        proxy(PLAIN);
        move("/a");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a").body()).isEqualTo(bytes("/a", LARGE));
        assertThat(moved()).isPositive();
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.body()).isEqualTo(bytes("/a", LARGE));
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    /** Evicted while the origin was asked: the 304 is about nothing any more, and stale can't be served either. */
    @Test
    void whatLeavesWhileTheOriginIsAskedIsAskedForAnew() throws Exception {
        for (boolean fails : new boolean[] {false, true}) {
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch evicted = new CountDownLatch(1);
            String path = "/validated" + fails;
            origin.on(path, call -> {
                boolean first = origin.count(path) == 2;
                if (call.header("If-None-Match") == null || !first) {
                    call.reply(200, bytes(path, LARGE), date(), "Cache-Control: max-age=60", "ETag: \"v\"");
                    return;
                }
                asked.countDown();
                evicted.await();
                String control = fails ? "Cache-Control: no-store" : "Cache-Control: max-age=60";
                call.reply(fails ? 500 : 304, "", date(), control, "ETag: \"v\"");
            });
            proxy(policies("- {name: a, match: {path: '/**'}, stale_if_error: 1h}"));
            move(path);
            clock.advance(Duration.ofSeconds(61));
            try (ExecutorService one = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Client.Response> answer = one.submit(() -> get(path));
                asked.await();
                empty();
                assertThat(moved()).isZero();
                evicted.countDown();
                assertThat(answer.get().status()).isEqualTo(200);
                assertThat(answer.get().body()).isEqualTo(bytes(path, LARGE));
                assertThat(origin.count(path)).isEqualTo(3);
            }
            current().close();
        }
    }

    @Test
    void underEvictionEveryAnswerIsWholeAndItsOwn() throws Exception {
        serve(200_000, "Cache-Control: max-age=600");
        proxy(PLAIN + "tiers: {l1: {size: 2MiB}}\n");
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = clients.invokeAll(IntStream.range(0, 8)
                    .<Callable<Integer>>mapToObj(client -> () -> ask(new Random(client)))
                    .toList());
            for (Future<Integer> each : all) {
                assertThat(each.get()).isEqualTo(150);
            }
        }
        assertThat(metric("lacquer_memory_peak_bytes")).isLessThanOrEqualTo(2 << 20);
        empty();
        await().until(() -> moved() == 0 && current().server().ledger().used() == 0);
    }

    private int ask(Random random) throws IOException {
        int right = 0;
        try (Client client = new Client(current().port())) {
            for (int i = 0; i < 150; i++) {
                String path = "/" + (int) Math.min(15, Math.abs(random.nextGaussian() * 5));
                byte[] bytes = bytes(path, 200_000);
                if (random.nextInt(4) == 0) {
                    client.send("GET", path, "", "Range: bytes=1-150000");
                    bytes = Arrays.copyOfRange(bytes, 1, 150_001);
                } else {
                    client.send("GET", path, "");
                }
                right += Arrays.equals(client.read("GET").body(), bytes) ? 1 : 0;
            }
        }
        return right;
    }
}
