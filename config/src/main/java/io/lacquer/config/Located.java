package io.lacquer.config;

import org.jspecify.annotations.Nullable;

/** A value that is looked at again once others are known, and so keeps its place. */
record Located<T>(Shape<T> shape) implements Shape<Placed<T>> {
    @Override
    public @Nullable Placed<T> read(Yaml node, String path, Context context) {
        T value = shape.read(node, path, context);
        return value == null ? null : new Placed<>(value, node.place());
    }

    @Override
    public String label() {
        return shape.label();
    }
}
