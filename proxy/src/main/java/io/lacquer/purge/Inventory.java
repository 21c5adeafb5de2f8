package io.lacquer.purge;

import org.jspecify.annotations.Nullable;

/** What this node holds in process, as far as it can be told how much of it a purge concerns. */
public interface Inventory {
    /**
     * How much a purge concerns.
     *
     * @param entries alive before it
     * @param bytes of their bodies and heads
     * @param exact false for an estimate from a sample
     */
    record Hit(long entries, long bytes, boolean exact) {
        /** Nothing. */
        public static final Hit NONE = new Hit(0, 0, true);
    }

    /** Counts what a scope concerns, looking at so many entries at most: more of them make it an estimate. */
    Hit count(Scope scope, int most);

    /**
     * A purge for good is about to be in force: from now on what it ends is counted as it leaves.
     *
     * @param tick of its application
     */
    default void follow(Purge purge, long tick) {}

    /** What a followed purge has ended, once all of that has left; null before, and where it was not followed. */
    default @Nullable Hit followed(String id) {
        return null;
    }
}
