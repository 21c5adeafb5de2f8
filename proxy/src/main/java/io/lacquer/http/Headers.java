package io.lacquer.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Header or trailer fields in the order they came: immutable, names as written and compared without case
 * (RFC 9110 §5.1). Values carry one char an octet (ISO 8859-1), without surrounding white space.
 */
public final class Headers {
    /** No fields. */
    public static final Headers EMPTY = new Headers(new String[0]);

    private final String[] pairs;

    private Headers(String[] pairs) {
        this.pairs = pairs;
    }

    /** Fields from name, value, name, value …; the array is copied. */
    public static Headers of(String... pairs) {
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException("names and values: " + pairs.length + " (expected: an even number)");
        }
        return pairs.length == 0 ? EMPTY : new Headers(pairs.clone());
    }

    /** The number of field lines. */
    public int size() {
        return pairs.length / 2;
    }

    /** The name of field line {@code i}, as written. */
    public String name(int i) {
        return pairs[2 * i];
    }

    /** The value of field line {@code i}. */
    public String value(int i) {
        return pairs[2 * i + 1];
    }

    /** The first value of a field, or null. */
    public @Nullable String get(String name) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equalsIgnoreCase(name)) {
                return pairs[i + 1];
            }
        }
        return null;
    }

    /** Whether there is at least one such field line. */
    public boolean has(String name) {
        return get(name) != null;
    }

    /** Every value of a field, in order. */
    public List<String> all(String name) {
        List<String> found = List.of();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equalsIgnoreCase(name)) {
                if (found.isEmpty()) {
                    found = new ArrayList<>(2);
                }
                found.add(pairs[i + 1]);
            }
        }
        return found;
    }

    /** All lines of a field joined with {@code ", "} (RFC 9110 §5.3), or null where there is none. */
    public @Nullable String joined(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? null : values.size() == 1 ? values.getFirst() : String.join(", ", values);
    }

    /** Whether a field that is a list of tokens holds one, without case. */
    public boolean hasToken(String name, String token) {
        for (String value : all(name)) {
            for (String part : Lists.split(value)) {
                if (part.equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The members of a comma-separated field, lower case, in order, without empty ones. */
    public List<String> tokens(String name) {
        List<String> tokens = new ArrayList<>();
        for (String value : all(name)) {
            for (String part : Lists.split(value)) {
                tokens.add(part.toLowerCase(Locale.ROOT));
            }
        }
        return tokens;
    }

    /** The member of a field that has one member only, lower case, or null. */
    public @Nullable String onlyToken(String name) {
        List<String> tokens = has(name) ? tokens(name) : List.of();
        return tokens.size() == 1 ? tokens.getFirst() : null;
    }

    /** The bytes that these fields take as text. */
    public int bytes() {
        int sum = 0;
        for (String part : pairs) {
            sum += part.length() + 2;
        }
        return sum;
    }

    /** A builder that starts with these fields. */
    public Builder edit() {
        return new Builder(pairs);
    }

    /** An empty builder. */
    public static Builder builder() {
        return new Builder(EMPTY.pairs);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers that && Arrays.equals(pairs, that.pairs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pairs);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pairs.length; i += 2) {
            text.append(pairs[i]).append(": ").append(pairs[i + 1]).append('\n');
        }
        return text.toString();
    }

    /** Collects fields; not thread-safe. */
    public static final class Builder {
        private String[] pairs;
        private int length;

        private Builder(String[] start) {
            pairs = Arrays.copyOf(start, Math.max(32, start.length + 16));
            length = start.length;
        }

        /** Appends a field line. */
        public Builder add(String name, String value) {
            if (length + 2 > pairs.length) {
                pairs = Arrays.copyOf(pairs, pairs.length * 2);
            }
            pairs[length++] = name;
            pairs[length++] = value;
            return this;
        }

        /** Replaces every line of a field by one. */
        public Builder set(String name, String value) {
            return remove(name).add(name, value);
        }

        /** Removes every line of a field. */
        public Builder remove(String name) {
            return removeIf(name::equalsIgnoreCase);
        }

        /** Removes every line whose name is unwanted. */
        public Builder removeIf(Predicate<String> unwanted) {
            int to = 0;
            for (int i = 0; i < length; i += 2) {
                if (!unwanted.test(pairs[i])) {
                    pairs[to] = pairs[i];
                    pairs[to + 1] = pairs[i + 1];
                    to += 2;
                }
            }
            length = to;
            return this;
        }

        /** Appends a member to a list field: to its last line, or as a new one. */
        public Builder append(String name, String member) {
            for (int i = length - 2; i >= 0; i -= 2) {
                if (pairs[i].equalsIgnoreCase(name)) {
                    pairs[i + 1] = pairs[i + 1].isEmpty() ? member : pairs[i + 1] + ", " + member;
                    return this;
                }
            }
            return add(name, member);
        }

        /** What has been collected. */
        public Headers build() {
            return length == 0 ? EMPTY : new Headers(Arrays.copyOf(pairs, length));
        }
    }
}
