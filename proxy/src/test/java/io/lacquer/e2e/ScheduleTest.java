package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code schedule}: purges that come by the clock. It stands at a full minute when a test begins. */
class ScheduleTest extends WithPurges {
    private static final String POLICIES = policies("""
        - {name: a, namespace: one, match: {path: "/a"}, ttl: 10h, tags: [all, "k:{query:k}"], stale_while_revalidate: 1h}
        - {name: b, namespace: two, match: {path: "/b"}, ttl: 10h, tags: [b]}
        """);

    private double done() {
        return metric("cache_invalidations_total{namespace=\"*\",reason=\"schedule\"}")
                + metric("cache_invalidations_total{namespace=\"one\",reason=\"schedule\"}");
    }

    private void awaitDone(int count) {
        await().until(() -> done() == count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tags: [all]",
                "tag_patterns: [\"k:*\"]",
                "prefixes: [example.org/a]",
                "prefixes: [\"http://example.org/a?\"]",
                "patterns: [\"*/a\"]",
                "urls: [\"example.org/a?k=1\"]",
                "urls: [\"http://example.org/a?k=1\", \"https://example.org/\"]",
                "namespaces: [one]"
            })
    void itEndsItsScopeWhenItIsTime(String scope) {
        answerAll();
        proxy("schedule:\n  - {cron: \"* * * * *\", " + scope + "}\n" + POLICIES);
        warm("/a?k=1", "/b");
        clock.advance(Duration.ofSeconds(59));
        assertLives("/a?k=1", "/b");
        clock.advance(Duration.ofSeconds(1));
        awaitDone(1);
        assertEnded("/a?k=1");
        assertLives("/b");
        clock.advance(Duration.ofSeconds(60));
        awaitDone(2);
        assertEnded("/a?k=1");
    }

    @Test
    void allAndSoft() {
        answerAll();
        proxy("""
            schedule:
              - {cron: "1 * * * *", all: true, soft: true}
              - {cron: "2 * * * *", all: true}
            purge: {max_share: 0.1}
            """ + POLICIES);
        // 1,800,000,000 s is 08:00:00 UTC
        warm("/a", "/b");
        clock.advance(Duration.ofSeconds(60));
        awaitDone(1);
        assertThat(get("/a").cache()).isEqualTo("STALE");
        clock.advance(Duration.ofSeconds(60));
        awaitDone(2);
        get("/b");
        assertLives("/b");
    }

    @Test
    void aZoneShiftsIt() {
        answerAll();
        proxy("""
            schedule:
              - {cron: "30 10 * * *", zone: "Asia/Kolkata", tags: [all]}
              - {cron: "30 13 * * *", zone: "Asia/Kolkata", tags: [b]}
            """ + POLICIES);
        warm("/a", "/b");
        clock.advance(Duration.ofMinutes(1));
        assertLives("/a", "/b");
        clock.advance(Duration.ofMinutes(4));
        assertThat(done()).isZero();
    }

    @Test
    void aReloadChangesIt() {
        answerAll();
        String schedule = "schedule:\n  - {cron: \"* * * * *\", tags: [all]}\n";
        proxy(schedule + POLICIES);
        warm("/a", "/b");
        clock.advance(Duration.ofSeconds(60));
        awaitDone(1);
        assertThat(current().reload(schedule.replace("all", "b") + POLICIES)).isEmpty();
        warm("/a", "/b");
        clock.advance(Duration.ofSeconds(60));
        awaitDone(2);
        assertLives("/a");
        assertEnded("/b");
        assertThat(current().reload(POLICIES)).isEmpty();
        clock.advance(Duration.ofSeconds(120));
        assertLives("/a", "/b");
    }

    @Test
    void minutesThatWereSleptThroughAreOnePurge() {
        answerAll();
        proxy("schedule:\n  - {cron: \"* * * * *\", tags: [all]}\n" + POLICIES);
        warm("/a");
        clock.advance(Duration.ofMinutes(30));
        awaitDone(1);
        assertEnded("/a");
        assertLives("/a");
    }
}
