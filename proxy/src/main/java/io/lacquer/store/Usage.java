package io.lacquer.store;

import java.util.concurrent.atomic.LongAdder;

/** What the entries of one policy or namespace take in a tier now, and how many left for want of space. */
public final class Usage {
    private final LongAdder entries = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    /** Entries now. */
    public long entries() {
        return entries.sum();
    }

    /** Their bytes on the ledger now. */
    public long bytes() {
        return bytes.sum();
    }

    /** Entries that left for want of space. */
    public long evictions() {
        return evictions.sum();
    }

    /** Counts entries that came, or with negative numbers went, and their bytes. */
    public void add(int count, long weight) {
        entries.add(count);
        bytes.add(weight);
    }

    /** Counts one that left for want of space. */
    public void evicted() {
        evictions.increment();
    }
}
