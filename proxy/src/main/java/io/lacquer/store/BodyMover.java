package io.lacquer.store;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves large bodies that are asked for again out of the heap into a memory file, from which the kernel sends them
 * without copies. On a thread of its own: nobody waits for it, and what is never asked for again costs nothing.
 */
public final class BodyMover implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BodyMover.class);
    private static final int QUEUED = 1_024;

    private final Ledger ledger;
    private final ThreadPoolExecutor thread;
    private volatile @Nullable MemoryFile file;
    private volatile boolean off;

    /**
     * Nothing moved yet.
     *
     * @param on false leaves everything where it is
     */
    public BodyMover(Ledger ledger, boolean on) {
        this.ledger = ledger;
        this.off = !on;
        this.thread = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUED),
                Thread.ofPlatform().daemon().name("body-mover").factory());
        thread.allowCoreThreadTimeOut(true);
    }

    /** A body was asked for again; it is moved some time later, if it is large and there is room. */
    public void askedAgain(Body body) {
        if (off || !body.beginsToMove()) {
            return;
        }
        try {
            thread.execute(() -> move(body));
        } catch (RejectedExecutionException busyOrEnding) {
            body.stays();
        }
    }

    /** Bytes outside the heap that bodies take now. */
    public long used() {
        MemoryFile into = file;
        return into == null ? 0 : into.used();
    }

    private void move(Body body) {
        try {
            MemoryFile into = file;
            if (into == null) {
                into = MemoryFile.create();
                file = into;
            }
            body.moveTo(into, ledger);
        } catch (IOException failure) {
            off = true;
            LOG.info("large bodies stay in the heap: {}", failure.getMessage());
        }
    }

    @Override
    public void close() {
        off = true;
        thread.shutdownNow();
    }
}
