package io.lacquer.store;

import org.jspecify.annotations.Nullable;

/** The tier in process: answers at once. */
public interface LocalTier {
    /** What a key leads to, or null. */
    @Nullable
    Slot get(String slotKey);

    /** Takes a slot over, if the ledger grants its overhead; a body's bytes are on the account already and are given back otherwise. */
    void put(String slotKey, Slot slot);

    /** Forgets a slot. */
    void remove(String slotKey);
}
