package io.lacquer.purge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lacquer.ManualClock;
import io.lacquer.demo.RedisProcess;
import io.lacquer.purge.Journal;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.redis.RedisServers;
import io.lacquer.store.Fence;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A log whose Redis hangs while more purges come than there is room for in the queue. */
@Timeout(60)
class RedisLogFullTest {
    private static final int MOST_QUEUED = 20_000;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofMillis(1);
    private static final Subject OTHER = new Subject("http://h/", List.of("other"), "n");

    private final ManualClock clock = new ManualClock();
    private int ids;

    private RedisLog log(RedisProcess redis, String name, Purges purges) {
        RedisLog log = new RedisLog(
                new RedisLog.Settings("shop", name, Duration.ofSeconds(2), 0, 2 * MOST_QUEUED, false, true),
                RedisServers.of(redis.uri(), null, true),
                purges,
                null,
                clock);
        await().atMost(SOON).until(log::isReachable);
        return log;
    }

    private CompletableFuture<PurgeLog.Written> write(RedisLog log, String tag, @Nullable Duration patience) {
        Scope scope = Scope.of(Set.of(tag), List.of());
        Purge purge = new Purge("p" + ++ids, "a", 0, "mutation", "*", scope, false, -1, false);
        return log.write(purge, patience, false).toCompletableFuture();
    }

    @Test
    void aWriteThatThereIsNoRoomForIsOfEverythingAndAPurgeIsRefused() throws Exception {
        Purges here = new Purges(clock);
        Purges there = new Purges(clock);
        try (RedisProcess redis = RedisProcess.start();
                RedisLog log = log(redis, "a", here);
                RedisLog away = log(redis, "b", there)) {
            Fence before = here.fence();
            Fence beforeThere = there.fence();
            redis.freeze();
            CompletableFuture<PurgeLog.Written> last = write(log, "t0", null);
            for (int i = 1; i < MOST_QUEUED + 1_000; i++) { // some are on their way, and no answer comes
                last = write(log, "t" + i, null);
            }
            CompletableFuture<PurgeLog.Written> refused = last;
            CompletableFuture<PurgeLog.Written> taken = write(log, "mine", PATIENCE);
            assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS))
                    .hasMessageContaining("too many purges are waiting for the log; try again");
            assertThat(taken.get(10, TimeUnit.SECONDS).position()).isNull();
            assertThat(here.isAlive(before, OTHER)).as("it is in force here").isFalse();
            assertThat(there.isAlive(beforeThere, OTHER)).isTrue();
            redis.thaw();
            await().atMost(SOON.multipliedBy(2)).until(() -> !there.isAlive(beforeThere, OTHER)); // after 20,000 others
            await().atMost(SOON).until(() -> here.pending() == 0 && away.isReachable());
        }
    }

    /** Who is answered without the log's word has the journal's. */
    @Test
    void aWriteThatTheLogDoesNotAnswerForIsInTheJournal(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("journal");
        try (RedisProcess redis = RedisProcess.start();
                Journal journal = Journal.open(file);
                RedisLog log = new RedisLog(
                        new RedisLog.Settings("shop", "a", Duration.ofSeconds(2), 0, 100, false, true),
                        RedisServers.of(redis.uri(), null, true),
                        new Purges(clock),
                        journal,
                        clock)) {
            await().atMost(SOON).until(log::isReachable);
            redis.freeze();
            assertThat(write(log, "mine", Duration.ofMillis(50))
                            .get(10, TimeUnit.SECONDS)
                            .position())
                    .isNull();
            assertThat(journal.entries())
                    .as("at once, not when Redis is given up")
                    .hasSize(1);
            await().atMost(SOON)
                    .until(() ->
                            Files.readString(file, StandardCharsets.ISO_8859_1).contains("tag mine\n"));
            redis.thaw();
            await().atMost(SOON).until(() -> journal.entries().stream().allMatch(entry -> entry.position() != null));
        }
    }

    @Test
    void whatNeitherLogNorJournalTakesIsSaidToBeUnkept(@TempDir Path folder) throws Exception {
        Journal journal = Journal.open(folder.resolve("journal"));
        journal.close();
        try (RedisLog log = new RedisLog(
                new RedisLog.Settings("shop", "a", Duration.ofSeconds(2), 0, 100, false, true),
                RedisServers.of("redis://127.0.0.1:1", null, true),
                new Purges(clock),
                journal,
                clock)) {
            PurgeLog.Written written = write(log, "mine", null).get(10, TimeUnit.SECONDS);
            assertThat(written.unkept()).isTrue();
            assertThat(written.journaled()).isFalse();
        }
    }

    @Test
    void whatOthersStoredIsNotBelievedUntilTheLogHasBeenReadAgain() throws Exception {
        Purges here = new Purges(clock);
        Subject subject = new Subject("http://h/", List.of("other"), "n");
        try (RedisProcess redis = RedisProcess.start();
                RedisLog log = log(redis, "a", here)) {
            Fence foreign = new Fence(here.position().generation(), 0, Fence.FOREIGN);
            await().atMost(SOON).until(() -> here.isAlive(foreign, subject));
            redis.kill();
            await().atMost(SOON).until(() -> !log.isReachable());
            assertThat(here.isAlive(foreign, subject)).isFalse();
            redis.restart();
            await().atMost(SOON).until(log::isReachable);
            Fence now = new Fence(here.position().generation(), 0, Fence.FOREIGN);
            assertThat(here.isAlive(now, subject)).isTrue();
        }
    }
}
