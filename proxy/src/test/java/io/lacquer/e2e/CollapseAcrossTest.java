package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.http.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** {@code collapse_across}: one node fetches what several are asked for. */
class CollapseAcrossTest extends WithRedis {
    private static final String HOST = "Host: same.example";

    private String across(String how) {
        return yaml(redis.uri(), "") + """
            policies:
              - {name: all, match: {path: "/**"}, ttl: {proxy: 10m}, collapse_across: %s}
            """.formatted(how);
    }

    private static Client.Response ask(Proxy proxy, String path) {
        return get(proxy, path, HOST);
    }

    private String lease() {
        await().until(() -> raw.allKeys().stream().anyMatch(key -> key.contains(":l:")));
        return raw.allKeys().stream()
                .filter(key -> key.contains(":l:"))
                .findFirst()
                .orElseThrow();
    }

    private boolean isLeased() {
        return raw.allKeys().stream().anyMatch(key -> key.contains(":l:"));
    }

    private static List<Future<Client.Response>> many(ExecutorService threads, List<Proxy> nodes, int each) {
        List<Future<Client.Response>> answers = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (Proxy node : nodes) {
                answers.add(threads.submit(() -> ask(node, "/a")));
            }
        }
        return answers;
    }

    @Test
    void manyMissesOnSeveralNodesAreOneRequest() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "one", "Cache-Control: max-age=60");
        });
        List<Proxy> nodes = List.of(proxy(across("on")), proxy(across("on")), proxy(across("on")));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Client.Response>> answers = many(threads, nodes, 50);
            await().until(() -> nodes.stream()
                            .mapToDouble(node -> metric(node, "lacquer_l2_leases_waited_total"))
                            .sum()
                    == 2);
            gate.countDown();
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get().text()).isEqualTo("one");
            }
        }
        assertThat(origin.count("/a")).isEqualTo(1);
        await().until(() -> !isLeased());
    }

    /** Who waited learns that there is nothing to wait for: all of them ask at once, not one after the other. */
    @Test
    void anAnswerThatIsNotForSharingIsToldToAllWhoWait() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CyclicBarrier together = new CyclicBarrier(2);
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            } else {
                together.await(4, TimeUnit.SECONDS); // who waits for a lease gives up after five
            }
            call.reply(200, "mine", "Cache-Control: private");
        });
        List<Proxy> nodes = List.of(proxy(across("on")), proxy(across("on")), proxy(across("on")));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Client.Response>> answers = many(threads, nodes, 1);
            await().until(() -> nodes.stream()
                            .mapToDouble(node -> metric(node, "lacquer_l2_leases_waited_total"))
                            .sum()
                    == 2);
            gate.countDown();
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get().text()).isEqualTo("mine");
            }
        }
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @Test
    void anAnswerThatIsNotForSharingHoldsNobodyUp() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            }
            call.reply(200, "mine", "Cache-Control: private");
        });
        List<Proxy> nodes = List.of(proxy(across("on")), proxy(across("on")));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Client.Response>> answers = many(threads, nodes, 5);
            await().until(() -> nodes.stream()
                            .mapToDouble(node -> metric(node, "lacquer_l2_leases_waited_total"))
                            .sum()
                    >= 1);
            gate.countDown();
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get().text()).isEqualTo("mine");
            }
        }
        assertThat(origin.count("/a")).isEqualTo(10);
    }

    @Test
    void aHolderThatDiesCostsNoMoreThanItsLease() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            }
            call.reply(200, "x", "Cache-Control: no-store");
        });
        Proxy one = proxy(across("on"));
        Proxy other = proxy(across("on"));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> first = threads.submit(() -> ask(one, "/a"));
            String key = lease();
            gate.countDown();
            assertThat(first.get().status()).isEqualTo(200);
            await().until(() -> !isLeased());
            raw.call("SET", key, "a node that is gone", "PX", "1200");
            long began = System.nanoTime();
            assertThat(ask(other, "/a").status()).isEqualTo(200);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
            assertThat(metric(other, "lacquer_l2_leases_waited_total")).isEqualTo(1);
        }
    }

    @Test
    void whoeverWaitsTooLongFetchesAlone() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                gate.await();
            }
            call.reply(200, "x", "Cache-Control: max-age=60");
        });
        Proxy one = proxy(across("on"));
        Proxy hasty = proxy(across("on") + "collapse: {wait: 300ms}\n");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> first = threads.submit(() -> ask(one, "/a"));
            lease();
            assertThat(ask(hasty, "/a").text()).isEqualTo("x");
            assertThat(first.isDone()).isFalse();
            gate.countDown();
            assertThat(first.get().text()).isEqualTo("x");
        }
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void withoutRedisEveryNodeFetches() {
        origin.on("/a", call -> call.reply(200, "x", "Cache-Control: max-age=60"));
        Proxy one = proxy(across("on"));
        redis.kill();
        assertThat(ask(one, "/a").text()).isEqualTo("x");
    }

    @Test
    void offIsOffAndAutoIsForSlowOrigins() throws Exception {
        origin.on("*", call -> call.reply(200, "x", "Cache-Control: max-age=60"));
        Proxy off = proxy(across("off"));
        AtomicLong ahead = new AtomicLong();
        Proxy auto = Proxy.start(across("auto"), origin.url(), new Clock() {
            @Override
            public long wallMillis() {
                return REAL.wallMillis();
            }

            @Override
            public long nanos() {
                return REAL.nanos() + ahead.get();
            }
        });
        proxies.add(auto);
        for (int i = 0; i < 5; i++) {
            ask(off, "/off" + i);
            ask(auto, "/fast" + i);
        }
        assertThat(metric(off, "lacquer_l2_leases_taken_total")).isZero();
        assertThat(metric(auto, "lacquer_l2_leases_taken_total")).isZero();
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/slow", call -> {
            gate.await();
            call.reply(200, "x", "Cache-Control: max-age=60");
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> slow = threads.submit(() -> ask(auto, "/slow"));
            await().until(() -> origin.count("/slow") == 1);
            ahead.addAndGet(Duration.ofSeconds(2).toNanos());
            gate.countDown();
            slow.get();
        }
        ask(auto, "/next");
        assertThat(metric(auto, "lacquer_l2_leases_taken_total")).isEqualTo(1);
    }

    @Test
    void aClientThatLeavesLeavesNoLeaseBehind() throws Exception {
        origin.on("/a", call -> call.reply(200, "x", "Cache-Control: max-age=60"));
        Proxy one = proxy(across("on"));
        try (Client client = new Client(one.port())) {
            client.send("GET", "/a", "", HOST);
        }
        await().atMost(Duration.ofSeconds(5)).until(() -> !isLeased());
        assertThat(ask(one, "/a").text()).isEqualTo("x");
    }
}
