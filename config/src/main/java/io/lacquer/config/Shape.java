package io.lacquer.config;

import org.jspecify.annotations.Nullable;

/**
 * What a value of the file looks like, and how it is read into a {@code T}. The same objects describe the
 * file to readers: {@link ConfigKeys} makes the JSON Schema and the reference table from them.
 */
sealed interface Shape<T> permits Scalar, ListOf, Dict, Section, Either, Located {
    /**
     * Reads a node that stands under {@code path}. All that is wrong with it goes to the complaints; null if
     * nothing can be made of it, or a part of it where the rest is worth checking too.
     */
    @Nullable
    T read(Yaml node, String path, Context context);

    /** What an operator would call it: "a duration". */
    String label();

    /** Complains that a node is of another kind. */
    default void refuse(Yaml node, String path, String remedy, Context context) {
        if (node instanceof Yaml.Scalar scalar && scalar.isNull()) {
            context.complaints().error(node.place(), path + " has no value", "give it one, or remove the key");
        } else {
            context.complaints().error(node.place(), path + " is " + node.kind() + ", not " + label(), remedy);
        }
    }
}
