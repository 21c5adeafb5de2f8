package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Redis goes away, hangs, crawls, fills up or forgets while clients ask: none of them may notice more than a delay. */
class RedisFailureTest extends WithRedis {
    /** No request of a load may take longer; the timeout is 100 ms, and a look-up asks twice at most. */
    private static final Duration BOUND = Duration.ofSeconds(3);

    @BeforeEach
    void answer() {
        origin.forgetful().on("*", echo("Cache-Control: max-age=60"));
    }

    /** Five keys that stay and one that is new each time. */
    private static String mixed(long n) {
        return n % 2 == 0 ? "/hot" + n % 10 : "/cold" + n;
    }

    private static Load load(Proxy proxy) {
        return new Load(proxy.port(), 4, RedisFailureTest::mixed);
    }

    @Test
    void downAtStartItIsUsedAsSoonAsItIsThere() throws Exception {
        redis.kill();
        Proxy proxy = hopeful(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            load.more(200);
            awaitDown(proxy);
            assertThat(load.slowest()).isLessThan(BOUND);
            restartRedis();
            awaitUp(proxy);
            load.more(200);
        }
    }

    @Test
    void killedUnderLoadAndRestartedItIsUsedAgain() throws Exception {
        Proxy proxy = proxy(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            load.more(200);
            redis.kill();
            load.more(200);
            awaitDown(proxy);
            assertThat(load.slowest()).isLessThan(BOUND);
            restartRedis();
            awaitUp(proxy);
            load.more(200);
        }
    }

    @Test
    void frozenUnderLoadAndThawedItIsUsedAgain() throws Exception {
        Proxy proxy = proxy(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            load.more(200);
            redis.freeze();
            load.more(200);
            awaitDown(proxy);
            assertThat(load.slowest()).isLessThan(BOUND);
            redis.thaw();
            awaitUp(proxy);
            load.more(200);
        }
    }

    @Test
    void frozenAtStartAndThawedItIsUsed() throws Exception {
        redis.freeze();
        Proxy proxy = hopeful(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            load.more(200);
            awaitDown(proxy);
            assertThat(load.slowest()).isLessThan(BOUND);
            redis.thaw();
            awaitUp(proxy);
        }
    }

    @Test
    void slowerThanTheTimeoutItIsLeftAlone() {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                load.more(200);
                relay.does(Relay.late(400));
                load.more(200);
                awaitDown(proxy);
                assertThat(load.slowest()).isLessThan(BOUND);
                relay.does(Relay.NONE);
                awaitUp(proxy);
                load.more(200);
            }
        }
    }

    @Test
    void aLookUpThatTimesOutIsAMissThatSaysSo() {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            relay.does(Relay.late(400));
            Client.Response answer = get(proxy, "/a");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Cache-Status")).contains("fwd=uri-miss").contains("detail=l2-timeout");
        }
    }

    @Test
    void aLookUpOfSeveralStepsTakesNoLongerThanTheTimeoutEither() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Vary: Accept-Language", "Content-Language: de"));
        try (Relay relay = new Relay(redis.port())) {
            get(proxy(), "/a", "Accept-Language: de, fr;q=0.3");
            keys(2);
            Proxy proxy = proxy(yaml(relay.uri(), "").replace("timeout: 2s", "timeout: 1s"));
            relay.does(Relay.late(800));
            long began = System.nanoTime();
            // the resource, this variant of it, and the one that is as good: three answers, each in time
            Client.Response answer = get(proxy, "/a", "Accept-Language: de, it;q=0.2");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(2200));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Cache-Status")).contains("fwd=").contains("detail=l2-timeout");
        }
    }

    @Test
    void onceTheBreakerIsOpenNobodyWaits() throws Exception {
        Proxy proxy = proxy(yaml(redis.uri(), "").replace("timeout: 2s", "timeout: 1s"));
        redis.freeze();
        try (Load load = load(proxy)) {
            load.more(1);
            awaitDown(proxy);
        }
        long began = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            assertThat(get(proxy, "/after" + i).status()).isEqualTo(200);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        redis.thaw();
    }

    @Test
    void connectionsCutUnderLoadAreMadeAgain() {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                for (int i = 0; i < 5; i++) {
                    load.more(50);
                    relay.cut();
                }
                awaitUp(proxy);
                load.more(50);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @Test
    void connectionsCutInTheMiddleOfAnAnswerCostNothingButTheirAnswer() {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                load.more(100);
                int[] left = {20};
                relay.does(bytes -> {
                    if (left[0] > 0 && bytes.length > 100) {
                        left[0]--;
                        relay.cut(); // after Redis has said a part of it
                        return null;
                    }
                    return bytes;
                });
                load.more(200);
                relay.does(Relay.NONE);
                awaitUp(proxy);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @Test
    void connectionsThatAreDeadWithoutAWordAreMadeAgain() {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                load.more(50);
                relay.swallowOpenOnes();
                awaitDown(proxy);
                awaitUp(proxy);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @Test
    void aRedisThatIsLostIsNoticedWithoutAnyRequest() {
        Proxy proxy = proxy(hasty(redis.uri()));
        redis.kill();
        await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_up") == 0);
        assertThat(admin(proxy, "/readyz").text()).contains("degraded");
    }

    @Test
    void fullItRefusesWritesAndReadsGoOn() {
        Proxy proxy = proxy(hasty(redis.uri()));
        get(proxy, "/kept");
        keys(1);
        raw.call("CONFIG", "SET", "maxmemory-policy", "noeviction");
        raw.call("CONFIG", "SET", "maxmemory", "1");
        try (Load load = load(proxy)) {
            load.more(300);
            assertThat(load.slowest()).isLessThan(BOUND);
            await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_up") == 1);
            Proxy other = proxy(hasty(redis.uri()));
            assertThat(get(other, "/kept").level()).isEqualTo("L2");
            raw.call("CONFIG", "SET", "maxmemory", "0");
            awaitUp(proxy);
        }
    }

    @Test
    void evictingItIsAsGoodAsItCanBe() {
        origin.on("*", call -> call.reply(200, call.target, "Cache-Control: max-age=60", "X-Pad: " + "p".repeat(4000)));
        raw.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        long used = Long.parseLong(
                RawRedis.text(raw.call("INFO", "memory")).replaceAll("(?s).*\\nused_memory:(\\d+).*", "$1"));
        raw.call("CONFIG", "SET", "maxmemory", used + 1_000_000);
        Proxy proxy = proxy(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            load.more(1500);
            assertThat(load.slowest()).isLessThan(BOUND);
            String stats = RawRedis.text(raw.call("INFO", "stats"));
            assertThat(stats).doesNotContain("evicted_keys:0\r");
            assertThat(metric(proxy, "lacquer_l2_up")).isEqualTo(1);
        }
    }

    @Test
    void emptiedBySomebodyElseItIsFilledAgain() {
        Proxy proxy = proxy(hasty(redis.uri()));
        try (Load load = load(proxy)) {
            for (int i = 0; i < 10; i++) {
                load.more(30);
                raw.call("FLUSHALL");
            }
            load.more(30);
            await().until(() -> !raw.keys().isEmpty());
            assertThat(load.slowest()).isLessThan(BOUND);
        }
    }

    @Test
    void hitsInL1NeverWaitForL2() throws Exception {
        Proxy proxy = proxy(yaml(redis.uri(), "").replace("timeout: 2s", "timeout: 10s"));
        get(proxy, "/hot");
        redis.freeze();
        Thread miss = Thread.ofVirtual().start(() -> get(proxy, "/cold"));
        await().until(() -> metric(proxy, "lacquer_client_connections") > 0);
        try (Load load = new Load(proxy.port(), 2, n -> "/hot")) {
            load.more(500);
            assertThat(load.slowest()).isLessThan(BOUND);
            assertThat(miss.isAlive()).as("the miss waits for Redis").isTrue();
            assertThat(origin.count("/cold")).isZero();
        }
        redis.thaw();
        assertThat(miss.join(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aPasswordThatIsWrongIsSaidInOneLineAndServingGoesOn() throws IOException {
        raw.call("CONFIG", "SET", "requirepass", "right");
        try (Lines lines = new Lines()) {
            for (String password : new String[] {":wrong@", ""}) {
                Proxy proxy = hopeful(hasty("redis://" + password + "127.0.0.1:" + redis.port()));
                try (Load load = load(proxy)) {
                    load.more(200);
                    awaitDown(proxy);
                    assertThat(load.slowest()).isLessThan(BOUND);
                }
                proxy.close();
            }
            assertThat(lines.all()).filteredOn(line -> line.startsWith("WARN")).isNotEmpty();
            assertThat(lines.all())
                    .filteredOn(line -> line.startsWith("WARN"))
                    .allSatisfy(line -> assertThat(line)
                            .matches("WARN (L2|the purge log) .*(WRONGPASS|NOAUTH).*")
                            .doesNotContain("wrong@"));
            assertThat(lines.all()).noneMatch(line -> line.startsWith("ERROR"));
            assertThat(lines.mostASecond()).as("%s", lines.all()).isLessThanOrEqualTo(4);
        }
    }

    @Test
    void aRedisThatComesAndGoesLogsAFewLinesASecond() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy);
                    Lines lines = new Lines()) {
                relay.does(bytes -> bytes.length > 60 ? Relay.late(300).apply(bytes) : bytes); // values only
                load.more(2000);
                await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_errors_total") > 10);
                redis.freeze();
                load.more(1000);
                await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_up") == 0);
                redis.thaw();
                relay.cut();
                load.more(1000);
                assertThat(lines.mostASecond()).as("%s", lines.all()).isLessThanOrEqualTo(3);
            }
        }
    }

    @Test
    void anAddressWhereNobodyIsIsNoReasonToFail() throws IOException {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        Proxy proxy = hopeful(hasty("redis://127.0.0.1:" + nobody));
        try (Load load = load(proxy)) {
            load.more(200);
        }
        awaitDown(proxy);
        try (RedisProcess there = RedisProcess.startOn(nobody)) {
            await().until(() -> proxy.server().isL2Up());
            assertThat(there.isAlive()).isTrue();
        }
    }
}
