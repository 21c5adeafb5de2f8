package io.lacquer.purge.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.redis.RedisServers;
import io.lacquer.store.Fence;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A log whose Redis is away for so long that there is no room for what waits for it. */
class RedisLogAwayTest {
    private static final int MOST_PENDING = 20_000;

    private final ManualClock clock = new ManualClock();
    private final Purges purges = new Purges(clock);
    private final RedisLog log = new RedisLog(
            new RedisLog.Settings("shop", "n", Duration.ofSeconds(2), 0, 1_000, false, true),
            RedisServers.of("redis://127.0.0.1:1", null, true),
            purges,
            null,
            clock);
    private int ids;

    @AfterEach
    void close() {
        log.close();
        log.close(); // once more does nothing
    }

    private CompletionStage<PurgeLog.Written> write(String tag) {
        Scope scope = Scope.of(Set.of(tag), List.of());
        return log.write(new Purge("p" + ++ids, "n", 0, "api", "*", scope, false, -1, false), null, false);
    }

    @Test
    void whatThereIsNoRoomForIsEverything() throws Exception {
        Fence fence = purges.fence();
        Subject other = new Subject("http://h/", List.of("other"), "n");
        for (int i = 0; i < MOST_PENDING; i++) {
            write("t" + i);
        }
        assertThat(write("t0").toCompletableFuture().get(10, TimeUnit.SECONDS).position())
                .isNull();
        assertThat(purges.pending()).as("the same again takes no room").isEqualTo(MOST_PENDING);
        assertThat(purges.isAlive(fence, other)).isTrue();
        write("one more").toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(purges.isAlive(fence, other)).isFalse();
        assertThat(purges.pending()).isEqualTo(1);
        write("and one").toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(purges.pending()).isEqualTo(2);
    }
}
