package io.lacquer.transport.http1;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The next deadline of one connection, on its loop. Moving it later costs a field write: the timer that is
 * under way looks again when it fires.
 */
public final class Deadline {
    private static final long NEVER = Long.MAX_VALUE;

    private final EventLoop loop;
    private final Runnable expired;
    private @Nullable Future<?> timer;
    private long firesAt;
    private long at = NEVER;

    /** No deadline yet. */
    public Deadline(EventLoop loop, Runnable expired) {
        this.loop = loop;
        this.expired = expired;
    }

    /** Expires so many milliseconds from now, unless moved or cleared. */
    public void in(long millis) {
        long now = System.nanoTime();
        at = now + TimeUnit.MILLISECONDS.toNanos(millis);
        if (timer == null || firesAt - at > 0) {
            cancelTimer();
            schedule(at - now);
        }
    }

    /** There is none for now. */
    public void clear() {
        at = NEVER;
    }

    /** There is none any more. */
    public void close() {
        at = NEVER;
        cancelTimer();
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void schedule(long nanos) {
        firesAt = System.nanoTime() + nanos;
        timer = loop.schedule(this::fire, nanos, TimeUnit.NANOSECONDS);
    }

    private void fire() {
        timer = null;
        if (at == NEVER) {
            return;
        }
        long left = at - System.nanoTime();
        if (left > 0) {
            schedule(left);
        } else {
            at = NEVER;
            expired.run();
        }
    }
}
