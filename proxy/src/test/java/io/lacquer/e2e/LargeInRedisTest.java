package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A large body stands in Redis in pieces: it comes back whole or not at all, and nothing small waits behind all of it. */
class LargeInRedisTest extends WithRedis {
    private static final int PIECE = 128 * 1024;
    private static final int LARGE = 5 * PIECE + 1;
    private static final int PIECES = 6;

    private final AtomicInteger version = new AtomicInteger();

    @BeforeEach
    void answer() {
        origin.on("/large", call -> call.reply(200, body(version.get()), "Cache-Control: max-age=600"));
        origin.on("/small", echo("Cache-Control: max-age=600"));
    }

    private static byte[] body(int version) {
        byte[] bytes = new byte[LARGE];
        new Random(version).nextBytes(bytes);
        return bytes;
    }

    /** Stored by one Lacquer, which is gone then; the key that tells of its pieces. */
    private String store() {
        try (Proxy writer = Proxy.start(yaml(redis.uri(), ""), origin.url(), REAL)) {
            get(writer, "/large");
            List<String> keys = keys(1 + PIECES);
            return keys.stream().filter(key -> !key.contains(":p:")).findFirst().orElseThrow();
        }
    }

    private void isServedFromL2(Proxy proxy) {
        Client.Response hit = get(proxy, "/large");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.body()).isEqualTo(body(version.get()));
    }

    /** The origin is asked; the next Lacquer has it from L2 again. */
    private void isAMissOnceAndReplaced() {
        int before = origin.count("/large");
        Proxy reader = proxy();
        Client.Response miss = get(reader, "/large");
        assertThat(miss.cache()).isEqualTo("MISS");
        assertThat(miss.body()).isEqualTo(body(version.get()));
        assertThat(origin.count("/large")).isEqualTo(before + 1);
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            try (Proxy next = Proxy.start(yaml(redis.uri(), ""), origin.url(), REAL)) {
                assertThat(get(next, "/large", "Cache-Control: only-if-cached").body())
                        .isEqualTo(body(version.get()));
            }
        });
        assertThat(origin.count("/large")).isEqualTo(before + 1);
    }

    @Test
    void itComesBackWholeAndNoValueIsLargerThanAPieceOrWithoutATimeToLive() {
        String key = store();
        for (String each : raw.keys()) {
            assertThat(Integer.parseInt(RawRedis.text(raw.call("STRLEN", each))))
                    .isLessThan(PIECE + 1000);
            assertThat(ttl(each)).isBetween(1L, 700_000_000L);
        }
        for (int i = 0; i < PIECES; i++) {
            assertThat(ttl(key + ":p:" + i)).as("longer than what tells of it").isGreaterThan(ttl(key));
        }
        isServedFromL2(proxy());
        assertThat(origin.count("/large")).isEqualTo(1);
    }

    private long ttl(String key) {
        return Long.parseLong(RawRedis.text(raw.call("PTTL", key)));
    }

    @Test
    void withoutOneOfItsPiecesItIsAMiss() {
        String key = store();
        raw.call("DEL", key + ":p:3");
        isAMissOnceAndReplaced();
    }

    @Test
    void withoutOneOfItsPiecesAllOfItIsRemovedWhereNothingReplacesIt() {
        String key = store();
        raw.call("DEL", key + ":p:0");
        Proxy reader = proxy();
        assertThat(get(reader, "/large", "Cache-Control: only-if-cached").status())
                .isEqualTo(504);
        await().until(() -> raw.keys().isEmpty());
        assertThat(metric(reader, "lacquer_l2_errors_total")).isZero();
    }

    @Test
    void piecesOfTwoWritingsAreNeverPutTogether() {
        String key = store();
        byte[] old = raw.get(key + ":p:2");
        raw.call("FLUSHALL");
        version.incrementAndGet();
        store();
        raw.call("SET", key + ":p:2", old);
        isAMissOnceAndReplaced();
    }

    @Test
    void piecesThatStandInEachOthersPlaceAreAMiss() {
        String key = store();
        byte[] one = raw.get(key + ":p:1");
        byte[] two = raw.get(key + ":p:2");
        raw.call("SET", key + ":p:1", two);
        raw.call("SET", key + ":p:2", one);
        isAMissOnceAndReplaced();
    }

    @Test
    void aDamagedPieceIsAMiss() {
        String key = store();
        raw.call("SETRANGE", key + ":p:4", "1000", "damaged");
        Proxy reader = proxy();
        Client.Response miss = get(reader, "/large");
        assertThat(miss.header("Cache-Status")).contains("detail=l2-corrupt");
        assertThat(miss.body()).isEqualTo(body(0));
    }

    @Test
    void aPieceThatSomebodyHasMadeAListIsAMiss() {
        String key = store();
        raw.call("DEL", key + ":p:1");
        raw.call("RPUSH", key + ":p:1", "x");
        isAMissOnceAndReplaced();
    }

    @Test
    void aSmallerOneThatTakesItsPlaceIsServed() {
        store();
        origin.on("/large", call -> call.reply(200, "small now", "Cache-Control: max-age=600"));
        Proxy proxy = proxy();
        get(proxy, "/large", "Cache-Control: no-cache");
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            try (Proxy next = Proxy.start(yaml(redis.uri(), ""), origin.url(), REAL)) {
                assertThat(get(next, "/large", "Cache-Control: only-if-cached").text())
                        .isEqualTo("small now");
            }
        });
    }

    /** Stored by one Lacquer, which is gone then: 24 pieces. */
    private byte[] storeHuge() {
        byte[] huge = new byte[24 * PIECE];
        new Random(1).nextBytes(huge);
        origin.on("/huge", call -> call.reply(200, huge, "Cache-Control: max-age=600"));
        try (Proxy writer = Proxy.start(yaml(redis.uri(), ""), origin.url(), REAL)) {
            get(writer, "/small");
            get(writer, "/huge");
            keys(1 + 1 + 24);
        }
        return huge;
    }

    /** Each piece comes a little late: no single answer takes too long, all together do. */
    @Test
    void whatDoesNotComeWithinTheTimeoutIsAMissAndNoOutage() {
        byte[] huge = storeHuge();
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(yaml(relay.uri(), "").replace("timeout: 2s", "timeout: 400ms"));
            relay.does(Relay.late(20));
            for (int i = 0; i < 4; i++) { // so many failures would open the breaker
                Client.Response miss = get(proxy, "/huge", "Cache-Control: only-if-cached");
                assertThat(miss.status()).isEqualTo(504);
            }
            assertThat(metric(proxy, "lacquer_l2_up")).isEqualTo(1);
            await().until(() -> metric(proxy, "lacquer_l2_errors_total") >= 1); // it is not read to its end
            relay.does(Relay.NONE);
            assertThat(get(proxy, "/huge").body()).isEqualTo(huge);
        }
    }

    @Test
    void aSmallLookUpWaitsForNoMoreThanAFewPieces() throws Exception {
        storeHuge();
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(yaml(relay.uri(), ""));
            AtomicInteger passed = new AtomicInteger();
            relay.does(bytes -> {
                passed.addAndGet(bytes.length);
                return Relay.late(5).apply(bytes); // so that both are under way at once
            });
            Thread large = Thread.ofVirtual().start(() -> get(proxy, "/huge"));
            await().until(() -> passed.get() > 2 * PIECE);
            int before = passed.get();
            assertThat(get(proxy, "/small").level()).isEqualTo("L2");
            assertThat(passed.get() - before).isLessThan(8 * PIECE);
            large.join();
        }
    }
}
