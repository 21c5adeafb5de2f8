package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A write through one node is read through any, and the log neither floods nor stops it. */
class WritesOnNodesTest extends WithPurgeLog {
    private static Client.Response post(Proxy proxy, String path) {
        return Client.once(proxy.port(), "POST", path, "x");
    }

    private static double unconfirmed(Proxy proxy) {
        return metric(proxy, "lacquer_purge_unconfirmed_total");
    }

    @Test
    void whoWritesReadsItsWriteOnAnyNode() {
        List<Proxy> nodes = List.of(
                node("a", ", mutation_wait: 5s"), node("b", ", mutation_wait: 5s"), node("c", ", mutation_wait: 5s"));
        for (int i = 0; i < 100; i++) {
            Proxy through = nodes.get(i % 3);
            assertThat(post(through, "/x").status()).isEqualTo(200);
            String now = "v" + version;
            for (Proxy node : nodes) {
                assertThat(get(node, "/x").text()).as("write %d", i).isEqualTo(now);
                settle(node);
                assertThat(get(node, "/x").cache()).isEqualTo("HIT");
            }
        }
        assertThat(nodes.stream().mapToDouble(WritesOnNodesTest::unconfirmed).sum())
                .isZero();
    }

    @Test
    void manyAtOnceBecomeFewAppends() throws Exception {
        try (Relay relay = new Relay(redis.port());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Proxy a = ready(proxy(node(relay.uri(), "a", ", mutation_wait: 0").replace("400ms", "10s")));
            post(a, "/x");
            long before = logLength();
            relay.does(Relay.late(20));
            List<Future<Client.Response>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String path = i % 2 == 0 ? "/x" : "/y" + i;
                answers.add(threads.submit(() -> post(a, path)));
            }
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get(15, TimeUnit.SECONDS).status()).isEqualTo(200);
            }
            relay.does(Relay.NONE);
            await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
            assertThat(logLength() - before)
                    .as("one for each URL, a few more for the one that all write to")
                    .isBetween(101L, 180L);
            assertThat(appends()).isLessThan(100);
        }
    }

    /** Calls of the script that appends; the one that signs reads the members, which this does not. */
    private long appends() {
        return raw.calls("evalsha") + raw.calls("eval") - raw.calls("hgetall");
    }

    @Test
    void aFrozenRedisDelaysAWriteOnlyShortly() throws IOException {
        String alone = node(redis.uri(), "a", "").replaceFirst(", l2: \\{[^}]*}", ""); // for an L2 would be waited for
        Proxy a = ready(proxy(alone.replace("purge: {", "purge: {redis: \"" + redis.uri() + "\", ")));
        post(a, "/x");
        warm(a, "/x");
        double before = unconfirmed(a);
        redis.freeze();
        try {
            List<Long> took = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                long start = System.nanoTime();
                assertThat(post(a, "/x").status()).isEqualTo(200);
                took.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                assertThat(get(a, "/x").text()).as("its own write").isEqualTo("v" + version);
            }
            assertThat(took).as("milliseconds").allMatch(millis -> millis < 500);
            assertThat(unconfirmed(a) - before).isEqualTo(6);
        } finally {
            redis.thaw();
        }
        await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
    }

    @Test
    void withoutRedisAWriteIsNotDelayedAndIsHeardOfLater() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = ready(proxy(node(relay.uri(), "a", "")));
            Proxy b = node("b");
            warm(a, "/x");
            warm(b, "/x");
            relay.refuses(true);
            awaitCutOff(a);
            double before = unconfirmed(a);
            assertThat(post(a, "/x").status()).isEqualTo(200);
            assertThat(get(a, "/x").text()).isEqualTo("v2");
            assertThat(unconfirmed(a)).isEqualTo(before + 1);
            assertThat(get(b, "/x").text()).isEqualTo("v1");
            for (int i = 0; i < 500; i++) {
                post(a, "/x");
            }
            assertThat(metric(a, "lacquer_purge_pending"))
                    .as("the same again is no more")
                    .isLessThan(10);
            relay.refuses(false);
            awaitVersion(b, "/x", "v502");
        }
    }

    @Test
    void moreThanFitIntoOneAppendAreFlushed() throws Exception {
        try (Relay relay = new Relay(redis.port());
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            Proxy a = ready(proxy(node(relay.uri(), "a", "")));
            relay.refuses(true);
            awaitCutOff(a);
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int from = t * 250;
                done.add(threads.submit(() -> {
                    try (Client client = new Client(a.port())) {
                        for (int i = from; i < from + 250; i++) {
                            assertThat(client.send("POST", "/p" + i, "x")
                                            .read("POST")
                                            .status())
                                    .isEqualTo(200);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
            assertThat(metric(a, "lacquer_purge_pending")).isEqualTo(2_000);
            relay.refuses(false);
            await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
            assertThat(logLength()).isEqualTo(2_000);
        }
    }
}
