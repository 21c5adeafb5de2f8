package io.lacquer.store;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The account of the memory that bodies, heads, index and flights take together. What is not granted here
 * is not kept: {@link #used} never exceeds {@link #limit}.
 */
public final class Ledger {
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();
    private volatile long limit;
    private volatile LongConsumer reclaimer = bytes -> {};

    /** A ledger with a ceiling in bytes. */
    public Ledger(long limit) {
        this.limit = limit;
    }

    /** Who makes room, asked for so many bytes when a reservation does not fit. */
    public void reclaimWith(LongConsumer reclaimer) {
        this.reclaimer = reclaimer;
    }

    /** Takes so many bytes, after making room where needed; false takes nothing. */
    public boolean reserve(long bytes) {
        if (bytes > limit) {
            return false;
        }
        if (take(bytes)) {
            return true;
        }
        reclaimer.accept(bytes);
        return take(bytes);
    }

    private boolean take(long bytes) {
        long before = used.get();
        while (before + bytes <= limit) {
            if (used.compareAndSet(before, before + bytes)) {
                long after = before + bytes;
                if (after > peak.get()) {
                    peak.accumulateAndGet(after, Math::max);
                }
                return true;
            }
            before = used.get();
        }
        return false;
    }

    /** Gives so many bytes back. */
    public void release(long bytes) {
        if (bytes == 0) {
            return;
        }
        long after = used.addAndGet(-bytes);
        if (after < 0) {
            throw new IllegalStateException("ledger: " + after + " bytes used after a release of " + bytes);
        }
    }

    /** Bytes taken now. */
    public long used() {
        return used.get();
    }

    /** The most that was ever taken at once. */
    public long peak() {
        return peak.get();
    }

    /** The ceiling. */
    public long limit() {
        return limit;
    }

    /** Moves the ceiling; what is above a lower one leaves as room is asked for. */
    public void limit(long bytes) {
        limit = bytes;
        if (used.get() > bytes) {
            reclaimer.accept(0); // what is above the ceiling, and no more
        }
    }
}
