package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lacquer.Proxy;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What becomes of purges while the log is away, and of nodes that are cut off from it. */
class PurgeLogAwayTest extends WithPurgeLog {
    @Test
    void withoutRedisAPurgeIsInTheJournalAndInForceHereAndElsewhereOnceItIsBack() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = ready(proxy(keeping(relay.uri(), "a")));
            Proxy b = node("b");
            warm(a, "/x");
            warm(b, "/x");
            relay.refuses(true);
            awaitCutOff(a);
            version.incrementAndGet();
            assertSays(purgeTag(a, "all/x"), 202, "\"durable\":\"journal\"", "not yet everywhere");
            assertThat(get(a, "/x").text()).isEqualTo("v2");
            assertThat(get(b, "/x").text()).isEqualTo("v1");
            assertThat(metric(a, "lacquer_purge_pending")).isEqualTo(1);
            assertThat(Files.size(folder.resolve("a"))).isPositive();
            assertSays(purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\"}"), 503, "can't be reached");
            relay.refuses(false);
            awaitVersion(b, "/x", "v2");
            await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
            assertThat(logLength()).isEqualTo(1);
        }
    }

    @Test
    void whatOnlyTheJournalHadComesBackWithTheNode() throws IOException {
        Relay relay = new Relay(redis.port());
        Proxy a = ready(proxy(keeping(relay.uri(), "a")));
        Proxy b = node("b");
        get(a, "/x");
        warm(b, "/x");
        relay.refuses(true);
        awaitCutOff(a);
        version.incrementAndGet();
        assertSays(purgeTag(a, "all/x"), 202, "\"durable\":\"journal\"");
        a.close();
        relay.close();
        assertThat(logLength()).isZero();
        Proxy again = ready(proxy(keeping(redis.uri(), "a")));
        awaitVersion(b, "/x", "v2");
        assertThat(get(again, "/x").text()).isEqualTo("v2");
        await().atMost(SOON).until(() -> logLength() == 1);
        again.close();
        ready(proxy(keeping(redis.uri(), "a")));
        assertThat(logLength()).as("it is known to be there").isEqualTo(1);
    }

    @Test
    void aPurgeThatNeedsTheLogIsRefusedWithoutIt() throws IOException {
        Proxy a = node("a", ", require_log: true");
        warm(a, "/x");
        redis.kill();
        awaitCutOff(a);
        version.incrementAndGet();
        assertSays(purgeTag(a, "all/x"), 503, "require_log");
        assertThat(get(a, "/x").text()).as("nothing was done").isEqualTo("v1");
        redis.restart();
        ready(a);
        assertSays(purgeTag(a, "all/x"), 200);
    }

    @Test
    void whoIsCutOffIsNamedAndPassesOnceItsLeaseIsOver() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = ready(proxy(node(redis.uri(), "a", ", when_cut_off: pass").replace("400ms", "1500ms")));
            Proxy b = ready(proxy(node(relay.uri(), "b", ", when_cut_off: pass").replace("400ms", "1500ms")));
            warm(a, "/x");
            warm(b, "/x");
            relay.refuses(true);
            version.incrementAndGet();
            Client.Response receipt = purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"200ms\"}");
            assertSays(receipt, 503, "\"missing\":[\"b\"]", "\"behind\"");
            Client.Response later = purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"15s\"}");
            assertSays(later, 200, "lease-expired", "\"missing\":[]");
            Client.Response there = get(b, "/x");
            assertThat(there.text()).isEqualTo("v2");
            assertThat(there.cache()).isEqualTo("BYPASS");
            assertThat(there.header("Cache-Status")).contains("detail=cut-off");
            assertThat(admin(b, "/readyz").text()).contains("when_cut_off: pass");
            relay.refuses(false);
            await().atMost(SOON).until(() -> !"BYPASS".equals(get(b, "/x").cache()));
            assertThat(warm(b, "/x")).isEqualTo("v2");
            assertThat(warm(a, "/x")).isEqualTo("v2");
        }
    }

    @Test
    void waitingForOneThatIsCutOffIsNoLoadForRedis() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = ready(proxy(node(redis.uri(), "a", "").replace("400ms", "5s")));
            ready(proxy(node(relay.uri(), "b", "").replace("400ms", "5s")));
            relay.refuses(true);
            long before = raw.calls("evalsha");
            for (int i = 0; i < 20; i++) {
                purge(a, "{\"tags\": [\"t" + i + "\"]}");
            }
            String document = "{\"tags\": [\"t\"], \"wait\": \"all\", \"timeout\": \"1s\"}";
            assertSays(purge(a, document), 503, "\"missing\":[\"b\"]");
            assertThat(raw.calls("evalsha") - before).isLessThan(400);
        }
    }

    @Test
    void whoIsCutOffAndServesGoesOn() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = node("a");
            Proxy b = ready(proxy(node(relay.uri(), "b", "")));
            warm(b, "/x");
            relay.refuses(true);
            awaitCutOff(b);
            version.incrementAndGet();
            assertSays(purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"10s\"}"), 200);
            Client.Response there = get(b, "/x");
            assertThat(there.text()).isEqualTo("v1");
            assertThat(there.cache()).isEqualTo("HIT");
            assertThat(admin(b, "/readyz").status()).isEqualTo(200);
            assertThat(admin(b, "/readyz").text()).contains("degraded").contains("purges of other nodes are not known");
            relay.refuses(false);
            awaitVersion(b, "/x", "v2");
        }
    }

    @Test
    void aNodeThatStartsWithoutTheLogBelievesNothingOfL2AndServes() throws IOException {
        get(node("a"), "/x");
        await().atMost(SOON).until(() -> raw.keys().size() == 1);
        String away = yaml(redis.uri(), "") + "purge: {redis: \"redis://127.0.0.1:1\", journal: \"off\"}\n";
        Proxy b = proxy(away);
        version.incrementAndGet();
        assertThat(get(b, "/x").text()).isEqualTo("v2");
        settle(b);
        assertThat(get(b, "/x").cache()).isEqualTo("HIT");
        assertSays(purgeTag(b, "all/x"), 202, "\"durable\":\"memory\"");
        assertThat(get(b, "/x").level()).isEqualTo("ORIGIN");
    }

    @Test
    void aPurgeThatNeedsTheLogIsRefusedAndNotDoneWhereRedisIsFrozenOrFull() throws IOException {
        Proxy a = node("a", ", require_log: true");
        warm(a, "/x");
        version.incrementAndGet();
        redis.freeze();
        assertSays(purgeTag(a, "all/x"), 503, "\"status\":\"no_log\"");
        redis.thaw();
        ready(a);
        raw.call("CONFIG", "SET", "maxmemory", "1");
        for (int i = 0; i < 5; i++) {
            assertSays(purgeTag(a, "full"), 503, "\"status\":\"no_log\"");
        }
        raw.call("CONFIG", "SET", "maxmemory", "0");
        ready(a);
        assertThat(logLength()).as("not even later").isLessThanOrEqualTo(1); // the frozen one may have had it
        assertSays(purgeTag(a, "all/x"), 200);
        assertThat(get(a, "/x").text()).isEqualTo("v2");
    }

    @Test
    void aFullRedisIsNotTakenForOneThatIsAway() {
        Proxy a = node("a");
        warm(a, "/x");
        raw.call("CONFIG", "SET", "maxmemory", "1");
        for (int i = 0; i < 20; i++) {
            assertSays(purgeTag(a, "t" + i), 202);
        }
        version.incrementAndGet();
        assertSays(purgeTag(a, "all/x"), 202);
        assertThat(get(a, "/x").text()).isEqualTo("v2");
        assertThat(metric(a, "lacquer_purge_log_reachable")).isZero();
        assertThat(admin(a, "/readyz").status()).isEqualTo(200);
        assertThat(admin(a, "/readyz").text()).contains("takes no purges").contains("21 purges wait");
        assertThat(metric(a, "lacquer_purge_cut_off_total")).isZero();
        raw.call("CONFIG", "SET", "maxmemory", "0");
        await().atMost(SOON).until(() -> metric(a, "lacquer_purge_pending") == 0);
        ready(a);
        assertThat(logLength()).isEqualTo(21);
    }

    @Test
    void aSilentNodeThatServesOnIsCalledSo() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = node("a");
            ready(proxy(node(relay.uri(), "b", "")));
            relay.refuses(true);
            assertSays(
                    purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"10s\"}"),
                    200,
                    "\"state\":\"silent\"",
                    "\"everywhere\":false",
                    "\"missing\":[\"b\"]",
                    "when_cut_off: serve");
        }
    }

    @Test
    void theLongerLeaseOfAnotherNodeIsWaitedFor() throws IOException {
        try (Relay relay = new Relay(redis.port())) {
            Proxy a = node("a", ", when_cut_off: pass");
            Proxy b = ready(proxy(node(relay.uri(), "b", ", when_cut_off: pass").replace("400ms", "3s")));
            warm(b, "/x");
            relay.refuses(true);
            version.incrementAndGet();
            long began = System.nanoTime();
            assertSays(purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\", \"timeout\": \"20s\"}"), 200);
            assertThat(get(b, "/x").text()).isEqualTo("v2");
            assertThat(System.nanoTime() - began).isGreaterThan(2_000_000_000L);
        }
    }

    /** One that could not be made is made once it can be. */
    @Test
    void aScheduledPurgeThatWasRefusedIsTriedAgain() throws IOException {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("io.lacquer.Schedules");
        said.start();
        logger.addAppender(said);
        AheadClock clock = new AheadClock();
        String yaml = node(redis.uri(), "a", ", require_log: true")
                + "schedule: [{cron: \"* * * * *\", tags: [\"all/x\"]}]\n";
        Proxy a = Proxy.start(yaml, origin.url(), clock);
        proxies.add(a);
        ready(a);
        warm(a, "/x");
        version.incrementAndGet();
        redis.kill();
        awaitCutOff(a);
        clock.advance(Duration.ofMinutes(1));
        await().atMost(SOON)
                .until(() -> List.copyOf(said.list).stream()
                        .anyMatch(line -> line.getFormattedMessage().contains("it is tried again")));
        logger.detachAppender(said);
        assertThat(get(a, "/x").text()).isEqualTo("v1");
        redis.restart();
        ready(a);
        clock.advance(Duration.ofSeconds(5));
        awaitVersion(a, "/x", "v2");
    }
}
