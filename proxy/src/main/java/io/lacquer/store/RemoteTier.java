package io.lacquer.store;

import org.jspecify.annotations.Nullable;

/** A tier outside the process. Nothing here blocks and nothing here throws: trouble is an answer. */
public interface RemoteTier {
    /** What a look-up found. */
    sealed interface Answer {
        /** Something of ours, unverified against the request. */
        record Found(Slot slot) implements Answer {}

        /** Nothing. */
        record Nothing() implements Answer {}

        /** It could not be asked. */
        record Trouble(Kind kind) implements Answer {}
    }

    /** Why a tier could not be asked. */
    enum Kind {
        TIMEOUT,
        DOWN,
        CORRUPT
    }

    /** Takes an answer, on any thread. */
    interface Callback {
        /** Called exactly once. */
        void answered(Answer answer);
    }

    /** Looks a key up. */
    void find(String slotKey, Callback callback);

    /** Writes, some time later, and expires it after so many milliseconds; may be dropped under load. */
    void write(String slotKey, Slot slot, long keepMillis);

    /** Deletes, some time later. */
    void remove(String slotKey);

    /** How many milliseconds a look-up may take, all of its steps together. */
    long patienceMillis();

    /** The largest body that it takes. */
    long maxObject();

    /** What operators see of it. */
    State state();

    /**
     * A tier's health and counts since start.
     *
     * @param connected whether the last exchange succeeded
     * @param info the fields of Redis' INFO that stats carry, or null while down
     */
    record State(
            boolean connected,
            long hits,
            long misses,
            long errors,
            long writes,
            long writesDropped,
            java.util.@Nullable Map<String, String> info) {}
}
