package io.lacquer.purge;

import io.lacquer.store.Fence;
import org.jspecify.annotations.Nullable;

/**
 * When something was last purged: in this process' own order, in the log's, and on the clock.
 *
 * @param tick in the order in which this process applied purges
 * @param position in the log; {@link Position#START} while the log does not have it
 * @param nanos monotonic time at which it came into force
 * @param mark of the one URL that it is about, or {@link #ANYTHING}
 * @param before the one whose place it took, where that still counts
 */
record Epoch(
        long tick,
        Position position,
        long nanos,
        int mark,
        @Nullable Epoch before) {
    /** The mark of an epoch that is about whatever it is asked about. */
    static final int ANYTHING = 0;

    /** Nothing before it counts. */
    Epoch(long tick, Position position, long nanos) {
        this(tick, position, nanos, ANYTHING, null);
    }

    Epoch of(int one) {
        return new Epoch(tick, position, nanos, one, before);
    }

    /** With at most so many before it: what there is no room for counts as if it had come with the first of them. */
    Epoch shortened(int most) {
        if (before == null) {
            return this;
        }
        return new Epoch(tick, position, nanos, mark, most > 1 ? before.shortened(most - 1) : before.joined());
    }

    private Epoch joined() {
        long first = nanos;
        boolean same = true;
        for (Epoch each = before; each != null; each = each.before) {
            first = each.nanos;
            same &= each.mark == mark;
        }
        return new Epoch(tick, position, first, same ? mark : ANYTHING, null);
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
