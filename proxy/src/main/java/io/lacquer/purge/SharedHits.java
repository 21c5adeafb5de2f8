package io.lacquer.purge;

import io.lacquer.http.Clock;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells the other nodes what this one's hits were about, and learns of theirs, so that the guard knows the hits of all,
 * whichever node is asked for a purge. What can't be told or asked just now is as it was last known.
 */
public final class SharedHits {
    /** A note is left so often. */
    static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Who knows the others' notes as of so long ago does not ask again. */
    private static final long KNOWN_NANOS = EVERY_NANOS / 2;

    /** Even who needs them not asks now and then, to clear away those of nodes that are gone. */
    private static final long CLEAR_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final long PATIENCE_MILLIS = 300;

    private final HitShares shares;
    private final PurgeLog log;
    private final Clock clock;
    private final String node;
    private final Executor worker;
    private boolean known;
    private long knownNanos;
    private boolean told;
    private long toldNanos;
    private @Nullable CompletableFuture<Void> asking;

    /**
     * Nothing told yet.
     *
     * @param node this node's name
     * @param worker where what others told is read
     */
    public SharedHits(HitShares shares, PurgeLog log, Clock clock, String node, Executor worker) {
        this.shares = shares;
        this.log = log;
        this.clock = clock;
        this.node = node;
        this.worker = worker;
    }

    /** What the hits that are known of were about. */
    HitShares shares() {
        return shares;
    }

    /** Leaves a note for the others when one is due; to be called now and then. */
    public void tell() {
        synchronized (this) {
            long now = clock.nanos();
            if (!log.isReachable() || (told && now - toldNanos < EVERY_NANOS)) {
                return;
            }
            toldNanos = now;
            told = true;
        }
        (isKnown(CLEAR_NANOS) ? CompletableFuture.<Void>completedFuture(null) : ask()).thenRun(() -> {
            if (isKnown(Long.MAX_VALUE)) { // else what this node told before a restart would be lost
                log.leave(shares.note());
            }
        });
    }

    private synchronized boolean isKnown(long atMostNanos) {
        return known && clock.nanos() - knownNanos < atMostNanos;
    }

    /** Completes when the hits of the others are known as of a few seconds ago, or can't be had; never fails. */
    public CompletionStage<Void> known() {
        return isKnown(KNOWN_NANOS) || !log.isReachable() ? CompletableFuture.completedFuture(null) : ask();
    }

    private synchronized CompletableFuture<Void> ask() {
        CompletableFuture<Void> running = asking;
        if (running == null) {
            running = log.notes()
                    .toCompletableFuture()
                    .orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                    .thenAcceptAsync(this::learn, worker)
                    .exceptionally(failure -> null);
            asking = running;
            running.thenRun(this::asked);
        }
        return running;
    }

    private synchronized void asked() {
        asking = null;
    }

    private void learn(Map<String, String> notes) {
        boolean first;
        synchronized (this) {
            first = !known;
        }
        shares.learn(notes, node, first).forEach(log::forget);
        synchronized (this) {
            known = true;
            knownNanos = clock.nanos();
        }
    }
}
