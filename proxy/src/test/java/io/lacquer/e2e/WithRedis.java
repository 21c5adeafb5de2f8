package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import io.lacquer.http.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A scripted origin, a Redis of this test's own and any number of Lacquers before it, in real time. */
abstract class WithRedis {
    static final Clock REAL = new Clock() {
        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }
    };

    final Origin origin = new Origin();
    final List<Proxy> proxies = new ArrayList<>();
    RedisProcess redis;
    RawRedis raw;

    @BeforeEach
    void startRedis() throws IOException {
        redis = RedisProcess.start();
        raw = new RawRedis(redis.port());
    }

    /** A file with an L2 at an address; the timeout is long where a test does not try it. */
    static String yaml(String uri, String more) {
        return "version: 1\norigins: {api: {servers: [\"${ORIGIN}\"]}}\n" + "tiers: {l1: {size: 32MiB}, l2: {redis: \""
                + uri + "\", timeout: 2s, namespace: shop" + more + "}}\n";
    }

    /** The same with a short timeout. */
    static String hasty(String uri) {
        return yaml(uri, "").replace("timeout: 2s", "timeout: 100ms");
    }

    /** A Lacquer that has reached Redis. */
    Proxy proxy(String yaml) {
        Proxy proxy = Proxy.start(yaml, origin.url(), REAL);
        proxies.add(proxy);
        return proxy;
    }

    /** A Lacquer at this test's Redis. */
    Proxy proxy() {
        return proxy(yaml(redis.uri(), ""));
    }

    /** A Lacquer whose Redis may be away. */
    Proxy hopeful(String yaml) throws IOException {
        Proxy proxy = Proxy.startWithoutWaiting(yaml, origin.url(), REAL);
        proxies.add(proxy);
        return proxy;
    }

    static Client.Response get(Proxy proxy, String path, String... fields) {
        return Client.get(proxy.port(), path, fields);
    }

    /**
     * Waits until what was begun in a Lacquer has settled, but for what is on its way to Redis; not while others keep
     * asking it.
     */
    void settle(Proxy proxy) {
        proxy.settle(origin::held);
    }

    /** An admin page. */
    static Client.Response admin(Proxy proxy, String path) {
        return Client.get(proxy.adminPort(), path, "Host: 127.0.0.1:" + proxy.adminPort());
    }

    /** The value of a metric without labels. */
    static double metric(Proxy proxy, String name) {
        return admin(proxy, "/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    /** An empty Redis in the place of the one that was killed. */
    void restartRedis() throws IOException {
        redis.restart();
        raw.close();
        raw = new RawRedis(redis.port());
    }

    /** Waits until Redis holds so many keys. */
    List<String> keys(int count) {
        await().atMost(Duration.ofSeconds(10)).until(() -> raw.keys().size() == count);
        return raw.keys();
    }

    /** Waits until a Lacquer leaves Redis alone, and finds that it says so wherever it should. */
    void awaitDown(Proxy proxy) {
        await().atMost(Duration.ofSeconds(15)).until(() -> !proxy.server().isL2Up());
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(
                                get(proxy, "/down" + System.nanoTime()).header("Cache-Status"))
                        .contains("detail=l2-down"));
        assertThat(metric(proxy, "lacquer_l2_up")).isZero();
        assertThat(metric(proxy, "lacquer_l2_errors_total")).isPositive();
        Client.Response ready = admin(proxy, "/readyz");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.text()).startsWith("ready, degraded: ").contains("Redis");
    }

    /** Waits until a Lacquer uses Redis both ways: another one reads what it writes, and it reads what that writes. */
    void awaitUp(Proxy proxy) {
        Proxy other = proxy(yaml(redis.uri(), ""));
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(fromL2(proxy, other)).as("what it wrote").isTrue();
            assertThat(fromL2(other, proxy)).as("what it reads").isTrue();
        });
        await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_up") == 1);
        await().atMost(Duration.ofSeconds(20)) // the purge log has a connection of its own
                .until(() -> admin(proxy, "/readyz").text().equals("ready\n"));
    }

    private boolean fromL2(Proxy writer, Proxy reader) {
        String path = "/up" + System.nanoTime();
        int before = raw.keys().size();
        get(writer, path);
        long deadline = System.nanoTime() + 500_000_000L;
        while (raw.keys().size() == before && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        return "L2".equals(get(reader, path).level());
    }

    /** An answer that repeats the path and may be kept for a while. */
    static Origin.Handler echo(String... fields) {
        return call -> call.reply(200, call.target, fields);
    }

    @AfterEach
    void closeAll() {
        proxies.forEach(Proxy::close);
        raw.close();
        redis.close();
        origin.close();
    }
}
