package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A log that is not what nodes have read of it: rolled back within one process, overtaken, written to by others, or lost
 * while a node was cut off. */
class PurgeLogRollbackTest extends WithPurgeLog {
    private static final String PASS = ", when_cut_off: pass";
    private static final String STATE_KEPT = "{shop:purge}:kept-state";
    private static final String LOG_KEPT = "{shop:purge}:kept-log";

    /** So many times a lease nobody who was cut off may serve what is older. */
    private static final Duration WATCHED = Duration.ofMillis(400 * 4);

    private void keep() {
        raw.call("COPY", LOG, LOG_KEPT);
        raw.call("COPY", STATE, STATE_KEPT);
    }

    /** As a server is that was a replica of what it was before. */
    private static final String ROLL_BACK = """
        redis.call('DEL', KEYS[1], KEYS[2])
        redis.call('COPY', KEYS[3], KEYS[1])
        redis.call('COPY', KEYS[4], KEYS[2])
        """;

    private void eval(String script) {
        Object said = raw.call("EVAL", script, "4", LOG, STATE, LOG_KEPT, STATE_KEPT);
        assertThat(RawRedis.text(said)).isEqualTo("done");
    }

    @Test
    void whatIsPurgedAfterARollBackIsPurgedOnEveryNode() {
        Proxy a = node("a", PASS);
        Proxy b = node("b", PASS);
        purgeTag(a, "first");
        keep();
        for (int i = 0; i < 20; i++) {
            purgeTag(a, "more" + i);
        }
        warm(a, "/x");
        warm(b, "/x");
        eval(ROLL_BACK + "return 'done'");
        for (int i = 2; i < 5; i++) {
            version.incrementAndGet();
            assertSays(purge(i % 2 == 0 ? a : b, "{\"tags\":[\"all/x\"],\"wait\":\"all\",\"timeout\":\"20s\"}"), 200);
            assertThat(get(a, "/x").text()).isEqualTo("v" + i);
            assertThat(get(b, "/x").text()).isEqualTo("v" + i);
            warm(a, "/x");
            warm(b, "/x");
        }
        await().atMost(SOON).until(() -> whatIsThere().contains("tag more19"));
    }

    /** Who finds another purge at a position that it has applied has followed another log. */
    @Test
    void whatWasOvertakenIsNotTakenForTheSameLog() {
        Proxy a = node("a");
        keep();
        for (int i = 0; i < 3; i++) {
            purgeTag(a, "own" + i);
        }
        warm(a, "/x");
        version.incrementAndGet();
        eval(ROLL_BACK + """
            local gen = redis.call('HGET', KEYS[2], 'gen')
            local last = redis.call('HGET', KEYS[2], 'last')
            for i = 1, 9 do
              redis.call('XADD', KEYS[1], gen .. '-' .. i, 'prev', last, 'pid', 'foreign' .. (i - 1),
                'ms', '0', 'what',
                'id foreign' .. i .. '\\nby z\\nwhy api\\ntag ' .. (i == 1 and 'all/x' or 't') .. '\\n')
              last = gen .. '-' .. i
            end
            redis.call('HSET', KEYS[2], 'seq', '9', 'last', last)
            return 'done'
            """);
        awaitVersion(a, "/x", "v2");
        await().atMost(SOON).until(() -> whatIsThere().contains("tag own0"));
        assertThat(whatIsThere()).doesNotContain("id foreign9"); // what was taken meanwhile is covered by the floor
    }

    /** The same where a generation has begun since, behind the other purge. */
    @Test
    void whoHasFollowedAnotherLogFindsBackToTheOne() {
        Proxy a = node("a");
        Proxy b = node("b");
        purgeTag(a, "own");
        warm(a, "/x");
        version.incrementAndGet();
        eval("""
            local gen = redis.call('HGET', KEYS[2], 'gen')
            local at = gen .. '-1'
            redis.call('DEL', KEYS[1])
            redis.call('XADD', KEYS[1], at, 'prev', '0-0', 'pid', '', 'ms', '0', 'what',
              'id foreign\\nby z\\nwhy api\\ntag all/x\\n')
            local next = string.format('%.0f', tonumber(gen) + 1)
            redis.call('XADD', KEYS[1], next .. '-1', 'prev', at, 'pid', 'foreign', 'ms', '0', 'what',
              'id after\\nby z\\nwhy api\\ntag t\\n')
            redis.call('HSET', KEYS[2], 'gen', next, 'seq', '1', 'last', next .. '-1', 'lastid', next .. '-1 after',
              'bases', redis.call('HGET', KEYS[2], 'bases') .. next .. '=' .. at .. ' ')
            return 'done'
            """);
        awaitVersion(a, "/x", "v2");
        awaitVersion(b, "/x", "v2");
        await().atMost(SOON).until(() -> whatIsThere().contains("tag own"));
        warm(b, "/x");
        version.incrementAndGet();
        assertSays(purge(a, "{\"tags\":[\"all/x\"],\"wait\":\"all\",\"timeout\":\"20s\"}"), 200);
        assertThat(get(b, "/x").text()).isEqualTo("v3");
        assertThat(admin(a, "/readyz").status()).isEqualTo(200);
    }

    @Test
    void aStrangersRecordEndsTheGenerationAndLosesNoPurge() {
        Proxy a = node("a");
        Proxy b = node("b");
        warm(b, "/x");
        purgeTag(a, "first"); // an empty log would take a stranger's number before all of its own
        String before = state("gen");
        raw.call("XADD", LOG, "*", "hello", "world");
        version.incrementAndGet();
        purgeTag(a, "all/x");
        awaitVersion(a, "/x", "v2");
        awaitVersion(b, "/x", "v2");
        await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
        assertThat(whatIsThere()).contains("tag all/x");
        assertThat(Long.parseLong(state("gen"))).isGreaterThan(Long.parseLong(before));
        assertSays(purge(a, "{\"tags\":[\"t\"],\"wait\":\"all\",\"timeout\":\"20s\"}"), 200);
    }

    private String whatIsThere() {
        return raw.call("XRANGE", LOG, "-", "+") instanceof List<?> records ? text(records) : "";
    }

    private static String text(List<?> values) {
        StringBuilder all = new StringBuilder();
        values.forEach(value -> all.append(value instanceof List<?> more ? text(more) : RawRedis.text(value)));
        return all.toString();
    }

    /** B is cut off, a purge is acknowledged without it, and the log that had it is lost before B is back. */
    private void acknowledgedWithoutB(boolean issuerIsAway) throws IOException {
        try (Relay ofA = new Relay(redis.port());
                Relay ofB = new Relay(redis.port())) {
            Proxy a = ready(proxy(node(ofA.uri(), "a", PASS)));
            Proxy b = ready(proxy(node(ofB.uri(), "b", PASS)));
            warm(a, "/x");
            warm(b, "/x");
            ofB.refuses(true);
            version.incrementAndGet();
            assertSays(purge(a, "{\"tags\":[\"all/x\"],\"wait\":\"all\",\"timeout\":\"20s\"}"), 200, "lease-expired");
            ofA.refuses(issuerIsAway);
            for (String key : OF_THE_LOG) {
                raw.call("DEL", key);
            }
            ofB.refuses(false);
            long until = System.nanoTime() + WATCHED.toNanos();
            while (System.nanoTime() < until) {
                assertThat(get(b, "/x").text()).isEqualTo("v2");
            }
            ofA.refuses(false);
            await().atMost(SOON).until(() -> "HIT".equals(get(b, "/x").cache()));
            assertThat(get(b, "/x").text()).isEqualTo("v2");
        }
    }

    @Test
    void aNodeThatWasCutOffDoesNotServeWhatALostLogHadPurged() throws IOException {
        for (int round = 0; round < 6; round++) {
            acknowledgedWithoutB(false);
            proxies.forEach(Proxy::close);
            proxies.clear();
            version.set(1);
            raw.call("FLUSHALL");
        }
    }

    @Test
    void norWhereTheNodeThatWasAskedForItIsAwayToo() throws IOException {
        acknowledgedWithoutB(true);
    }

    /** Where all are heard of again, the caches stay. */
    @Test
    void whatSurvivesALostLogIsStillServedOnceAllHaveBeenHeardOf() throws IOException {
        Proxy a = node("a", PASS);
        Proxy b = node("b", PASS);
        warm(a, "/x");
        warm(b, "/y");
        redis.kill();
        awaitCutOff(a);
        awaitCutOff(b);
        await().atMost(SOON).until(() -> "BYPASS".equals(get(a, "/x").cache()));
        double floors = metric(a, "lacquer_purge_floor_raised_total");
        restartRedis();
        await().atMost(SOON).until(() -> "HIT".equals(get(a, "/x").cache()));
        await().atMost(SOON).until(() -> "HIT".equals(get(b, "/y").cache()));
        assertThat(metric(a, "lacquer_purge_floor_raised_total")).isEqualTo(floors);
    }
}
