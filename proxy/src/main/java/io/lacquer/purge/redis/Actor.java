package io.lacquer.purge.redis;

import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that owns all state of the log; a step that fails is told of and takes no other with it. */
final class Actor {
    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);

    private final ScheduledExecutorService thread;

    /** On a thread of its own. */
    Actor() {
        this(Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("purge-log").factory()));
    }

    /** On what does one step after the other. */
    Actor(ScheduledExecutorService thread) {
        this.thread = thread;
    }

    /** Does a step, some time later. */
    void act(Runnable step) {
        try {
            thread.execute(() -> attempt(step));
        } catch (RejectedExecutionException ending) {
            return; // nothing is expected of it any more
        }
    }

    /** Does a step after so long. */
    void act(Runnable step, long nanos) {
        try {
            thread.schedule(() -> attempt(step), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ending) {
            return; // nothing is expected of it any more
        }
    }

    /** Does a step again and again. */
    void repeat(Runnable step, long millis) {
        thread.scheduleWithFixedDelay(() -> attempt(step), millis, millis, TimeUnit.MILLISECONDS);
    }

    private static void attempt(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error failure) { // what is repeated would never come again
            LOG.warn("a step of the purge log failed", failure);
        }
    }

    boolean isClosed() {
        return thread.isShutdown();
    }

    void close() {
        thread.shutdown();
    }
}
