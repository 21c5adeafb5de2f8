package io.lacquer.purge;

import io.lacquer.store.Fence;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The generations of the log that this node knows of, and where each ended. Positions are in one order only within them:
 * a log that was put back, or lost its end, counts anew from where others have been already, and a fence of theirs says
 * nothing of what it has taken since. Immutable.
 */
final class Generations {
    /** None is known. */
    static final Generations NONE = new Generations(new TreeMap<>());

    /** Of older ones nothing is told any more: so long do failovers count. */
    private static final int MOST = 64;

    private final NavigableMap<Long, Long> ends;

    private Generations(NavigableMap<Long, Long> ends) {
        this.ends = ends;
    }

    /**
     * A generation has begun, or was met now.
     *
     * @param bases the last position before each that the log knows of, the new one included
     * @param applied what this node has applied, in the log that it has followed until now
     */
    Generations with(NavigableMap<Long, Position> bases, Position applied) {
        NavigableMap<Long, Long> next = new TreeMap<>(ends);
        next.put(applied.generation(), applied.sequence());
        bases.values().forEach(before -> next.put(before.generation(), before.sequence()));
        bases.keySet().forEach(each -> next.putIfAbsent(each, 0L));
        while (next.size() > MOST) {
            next.pollFirstEntry();
        }
        return new Generations(next);
    }

    /** Whether a fence is of the order that this node has followed, up to what it has applied. */
    boolean have(Fence fence, Position applied) {
        if (fence.generation() == applied.generation()) {
            return fence.sequence() <= applied.sequence();
        }
        Long end = ends.get(fence.generation());
        return fence.generation() < applied.generation() && end != null && fence.sequence() <= end;
    }
}
