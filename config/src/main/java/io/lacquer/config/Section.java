package io.lacquer.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mapping with known keys.
 *
 * @param keys all of them
 * @param build from the read values, once all required ones are there
 */
record Section<T>(List<Key<?>> keys, Function<Fields, T> build) implements Shape<T> {
    @Override
    public @Nullable T read(Yaml node, String path, Context context) {
        if (!(node instanceof Yaml.Mapping mapping)) {
            refuse(node, path, "its keys are " + names(), context);
            return null;
        }
        Fields fields = new Fields(node.place(), path, context);
        Map<String, Place> seen = new HashMap<>();
        for (Yaml.Entry entry : mapping.entries()) {
            Place first = seen.putIfAbsent(entry.key().text(), entry.key().place());
            if (first != null) {
                refuseRepetition(entry.key(), path, first, context);
                continue;
            }
            readEntry(entry, path, fields, context);
        }
        return fields.isComplete(keys) ? build.apply(fields) : null;
    }

    private void readEntry(Yaml.Entry entry, String path, Fields fields, Context context) {
        for (Key<?> key : keys) {
            if (key.name().equals(entry.key().text())) {
                fields.read(key, entry);
                return;
            }
        }
        String where = path.isEmpty() ? "" : " in " + path;
        List<String> names = keys.stream().map(Key::name).toList();
        String remedy = Spelling.nearest(entry.key().text(), names)
                .map(name -> "did you mean " + name + "?")
                .orElseGet(() -> "remove it; the keys here are " + names());
        context.complaints()
                .error(
                        entry.key().place(),
                        "unknown key " + Text.quote(entry.key().text()) + where,
                        remedy);
    }

    /** Complains of a key that stands in a mapping twice. */
    static void refuseRepetition(Yaml.Scalar key, String path, Place first, Context context) {
        String where = path.isEmpty() ? "" : " in " + path;
        context.complaints()
                .error(
                        key.place(),
                        "the key " + Text.quote(key.text()) + where + " is given twice",
                        "remove one; the first is at " + first);
    }

    private String names() {
        return keys.stream().map(Key::name).collect(Collectors.joining(", "));
    }

    @Override
    public String label() {
        return "a mapping";
    }
}
