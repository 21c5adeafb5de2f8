package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** L2 on a master that Sentinels watch, and replace. */
@Timeout(120)
class SentinelTest extends WithServers {
    @Test
    void whatOneStoresAnotherHas() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1)) {
            awaitShared(yaml(redis.uri(), ""));
            redis.sentinels().getFirst().kill();
            redis.sentinels().getLast().freeze();
            awaitShared(yaml(redis.uri(), ""));
        }
    }

    @Test
    void aMasterThatIsKilledUnderLoadIsReplacedWithoutAFailedRequest() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(2)) {
            RedisProcess[] old = new RedisProcess[1];
            losesNothingButTime(
                    redis.uri(), () -> old[0] = redis.killMaster(), redis::settle, () -> redis.awaitAnother(old[0]));
        }
    }

    @Test
    void aMasterThatIsFrozenUnderLoadIsReplacedWithoutAFailedRequest() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(2)) {
            RedisProcess[] old = new RedisProcess[1];
            losesNothingButTime(
                    redis.uri(), () -> old[0] = redis.freezeMaster(), redis::settle, () -> redis.awaitAnother(old[0]));
            Proxy proxy = proxies.getFirst();
            try (Load load = load(proxy)) {
                old[0].thaw();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> role(redis, old[0]).equals("slave"));
                awaitShared(yaml(redis.uri(), ""));
                load.more(200);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @Test
    void aMasterThatIsDemotedUnderLoadIsLeftWithoutAFailedRequest() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1)) {
            RedisProcess old = redis.master();
            losesNothingButTime(
                    redis.uri(),
                    () -> {
                        try (RawRedis raw = redis.raw(redis.sentinels().getFirst())) {
                            raw.call("SENTINEL", "FAILOVER", SentinelRedis.NAME);
                        }
                    },
                    redis::settle,
                    () -> redis.awaitAnother(old));
        }
    }

    @Test
    void aDemotionThatClosesNoConnectionIsNoticed() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1)) {
            Proxy proxy = proxy(yaml(redis.uri(), ""));
            RedisProcess master = redis.master();
            for (RedisProcess sentinel : redis.sentinels()) {
                sentinel.freeze(); // nobody else is to tell the clients
            }
            try (RawRedis raw = redis.raw(master)) {
                raw.call("REPLICAOF", "127.0.0.1", redis.other(master).port());
            }
            await().atMost(Duration.ofSeconds(5)).until(() -> !proxy.server().isL2Up());
            assertThat(get(proxy, "/a").status()).isEqualTo(200);
        }
    }

    @Test
    void aPasswordServesServersAndSentinels() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1, "pass")) {
            awaitShared(yaml(redis.uri(), ""));
            awaitShared(yaml(redis.uri("default:pass@", SentinelRedis.NAME), ""));
            isToldOnce(hasty(redis.uri(":s3cret@", SentinelRedis.NAME)), "WRONGPASS");
            isToldOnce(hasty(redis.uri("", SentinelRedis.NAME)), "NOAUTH");
        }
    }

    @Test
    void aNameThatNoSentinelKnowsIsTold() throws Exception {
        try (SentinelRedis redis = SentinelRedis.start(1)) {
            isToldOnce(
                    hasty(redis.uri(":s3cret@", "nobody")), "no Sentinel names a master \\(none is called nobody\\)");
        }
    }

    private static String role(SentinelRedis redis, RedisProcess server) {
        try (RawRedis raw = redis.raw(server)) {
            return RawRedis.text(((java.util.List<?>) raw.call("ROLE")).getFirst());
        }
    }
}
