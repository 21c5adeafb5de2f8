package io.lacquer.config;

import org.jspecify.annotations.Nullable;

/** One value for all, or a mapping with one for each. */
record Either<T>(Scalar<T> one, Section<T> each) implements Shape<T> {
    @Override
    public @Nullable T read(Yaml node, String path, Context context) {
        if (node instanceof Yaml.Sequence) {
            refuse(node, path, "write " + label(), context);
            return null;
        }
        return node instanceof Yaml.Mapping ? each.read(node, path, context) : one.read(node, path, context);
    }

    @Override
    public String label() {
        return one.label() + " or " + each.label();
    }
}
