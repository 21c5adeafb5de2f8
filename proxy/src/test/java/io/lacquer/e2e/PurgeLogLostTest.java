package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of purges where the log is cut short, or lost: they are written again, or nothing older is served. */
class PurgeLogLostTest extends WithPurgeLog {
    @Test
    void anEmptyRedisGetsFromTheNodesWhatItLacks() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = node("a");
            Proxy b = ready(proxy(node(relay.uri(), "b", "")));
            warm(a, "/x");
            warm(b, "/x");
            long generation = Long.parseLong(state("gen"));
            relay.refuses(true);
            awaitCutOff(b);
            version.incrementAndGet();
            assertSays(purgeTag(a, "all/x"), 200);
            loseRedis();
            await().atMost(SOON).until(() -> state("gen") != null && Long.parseLong(state("gen")) > generation);
            await().atMost(SOON).until(() -> logLength() == 1);
            assertThat(get(b, "/x").text()).isEqualTo("v1");
            relay.refuses(false);
            awaitVersion(b, "/x", "v2");
            warm(a, "/x");
            version.incrementAndGet();
            assertSays(purge(b, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"5s\"}"), 200);
            assertThat(get(a, "/x").text()).isEqualTo("v3");
        }
    }

    @Test
    void theJournalFillsAnEmptyLogAlsoWhereNobodyElseLives() throws IOException {
        Proxy a = ready(proxy(keeping(redis.uri(), "a")));
        assertSays(purgeTag(a, "t"), 200);
        await().atMost(SOON).until(() -> Files.size(folder.resolve("a")) > 0);
        a.close();
        loseRedis();
        ready(proxy(keeping(redis.uri(), "a")));
        await().atMost(SOON).until(() -> logLength() == 1);
    }

    @Test
    void whatWasLostTwoGenerationsAgoIsStillWrittenAgain() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = ready(proxy(node(relay.uri(), "a", "")));
            Proxy b = node("b");
            warm(b, "/x");
            relay.refuses(true);
            awaitCutOff(a);
            b.close();
            relay.refuses(false);
            ready(a);
            version.incrementAndGet();
            assertSays(purgeTag(a, "all/x"), 200);
            relay.refuses(true);
            awaitCutOff(a);
            loseRedis(); // with the purge that only the node that is cut off has
            Proxy c = node("c");
            assertSays(purgeTag(c, "other"), 200);
            String run = state("run");
            raw.call("HSET", STATE, "run", "0".repeat(run.length())); // as after another failover
            Proxy d = node("d");
            assertThat(state("run")).isEqualTo(run);
            assertSays(purgeTag(d, "another"), 200);
            assertThat(logLength()).isEqualTo(2);
            relay.refuses(false);
            await().atMost(SOON).until(() -> logLength() == 3);
        }
    }

    @Test
    void whoMissedWhatTheLogHasNoMoreServesNothingOfBefore() throws IOException {
        for (List<Object> harm : List.<List<Object>>of(List.of("XTRIM", LOG, "MAXLEN", "1"), List.of("DEL", LOG))) {
            try (Relay relay = new Relay(redis.port())) {
                Proxy a = node("a");
                Proxy b = ready(proxy(node(relay.uri(), "b", "")));
                String x = "/x" + harm.size();
                warm(a, x);
                warm(b, x);
                warm(b, "/y");
                relay.refuses(true);
                awaitCutOff(b);
                int before = version.incrementAndGet();
                assertSays(purgeTag(a, "all" + x), 200);
                assertSays(purgeTag(a, "other"), 200);
                assertSays(purgeTag(a, "another"), 200);
                assertThat(get(b, x).text()).isEqualTo("v" + (before - 1));
                raw.call(harm.toArray());
                relay.refuses(false);
                awaitVersion(b, x, "v" + before);
                awaitVersion(b, "/y", "v" + before);
                warm(b, x);
                version.incrementAndGet();
                assertSays(purge(a, "{\"tags\": [\"all" + x + "\"], \"wait\": \"all\"}"), 200);
                assertThat(get(b, x).text()).isEqualTo("v" + version);
                a.close();
                b.close();
            }
        }
    }

    @Test
    void whatAllNodesHaveIsWrittenAgainOnce() throws IOException {
        List<Proxy> nodes = List.of(node("a"), node("b"), node("c"));
        assertSays(purge(nodes.getFirst(), "{\"tags\": [\"t\"], \"wait\": \"all\", \"timeout\": \"5s\"}"), 200);
        double before = metric(nodes.getFirst(), "lacquer_purge_generation");
        loseRedis();
        for (Proxy node : nodes) {
            await().atMost(SOON).until(() -> metric(node, "lacquer_purge_generation") > before);
            assertSays(purgeTag(ready(node), "other"), 200);
        }
        assertThat(logLength()).isEqualTo(1 + nodes.size());
    }

    @Test
    void whatL2HoldsFromBeforeALogThatWasLostIsNotBelieved() throws IOException {
        try (RedisProcess logs = RedisProcess.start()) {
            String there = ", redis: \"" + logs.uri() + "\"";
            Proxy a = node("a", there);
            get(a, "/x");
            await().atMost(SOON).until(() -> raw.keys().size() == 1);
            version.incrementAndGet();
            assertSays(purgeTag(a, "all/x"), 200);
            a.close();
            logs.restart();
            assertThat(get(node("b", there), "/x").text()).isEqualTo("v2");
        }
    }

    @Test
    void aLogThatIsDeletedUnderItsReadersCostsThemNothing() {
        Proxy a = node("a");
        Proxy b = node("b");
        assertSays(purge(a, "{\"tags\": [\"t\"], \"wait\": \"all\"}"), 200);
        warm(a, "/x");
        warm(b, "/x");
        for (String key : List.of(LOG, STATE, MEMBERS)) {
            raw.call("DEL", key);
            for (Proxy node : List.of(a, b)) {
                int next = version.incrementAndGet();
                assertSays(purge(node, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"5s\"}"), 200);
                assertThat(get(a, "/x").text()).as(key).isEqualTo("v" + next);
                assertThat(get(b, "/x").text()).as(key).isEqualTo("v" + next);
                warm(a, "/x");
                warm(b, "/x");
            }
        }
    }
}
