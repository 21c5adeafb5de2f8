package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code purge.max_share} goes by the hits of all nodes, whichever is asked. */
class SharedHitsTest extends WithPurgeLog {
    private static final String HITS = "{shop:purge}:hits";
    private static final String GUARDED = ", max_share: 0.5";

    private final AheadClock clock = new AheadClock();

    private Proxy guarded(String name) {
        Proxy proxy = Proxy.start(node(redis.uri(), name, GUARDED), origin.url(), clock);
        proxies.add(proxy);
        return ready(proxy);
    }

    private void hit(Proxy proxy, String path, int times) {
        warm(proxy, path);
        for (int i = 1; i < times; i++) {
            get(proxy, path);
        }
        settle(proxy);
    }

    /** Lets so much time pass that a node tells of its hits, and waits until it has told of that one. */
    private void awaitNote(String node, String path) {
        clock.advance(Duration.ofSeconds(10));
        await().atMost(SOON).until(() -> String.valueOf(note(node)).contains(path));
    }

    private String note(String node) {
        Object value = raw.call("HGET", HITS, node);
        return value == null ? null : RawRedis.text(value);
    }

    @Test
    void aNodeThatServesNothingKnowsWhatTheOthersServe() {
        Proxy busy = guarded("a");
        Proxy idle = guarded("b");
        hit(busy, "/x", 30);
        hit(busy, "/y", 10);
        awaitNote("a", "/x");
        assertSays(purge(idle, "{\"tags\": [\"all/x\"], \"dry_run\": true}"), 200, "\"share\":0.75");
        assertSays(purgeTag(idle, "all/x"), 409, "\"share\":0.75", "\"share_of\":[\"a\",\"b\"]");
        assertThat(get(busy, "/x").cache()).isEqualTo("HIT");
        assertSays(purgeTag(idle, "all/y"), 200, "\"share\":0.25");
        assertThat(raw.call("TTL", HITS).toString()).isNotEqualTo("-1");
    }

    @Test
    void aNodeThatHasJustStartedKnowsWhatItServedBefore() {
        Proxy before = guarded("a");
        hit(before, "/x", 30);
        awaitNote("a", "/x");
        before.close();
        Proxy after = guarded("a");
        assertSays(purgeTag(after, "all/x"), 409, "\"share\":1");
        clock.advance(Duration.ofSeconds(10));
        hit(after, "/y", 1);
        awaitNote("a", "/y");
        assertThat(note("a")).as("told on").contains("/x");
    }

    @Test
    void withoutRedisTheGuardGoesByWhatItLastKnew() {
        Proxy busy = guarded("a");
        Proxy idle = guarded("b");
        hit(busy, "/x", 30);
        awaitNote("a", "/x");
        assertSays(purgeTag(idle, "all/x"), 409);
        redis.close();
        awaitCutOff(idle);
        assertSays(purgeTag(idle, "all/x"), 409, "\"share\":1");
        assertSays(purgeTag(idle, "other"), 202);
    }

    @Test
    void whoIsGoneForAnHourIsForgotten() {
        Proxy gone = guarded("a");
        hit(gone, "/x", 30);
        awaitNote("a", "/x");
        gone.close();
        Proxy left = guarded("b");
        assertSays(purgeTag(left, "all/x"), 409);
        clock.advance(Duration.ofMinutes(61));
        assertSays(purgeTag(left, "all/x"), 200, "\"share\":0");
        await().atMost(SOON).until(() -> note("a") == null);
    }
}
