package io.lacquer.config;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A mapping whose keys the operator chooses.
 *
 * @param placeholder for a key in the reference table, such as {@code name}
 * @param keys makes a key normal; fails with a {@link Malformed}
 * @param value the shape of each value
 */
record Dict<T>(String placeholder, UnaryOperator<String> keys, Shape<T> value) implements Shape<Map<String, T>> {
    @Override
    public @Nullable Map<String, T> read(Yaml node, String path, Context context) {
        if (!(node instanceof Yaml.Mapping mapping)) {
            refuse(node, path, "write it as " + placeholder + ": value", context);
            return null;
        }
        Map<String, T> values = new LinkedHashMap<>();
        Map<String, Place> seen = new HashMap<>();
        for (Yaml.Entry entry : mapping.entries()) {
            String key = key(entry.key(), path, context);
            if (key == null) {
                continue;
            }
            Place first = seen.putIfAbsent(key, entry.key().place());
            if (first != null) {
                Section.refuseRepetition(entry.key(), path, first, context);
                continue;
            }
            T one = value.read(
                    entry.value(), path + "." + Text.shorten(entry.key().text()), context);
            if (one != null) {
                values.put(key, one);
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private @Nullable String key(Yaml.Scalar key, String path, Context context) {
        try {
            return keys.apply(key.text());
        } catch (Malformed malformed) {
            context.complaints().error(key.place(), path + ": " + malformed.problem(), malformed.remedy());
            return null;
        }
    }

    @Override
    public String label() {
        return "a mapping";
    }
}
