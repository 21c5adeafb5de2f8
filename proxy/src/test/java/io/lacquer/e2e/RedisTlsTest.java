package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** L2 behind TLS, with certificates that lead to something or nothing. */
@Timeout(60)
class RedisTlsTest extends WithServers {
    @TempDir
    private Path folder;

    private static String yaml(Relay relay, String tls) {
        String uri = relay.uri().replace("redis://", "rediss://default:s3cret@");
        return hasty(uri).replace("namespace", "tls: {" + tls + "}, namespace").replace("100ms", "1s");
    }

    private Relay relay(SelfSigned key) throws Exception {
        raw.call("CONFIG", "SET", "requirepass", "s3cret");
        return new Relay(redis.port(), key.sockets());
    }

    @Test
    void aCertificateThatLeadsToTheGivenOneIsTrusted() throws Exception {
        SelfSigned key = new SelfSigned(folder, "ip:127.0.0.1");
        try (Relay relay = relay(key)) {
            awaitShared(yaml(relay, "ca: " + key.certificate()));
            awaitShared(yaml(relay, "verify: false"));
            assertThat(raw.keys()).isNotEmpty();
        }
    }

    @Test
    void aCertificateThatTheSystemDoesNotKnowIsTold() throws Exception {
        try (Relay relay = relay(new SelfSigned(folder, "ip:127.0.0.1"))) {
            isToldOnce(yaml(relay, ""), "unable to find valid certification path.*");
        }
    }

    @Test
    void aCertificateOfAnotherHostIsTold() throws Exception {
        SelfSigned key = new SelfSigned(folder, "dns:redis.example");
        try (Relay relay = relay(key)) {
            isToldOnce(yaml(relay, "ca: " + key.certificate()), "No subject alternative names.*");
        }
    }

    @Test
    void aServerWithoutTlsIsTold() throws Exception {
        isToldOnce(hasty(redis.uri().replace("redis://", "rediss://")), "(?i:timed out|closed|hangs up).*");
    }

    @Test
    void everyNodeOfAClusterIsReachedWithTls() throws Exception {
        SelfSigned key = new SelfSigned(folder, "ip:127.0.0.1");
        try (RedisClusterOf cluster = ifBuiltWithTls(() -> RedisClusterOf.start("pass", key))) {
            String yaml =
                    yaml(cluster.uri(), "").replace("namespace", "tls: {ca: " + key.certificate() + "}, namespace");
            awaitShared(yaml);
            cluster.awaitAnother(cluster.killMaster());
            awaitShared(yaml);
        }
    }

    /** All ports that Sentinels and the configuration name take TLS only. */
    @Test
    void sentinelsAndTheMasterThatTheyNameAreReachedWithTls() throws Exception {
        SelfSigned key = new SelfSigned(folder, "ip:127.0.0.1");
        try (SentinelRedis redis = ifBuiltWithTls(() -> SentinelRedis.start(1, "pass", key))) {
            String yaml = yaml(redis.uri(), "");
            String trusting = yaml.replace("namespace", "tls: {ca: " + key.certificate() + "}, namespace");
            awaitShared(trusting);
            RedisProcess old = redis.killMaster();
            redis.awaitAnother(old);
            awaitShared(trusting);
            isToldOnce(hasty(redis.uri()), "unable to find valid certification path.*");
            isToldOnce(hasty(redis.uri().replace("rediss", "redis")), "no Sentinel names a master .*");
        }
    }

    private interface Start<T> {
        T start() throws IOException;
    }

    private static <T> T ifBuiltWithTls(Start<T> servers) throws IOException {
        try {
            return servers.start();
        } catch (IOException failure) {
            Assumptions.assumeFalse(failure.getMessage().contains("tls-port"), "this Redis was built without TLS");
            throw failure;
        }
    }

    @Test
    void aFileWithoutCertificatesIsRefusedAtTheStart() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        for (Path file : new Path[] {empty, folder.resolve("none.pem")}) {
            String yaml =
                    hasty("rediss://:s3cret@127.0.0.1").replace("namespace", "tls: {ca: " + file + "}, namespace");
            assertThatThrownBy(() -> hopeful(yaml))
                    .hasMessageContaining("tls.ca")
                    .hasMessageContaining(file.getFileName().toString())
                    .hasMessageNotContaining("s3cret")
                    .satisfies(failure -> assertThat(failure.getMessage().toLowerCase(Locale.ROOT))
                            .doesNotContain("exception"));
        }
    }
}
