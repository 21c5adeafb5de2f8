package io.lacquer.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One key of the file, declared once: reader, schema and reference table all use this.
 *
 * @param name as it is written
 * @param shape of its value
 * @param required whether it must be given
 * @param example of a required value, as it would be written
 * @param fallback the value where it is not given, or null where that means something of its own
 * @param meaning one clause for the reference table
 */
record Key<T>(
        String name,
        Shape<T> shape,
        boolean required,
        String example,
        @Nullable Yaml fallback,
        String meaning) {
    /** A key that must be given. */
    static <T> Key<T> required(String name, String example, Shape<T> shape, String meaning) {
        return new Key<>(name, shape, true, example, null, meaning);
    }

    /** A key that may be left out, which means something of its own. */
    static <T> Key<T> optional(String name, Shape<T> shape, String meaning) {
        return new Key<>(name, shape, false, "", null, meaning);
    }

    /** A key with a default, given as it would be written. */
    static <T> Key<T> of(String name, Scalar<T> shape, String fallback, String meaning) {
        return new Key<>(name, shape, false, "", new Yaml.Scalar(Place.START, fallback, false), meaning);
    }

    /** A list that is empty by default. */
    static <T> Key<List<T>> list(String name, ListOf<T> shape, String meaning) {
        return new Key<>(name, shape, false, "", new Yaml.Sequence(Place.START, List.of(), 1), meaning);
    }

    /** A mapping that is empty by default. */
    static <T> Key<T> mapping(String name, Shape<T> shape, String meaning) {
        return new Key<>(name, shape, false, "", new Yaml.Mapping(Place.START, List.of(), 1), meaning);
    }
}
