package io.lacquer.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The values of one mapping while it is being read. */
final class Fields {
    private final Place place;
    private final String path;
    private final Context context;
    private final Map<String, Object> values = new HashMap<>();
    private final Map<String, Yaml> nodes = new HashMap<>();
    private final Set<String> bad = new HashSet<>();

    Fields(Place place, String path, Context context) {
        this.place = place;
        this.path = path;
        this.context = context;
    }

    /** What L1 may be given at most, bytes. */
    long memory() {
        return context.memory();
    }

    /** Reads the value of a key. An empty text, as an unset variable leaves it, counts as not given. */
    void read(Key<?> key, Yaml.Entry entry) {
        Yaml node = entry.value();
        if (!key.required() && isEmptyText(node)) {
            return;
        }
        nodes.put(key.name(), node);
        int before = context.complaints().errors();
        Object value = key.shape().read(node, pathOf(key), context);
        if (value != null) {
            values.put(key.name(), value);
        }
        if (context.complaints().errors() > before) {
            bad.add(key.name());
        }
    }

    /** Whether every required key has a value; complains of those that were not given. */
    boolean isComplete(List<Key<?>> keys) {
        boolean complete = true;
        for (Key<?> key : keys) {
            if (key.required() && !nodes.containsKey(key.name())) {
                context.complaints()
                        .error(place, pathOf(key) + " is missing", "add " + key.name() + ": " + key.example());
            }
            complete &= !key.required() || values.containsKey(key.name());
        }
        return complete;
    }

    /** The value of a key that is required or has a default. */
    <T> T get(Key<T> key) {
        T value = find(key);
        if (value == null && key.fallback() != null) {
            value = key.shape().read(key.fallback(), pathOf(key), Context.ofDefaults());
        }
        if (value == null) {
            throw new IllegalStateException(pathOf(key) + " has neither value nor default");
        }
        return value;
    }

    /** The value of a key, or null where none was given. */
    @SuppressWarnings("unchecked") // values are put by read(), from the key's own shape
    <T> @Nullable T find(Key<T> key) {
        return (T) values.get(key.name());
    }

    /** Whether a key was given, well-formed or not. */
    boolean has(Key<?> key) {
        return nodes.containsKey(key.name());
    }

    /** Whether a key was given without variables in its value. */
    boolean hasLiteral(Key<?> key) {
        Yaml node = nodes.get(key.name());
        return node != null && !(node instanceof Yaml.Scalar scalar && Substitution.isIn(scalar.text()));
    }

    /** Whether a key was given and something is wrong with its value. */
    boolean isBad(Key<?> key) {
        return bad.contains(key.name());
    }

    /** Where a key's value stands, or the mapping if it was not given. */
    Place at(Key<?> key) {
        Yaml node = nodes.get(key.name());
        return node == null ? place : node.place();
    }

    /** Where the mapping stands. */
    Place place() {
        return place;
    }

    /** Complains of a well-formed value; of one that was malformed enough has been said. */
    void error(Key<?> key, String problem, String remedy) {
        if (!isBad(key)) {
            context.complaints().error(at(key), pathOf(key) + " " + problem, remedy);
        }
    }

    /** As {@link #error}, but the file can be used. */
    void warn(Key<?> key, String problem, String remedy) {
        if (!isBad(key)) {
            context.complaints().warn(at(key), pathOf(key) + " " + problem, remedy);
        }
    }

    /** The collector, for complaints of parts that keep their own place. */
    Complaints complaints() {
        return context.complaints();
    }

    /** A key's name with those above it. */
    String pathOf(Key<?> key) {
        return path.isEmpty() ? key.name() : path + "." + key.name();
    }

    private boolean isEmptyText(Yaml node) {
        if (!(node instanceof Yaml.Scalar scalar) || scalar.isNull()) {
            return false;
        }
        try {
            return Substitution.fill(scalar.text(), context.env()).isBlank();
        } catch (Malformed saidWhenRead) {
            return false;
        }
    }
}
