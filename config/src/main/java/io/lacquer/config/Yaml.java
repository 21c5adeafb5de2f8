package io.lacquer.config;

import java.util.List;

/** A parsed YAML document, with places. Aliases are resolved: one node may stand in several parents. */
sealed interface Yaml {
    /** Where it starts. */
    Place place();

    /** How many nodes a walk over it meets, itself included. */
    long weight();

    /** What an operator would call it. */
    String kind();

    /** A scalar: its text, and whether it is plain, without quotes or block marks. */
    record Scalar(Place place, String text, boolean plain) implements Yaml {
        @Override
        public long weight() {
            return 1;
        }

        @Override
        public String kind() {
            return "a single value";
        }

        /** Whether nothing was written, or {@code null}. */
        boolean isNull() {
            return plain
                    && (text.isEmpty() || text.equals("~") || Text.lower(text).equals("null"));
        }
    }

    /** A list. */
    record Sequence(Place place, List<Yaml> items, long weight) implements Yaml {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A mapping; keys may stand in it twice. */
    record Mapping(Place place, List<Entry> entries, long weight) implements Yaml {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** A key and its value. */
    record Entry(Scalar key, Yaml value) {}
}
