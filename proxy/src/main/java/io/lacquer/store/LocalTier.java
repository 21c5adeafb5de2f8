package io.lacquer.store;

import io.lacquer.http.KeyProbe;
import org.jspecify.annotations.Nullable;

/** The tier in process: answers at once. */
public interface LocalTier {
    /** What a key leads to, or null. */
    @Nullable
    Slot get(String slotKey);

    /** The same for a key that is not made: its hash and equality are those of the text. */
    @Nullable
    Slot probe(KeyProbe slotKey);

    /** Takes a slot over, if the ledger grants its overhead; a body's bytes are on the account already and are given back otherwise. */
    void put(String slotKey, Slot slot);

    /** Forgets a slot. */
    void remove(String slotKey);
}
