package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.demo.RedisProcess;
import io.lacquer.redis.RedisServers;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RedisServersTest {
    private static RedisURI await(CompletionStage<RedisURI> master) throws Exception {
        return master.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void oneServerIsItsOwnMaster() throws Exception {
        try (RedisServers servers = RedisServers.of("rediss://b%40b:p%2B+%3A@[::1]:7/3", null, false)) {
            assertThat(servers.isReplicated()).isFalse();
            RedisURI uri = await(servers.masterFor(key("a")));
            assertThat(uri.getHost()).isEqualTo("::1");
            assertThat(uri.getPort()).isEqualTo(7);
            assertThat(uri.getDatabase()).isEqualTo(3);
            assertThat(uri.isSsl()).isTrue();
            assertThat(uri.isVerifyPeer()).isFalse();
            RedisCredentials login =
                    uri.getCredentialsProvider().resolveCredentials().toFuture().get();
            assertThat(login.getUsername()).isEqualTo("b@b");
            assertThat(new String(login.getPassword())).isEqualTo("p++:");
            assertThat(servers.toString()).doesNotContain("p+");
        }
    }

    @Test
    void sentinelsNameTheMasterWithWhatItTakesToConnect() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1, "pass");
                RedisServers servers = RedisServers.of(redis.uri().replace("#", "/2#"), null, true)) {
            assertThat(servers.isReplicated()).isTrue();
            assertThat(servers.isCluster()).isFalse();
            RedisProcess master = redis.master();
            RedisURI uri = await(servers.masterFor(key("a")));
            assertThat(uri.getPort()).isEqualTo(master.port());
            assertThat(uri.getDatabase()).isEqualTo(2);
            try (var connection = servers.client(Duration.ofSeconds(1)).connect(uri)) {
                assertThat(connection.sync().set("k", "v")).isEqualTo("OK");
            }
            redis.sentinels().get(0).freeze();
            redis.sentinels().get(1).kill();
            for (int i = 0; i < 3; i++) { // each has a second to answer, which is little on a busy machine
                Awaitility.await()
                        .ignoreExceptions()
                        .until(() -> await(servers.masterFor(key("a"))).getPort() == master.port());
            }
            redis.sentinels().get(2).kill();
            assertThatThrownBy(() -> await(servers.masterFor(key("a"))))
                    .hasMessageContaining("no Sentinel names a master")
                    .hasMessageContaining("Connection refused")
                    .hasMessageContaining("no answer within a second")
                    .hasMessageNotContaining("pass");
        }
    }

    @Test
    void aClusterNamesTheMasterOfEachKeyAlsoOnceItsSeedIsGone() throws Exception {
        try (RedisClusterOf cluster = RedisClusterOf.start("pass");
                RedisServers servers = RedisServers.of(
                        "redis-cluster://:pass@127.0.0.1:"
                                + cluster.nodes().getFirst().port(),
                        null,
                        true)) {
            assertThat(servers.isReplicated()).isTrue();
            assertThat(servers.isCluster()).isTrue();
            for (int i = 0; i < 10; i++) {
                RedisURI uri = await(servers.masterFor(key("k" + i)));
                int owner = SlotHash.getSlot("k" + i) * 3 / SlotHash.SLOT_COUNT;
                assertThat(uri.getPort()).isEqualTo(cluster.nodes().get(owner).port());
                try (var connection = servers.client(Duration.ofSeconds(1)).connect(uri)) {
                    assertThat(connection.sync().set("k" + i, "v")).isEqualTo("OK");
                }
            }
            RedisProcess old = cluster.nodes().getFirst();
            old.kill();
            cluster.awaitAnother(old);
            assertThat(await(servers.masterFor(key("k"))).getPort()).isNotEqualTo(old.port());
        }
    }

    @Test
    void whereNobodyIsThatIsSaid() throws Exception {
        int nobody = freePort();
        try (RedisServers servers = RedisServers.of("redis-cluster://:pass@127.0.0.1:" + nobody, null, true)) {
            assertThatThrownBy(() -> await(servers.masterFor(key("a"))))
                    .hasMessageContaining("no node of the cluster")
                    .hasMessageContaining("Connection refused")
                    .hasMessageNotContaining("pass");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
