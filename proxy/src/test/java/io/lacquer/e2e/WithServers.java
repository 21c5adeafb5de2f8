package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/** As {@link WithRedis}, for a Redis of several servers whose master changes. */
abstract class WithServers extends WithRedis {
    /** No request of a load may take longer; the timeout is 100 ms, and a look-up asks twice at most. */
    static final Duration BOUND = Duration.ofSeconds(3);

    /** The loss of a master. */
    interface Loss {
        void happen() throws IOException;
    }

    @BeforeEach
    void answer() {
        origin.forgetful().on("*", echo("Cache-Control: max-age=600"));
    }

    /** Keys that stay and keys that are new. */
    static Load load(Proxy proxy) {
        return new Load(proxy.port(), 4, n -> n % 2 == 0 ? "/hot" + n % 10 : "/cold" + n);
    }

    /** Waits until two Lacquers give each other what they have stored, in many places of a cluster. */
    void awaitShared(String yaml) {
        Proxy one = proxy(yaml);
        Proxy two = proxy(yaml);
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            for (int i = 0; i < 10; i++) {
                String path = "/shared" + System.nanoTime();
                get(one, path);
                assertThat(comesFromL2(two, path)).isTrue();
            }
        });
        one.close();
        two.close();
    }

    /** Asks without leaving a copy in L1 that would answer the next time: a miss is stored by nobody. */
    private static boolean comesFromL2(Proxy proxy, String path) {
        long deadline = System.nanoTime() + 500_000_000L;
        while (System.nanoTime() < deadline) {
            Client.Response answer = get(proxy, path, "Cache-Control: only-if-cached");
            if (answer.status() == 200) {
                return answer.level().equals("L2");
            }
        }
        return false;
    }

    /** A master is lost while clients ask: none of them notices, what was stored keeps its age, and it heals. */
    void losesNothingButTime(String uri, Loss loss, Runnable settled, Runnable another) throws IOException {
        origin.on("/aged", echo("Cache-Control: max-age=6000", "Age: 1000"));
        Proxy proxy = proxy(hasty(uri));
        long began = System.nanoTime();
        get(proxy, "/aged");
        await().until(() -> metric(proxy, "lacquer_l2_writes_total") == 1);
        try (Load load = load(proxy)) {
            load.more(300);
            settled.run();
            loss.happen();
            load.more(300);
            another.run();
            awaitShared(yaml(uri, ""));
            await().atMost(Duration.ofSeconds(15)).until(() -> proxy.server().isL2Up());
            load.more(300);
            assertThat(load.slowest()).isLessThan(BOUND);
        }
        // who starts just after a failover trusts nothing of before, for as long as others may know of purges that were
        // lost
        String quick = yaml(uri, "") + "purge: {lease: 100ms}\n";
        Client.Response aged = get(proxy(quick), "/aged");
        long passed = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        assertThat(aged.level()).isEqualTo("L2");
        assertThat((long) aged.age()).isBetween(1000 + passed - 1, 1000 + passed + 2);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> admin(proxy, "/readyz").text().equals("ready\n"));
    }

    /** Redis can't be used: that is said in one clear line, and clients are served. */
    void isToldOnce(String yaml, String sentence) throws IOException {
        try (Lines lines = new Lines()) {
            Proxy proxy = hopeful(yaml);
            try (Load load = load(proxy)) {
                load.more(200);
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> admin(proxy, "/readyz").status() == 200); // a first attempt may take seconds
                awaitDown(proxy);
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> lines.all().stream().anyMatch(line -> line.contains("can't be asked")));
                load.more(200);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
            proxy.close();
            List<String> told = lines.all().stream()
                    .filter(line -> line.startsWith("WARN") || line.startsWith("ERROR"))
                    .filter(line -> !line.startsWith("WARN the purge log")) // it has tests of its own
                    .filter(line -> !line.equals("WARN L2 has not answered yet; starting without it"))
                    .toList();
            assertThat(told)
                    .as("%s", lines.all())
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line)
                            .startsWith("WARN L2 ")
                            .matches(".*" + sentence + ".*")
                            .doesNotContain("s3cret"));
            assertThat(told.stream().filter(line -> line.contains("can't be asked")))
                    .hasSize(1);
        }
    }
}
