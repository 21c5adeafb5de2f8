package io.lacquer.http;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a few field values mean, kept since the same ones come again and again: each text has one place, where the next
 * one that belongs there takes it over. So nobody can make it grow, and what it forgets is read anew.
 *
 * @param <V> immutable
 */
final class Recent<V> {
    private static final int PLACES = 256;
    private static final int LONGEST = 256;

    private record Known<V>(String text, V value) {}

    private final @Nullable Known<V>[] places = places();
    private final Function<String, V> reader;

    /** Values that a function without side effects reads. */
    Recent(Function<String, V> reader) {
        this.reader = reader;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static <V> @Nullable Known<V>[] places() {
        return (Known<V>[]) new Known[PLACES];
    }

    /** The value of a text; of equal texts mostly the same object. */
    V of(String text) {
        if (text.length() > LONGEST) {
            return reader.apply(text);
        }
        int hash = text.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        Known<V> known = places[place]; // a race costs a reading at most: all of it is final
        if (known == null || !known.text.equals(text)) {
            known = new Known<>(text, reader.apply(text));
            places[place] = known;
        }
        return known.value;
    }
}
