package io.lacquer.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list.
 *
 * @param item the shape of each
 * @param orOne whether one item may stand without brackets
 * @param most how many there may be
 */
record ListOf<T>(Shape<T> item, boolean orOne, int most) implements Shape<List<T>> {
    private static final int MOST = 1000;

    /** A list in brackets or with dashes. */
    static <T> ListOf<T> of(Shape<T> item) {
        return new ListOf<>(item, false, MOST);
    }

    /** A list, or one item. */
    static <T> ListOf<T> orOne(Shape<T> item) {
        return new ListOf<>(item, true, MOST);
    }

    @Override
    public @Nullable List<T> read(Yaml node, String path, Context context) {
        List<T> items = new ArrayList<>();
        if (node instanceof Yaml.Sequence sequence) {
            if (sequence.items().size() > most) {
                context.complaints().error(node.place(), path + " has more than " + most + " items", "remove some");
                return null;
            }
            for (int i = 0; i < sequence.items().size(); i++) {
                T one = item.read(sequence.items().get(i), path + "[" + i + "]", context);
                if (one != null) {
                    items.add(one);
                }
            }
            return List.copyOf(items);
        }
        if (!orOne || (node instanceof Yaml.Scalar scalar && scalar.isNull())) {
            refuse(node, path, "write [ ] around the items, or a line with - for each", context);
            return null;
        }
        T one = item.read(node, path, context);
        return one == null ? List.of() : List.of(one);
    }

    @Override
    public String label() {
        return "a list";
    }
}
