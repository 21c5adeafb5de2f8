package io.lacquer.purge;

import io.lacquer.store.Fence;

/**
 * When something was last purged: in this process' own order, in the log's, and on the clock.
 *
 * @param tick in the order in which this process applied purges
 * @param position in the log; {@link Position#START} while the log does not have it
 * @param nanos monotonic time at which it came into force
 * @param mark of the one URL that it is about, or {@link #ANYTHING}
 */
record Epoch(long tick, Position position, long nanos, int mark) {
    /** The mark of an epoch that is about whatever it is asked about. */
    static final int ANYTHING = 0;

    Epoch of(int one) {
        return new Epoch(tick, position, nanos, one);
    }

    boolean isAbout(int one) {
        return mark == ANYTHING || mark == one;
    }

    /** Whether it is newer than what was known when something was fetched or last checked. */
    boolean isNewerThan(Fence fence) {
        if (fence.tick() != Fence.FOREIGN) {
            return tick > fence.tick();
        }
        return position.generation() > fence.generation()
                || (position.generation() == fence.generation() && position.sequence() > fence.sequence());
    }
}
