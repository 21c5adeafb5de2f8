package io.lacquer.store;

import java.util.SortedSet;

/** What a key leads to in a tier. */
public sealed interface Slot permits StoredResponse, Slot.VaryIndex {
    /** The bytes that it takes in memory beyond its body, estimated generously. */
    long overhead();

    /**
     * A resource with variants: the union of the fields that any of them nominates.
     *
     * @param keyText the key that it was stored under, verified on read
     * @param fields lower case
     */
    record VaryIndex(String keyText, SortedSet<String> fields) implements Slot {
        @Override
        public long overhead() {
            long sum = 400L + keyText.length();
            for (String field : fields) {
                sum += 100L + field.length();
            }
            return sum;
        }
    }
}
