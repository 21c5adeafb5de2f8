package io.lacquer.store;

/**
 * The position of the purge log that a node had applied when it began a fetch. A response is never served
 * past a purge that is newer than its fence.
 *
 * @param generation of the log; positions of different generations can't be compared
 * @param sequence within the generation
 * @param wallMillis wall time, the order of last resort between generations
 */
public record Fence(long generation, long sequence, long wallMillis) {
    /** The older of two: what is put together is as old as its oldest part. */
    public Fence older(Fence other) {
        boolean comparable = generation == other.generation;
        boolean isOlder = comparable ? sequence <= other.sequence : wallMillis <= other.wallMillis;
        return isOlder ? this : other;
    }
}
