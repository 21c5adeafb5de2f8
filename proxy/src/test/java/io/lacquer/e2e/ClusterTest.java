package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** L2 on a Redis Cluster, whose masters come and go. */
@Timeout(120)
class ClusterTest extends WithServers {
    private static RedisClusterOf unharmed;

    @BeforeAll
    static void startOne() throws IOException {
        unharmed = RedisClusterOf.start();
    }

    @AfterAll
    static void stopIt() {
        unharmed.close();
    }

    /** Of tests that leave all of its nodes as they are. */
    private static RedisClusterOf unharmed() {
        unharmed.empty();
        return unharmed;
    }

    @Test
    void whatOneStoresAnotherHasOnWhicheverMaster() throws Exception {
        RedisClusterOf cluster = unharmed();
        String yaml = yaml(cluster.uri(), "");
        Proxy one = proxy(yaml);
        for (int i = 0; i < 60; i++) {
            get(one, "/" + i);
        }
        await().until(() -> cluster.keys() == 60);
        Proxy two = proxy(yaml);
        for (int i = 0; i < 60; i++) {
            assertThat(get(two, "/" + i).level()).isEqualTo("L2");
        }
        assertThat(cluster.nodes().subList(0, 3)).allSatisfy(node -> {
            try (RawRedis raw = cluster.raw(node)) {
                assertThat(raw.keys()).hasSizeBetween(5, 40);
            }
        });
        assertThat(metric(two, "lacquer_l2_errors_total")).isZero();
        assertThat(admin(two, "/api/v1/cache/stats").text()).contains("redis_version");
    }

    @Test
    void aLargeAnswerStandsInPiecesOnOneMaster() throws Exception {
        RedisClusterOf cluster = unharmed();
        byte[] large = new byte[1_000_000];
        new Random(1).nextBytes(large);
        origin.on("*", call -> call.reply(200, large, "Cache-Control: max-age=600"));
        Proxy one = proxy(yaml(cluster.uri(), ""));
        for (int i = 0; i < 5; i++) {
            get(one, "/" + i);
        }
        await().until(() -> cluster.keys() == 5 * (1 + 8));
        Proxy two = proxy(yaml(cluster.uri(), ""));
        for (int i = 0; i < 5; i++) {
            Client.Response hit = get(two, "/" + i);
            assertThat(hit.level()).isEqualTo("L2");
            assertThat(hit.body()).isEqualTo(large);
        }
        assertThat(metric(two, "lacquer_l2_errors_total")).isZero();
        origin.on("*", call -> call.reply(200, new byte[5_000_000], "Cache-Control: max-age=600")); // too large
        get(one, "/0", "Cache-Control: no-cache");
        await().until(() -> cluster.keys() == 4 * (1 + 8));
    }

    @Test
    void whatIsOutOfDateIsRemovedFromTheClusterToo() throws Exception {
        RedisClusterOf cluster = unharmed();
        Proxy proxy = proxy(yaml(cluster.uri(), ", max_object: 10KiB"));
        origin.on(
                "/a",
                call -> call.reply(
                        200, "n".repeat(origin.count("/a") == 1 ? 10 : 20_000), "Cache-Control: max-age=600"));
        get(proxy, "/a");
        await().until(() -> cluster.keys() == 1);
        get(proxy, "/a", "Cache-Control: no-cache");
        await().until(() -> cluster.keys() == 0);
    }

    @Test
    void aListOfNodesIsEnough() throws Exception {
        RedisClusterOf cluster = unharmed();
        String list = cluster.nodes().stream().skip(4).map(RedisProcess::uri).collect(Collectors.joining("\", \""));
        awaitShared(yaml("@", "").replace("\"@\"", "[\"" + list + "\"]"));
        awaitShared(yaml(list.replace("\"", ""), ""));
    }

    @Test
    void aMasterThatIsKilledUnderLoadIsReplacedWithoutAFailedRequest() throws Exception {
        try (RedisClusterOf cluster = RedisClusterOf.start()) {
            RedisProcess[] old = new RedisProcess[1];
            losesNothingButTime(
                    cluster.uri(),
                    () -> old[0] = cluster.killMaster(),
                    cluster::settle,
                    () -> cluster.awaitAnother(old[0]));
            try (Load load = load(proxies.getFirst())) {
                old[0].restart();
                load.more(200);
                awaitShared(yaml(cluster.uri(), ""));
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @Test
    void aMasterThatIsFrozenUnderLoadIsReplacedWithoutAFailedRequest() throws Exception {
        try (RedisClusterOf cluster = RedisClusterOf.start()) {
            RedisProcess[] old = new RedisProcess[1];
            losesNothingButTime(
                    cluster.uri(),
                    () -> old[0] = cluster.freezeMaster(),
                    cluster::settle,
                    () -> cluster.awaitAnother(old[0]));
            old[0].thaw();
            awaitShared(yaml(cluster.uri(), ""));
        }
    }

    @Test
    void aClusterThatIsGoneIsLeftAloneAndUsedAgain() throws Exception {
        try (RedisClusterOf cluster = RedisClusterOf.start()) {
            Proxy proxy = proxy(hasty(cluster.uri()));
            try (Load load = load(proxy)) {
                load.more(200);
                for (RedisProcess node : cluster.nodes()) {
                    node.kill();
                }
                awaitDown(proxy);
                load.more(200);
                assertThat(load.slowest()).isLessThan(BOUND);
                for (RedisProcess node : cluster.nodes()) {
                    node.restart();
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> proxy.server().isL2Up());
                load.more(200);
            }
            awaitShared(yaml(cluster.uri(), ""));
        }
    }

    @Test
    void aPasswordServesAllNodesAndAWrongOneIsTold() throws Exception {
        try (RedisClusterOf cluster = RedisClusterOf.start("pass")) {
            awaitShared(yaml(cluster.uri(), ""));
            isToldOnce(hasty(cluster.uri(":s3cret@")), "WRONGPASS");
            isToldOnce(hasty(cluster.uri("")), "NOAUTH");
        }
    }

    @Test
    void aRedisThatIsNoClusterIsTold() throws Exception {
        isToldOnce(hasty("redis-cluster://127.0.0.1:" + redis.port()), "cluster support disabled");
    }
}
