package io.lacquer.config;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A single value, after substitution.
 *
 * @param label "a duration"
 * @param remedy what to write, for a value of another kind
 * @param schema its JSON Schema
 * @param parser from the filled text
 */
record Scalar<T>(String label, String remedy, Map<String, Object> schema, Parser<T> parser) implements Shape<T> {
    /** Makes a value of a text; fails with a {@link Malformed}. */
    @FunctionalInterface
    interface Parser<T> {
        /** {@code fromEnv} tells that the text was put together from variables. */
        T parse(String text, boolean fromEnv);
    }

    /** A scalar for which it is of no account where its text came from. */
    static <T> Scalar<T> of(String label, String remedy, Map<String, Object> schema, Function<String, T> parser) {
        return new Scalar<>(label, remedy, schema, (text, fromEnv) -> parser.apply(text));
    }

    /** The same shape of text, checked further and made into something else. */
    <U> Scalar<U> map(Function<T, U> next) {
        return new Scalar<>(label, remedy, schema, (text, fromEnv) -> next.apply(parser.parse(text, fromEnv)));
    }

    @Override
    public @Nullable T read(Yaml node, String path, Context context) {
        if (!(node instanceof Yaml.Scalar scalar) || scalar.isNull()) {
            refuse(node, path, remedy, context);
            return null;
        }
        try {
            String text = Substitution.fill(scalar.text(), context.env());
            return parser.parse(text, Substitution.isIn(scalar.text()));
        } catch (Malformed malformed) {
            context.complaints().error(node.place(), path + ": " + malformed.problem(), malformed.remedy());
            return null;
        }
    }
}
