package io.lacquer.purge;

import io.lacquer.http.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The log of a node without Redis: in memory, as what it guards is. */
public final class LocalLog implements PurgeLog {
    private final Purges purges;
    private final Clock clock;
    private final String node;
    private final long generation;

    /** An empty log. */
    public LocalLog(Purges purges, Clock clock, String node) {
        this.purges = purges;
        this.clock = clock;
        this.node = node;
        this.generation = Math.max(1, clock.wallMillis());
        purges.advance(new Position(generation, 0));
        purges.known(true);
    }

    @Override
    public synchronized CompletionStage<Written> write(Purge purge, @Nullable Duration patience, boolean required) {
        Position next = new Position(generation, purges.position().sequence() + 1);
        purges.apply(purge, next, clock.nanos());
        return CompletableFuture.completedStage(new Written(next, false, true, false));
    }

    @Override
    public CompletionStage<Everywhere> everywhere(Position position, long timeoutNanos) {
        return CompletableFuture.completedStage(new Everywhere(true, List.of(new Node(node, State.APPLIED)), null));
    }

    @Override
    public @Nullable Position placed(String id) {
        return null;
    }

    @Override
    public boolean isReachable() {
        return true;
    }

    @Override
    public Status status() {
        Position at = purges.position();
        return new Status(
                false, true, true, at, at, List.of(new Node(node, State.APPLIED)), at.sequence(), 0, 0, 0, null);
    }

    @Override
    public void close() {
        // nothing is kept
    }
}
