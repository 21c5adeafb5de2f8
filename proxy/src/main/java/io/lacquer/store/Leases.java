package io.lacquer.store;

import java.util.function.Consumer;

/**
 * Which node fetches a missing answer, so that the others need not. A lease has an owner and an end: a node that dies
 * costs the others no more than that. Nothing here blocks and nothing throws; callbacks come on any thread.
 */
public interface Leases {
    /** What came of asking for a lease. */
    enum Taken {
        /** It is ours until it is released; it is renewed meanwhile. */
        MINE,
        /** Another node has it. */
        OTHERS,
        /** Nobody could be asked. */
        UNAVAILABLE
    }

    /** How another node's lease ended. */
    enum Ended {
        /** Its answer should be in L2. */
        GIVEN_BACK,
        /** Its answer is not for sharing, and the next will most likely not be either: nobody need wait for others. */
        UNCACHEABLE,
        /** Not in time. */
        LATE
    }

    /**
     * What operators see.
     *
     * @param held now, by this node
     * @param taken since start
     * @param waited how often another node's was waited for, since start
     */
    record Tally(long held, long taken, long waited) {}

    /** Asks for the lease of a slot. */
    void take(String slotKey, Consumer<Taken> told);

    /** Tells once when another node's lease has ended, or so many milliseconds have passed. */
    void awaitEnd(String slotKey, long millis, Consumer<Ended> told);

    /**
     * Gives a lease back, behind what was written of its slot before.
     *
     * @param uncacheable whether what was fetched is not for sharing
     */
    void release(String slotKey, boolean uncacheable);

    /** What operators see. */
    Tally tally();
}
