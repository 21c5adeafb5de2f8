package io.lacquer.store;

/**
 * What a node knew of purges when it began a fetch: a response is never served past a purge that is newer than its
 * fence. Positions of the purge log, {@code (generation, sequence)} in this order, are comparable between nodes and
 * over restarts; ticks are finer and of one process only.
 *
 * @param generation of the log
 * @param sequence within the generation
 * @param tick how many purges this process had applied, or {@link #FOREIGN}
 */
public record Fence(long generation, long sequence, long tick) {
    /** The tick of what another process has stored. */
    public static final long FOREIGN = -1;

    /** The older of two in each respect: what is put together is as old as its oldest part. */
    public Fence older(Fence other) {
        boolean isOlder =
                generation < other.generation || (generation == other.generation && sequence < other.sequence);
        Fence position = isOlder ? this : other;
        return new Fence(position.generation, position.sequence, Math.min(tick, other.tick));
    }
}
