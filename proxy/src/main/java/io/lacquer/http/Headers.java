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
    public static final Headers EMPTY = new Headers(new String[0], 0, 0);

    private final String[] pairs; // there may be room behind them
    private final int length;
    private long marks; // at least those of the names, once they are asked for; 0 before

    private Headers(String[] pairs, int length, long marks) {
        this.pairs = pairs;
        this.length = length;
        this.marks = marks;
    }

    /**
     * One of 64 bits, the same for names that are equal: a head is asked for many fields that it does not have, and most
     * of those can be told from the bits of all its names.
     */
    static long mark(String name) {
        int length = name.length();
        return length == 0 ? 1 : 1L << (length + 5 * (name.charAt(length - 1) | 0x20));
    }

    private static long marks(String[] pairs, int length) {
        long marks = 0;
        for (int i = 0; i < length; i += 2) {
            marks |= mark(pairs[i]);
        }
        return marks;
    }

    private long marks() {
        long known = marks;
        if (known == 0) {
            known = marks(pairs, length);
            marks = known;
        }
        return known;
    }

    /** Where the first line of a field is, or -1. */
    private int first(String name) {
        return (marks() & mark(name)) == 0 ? -1 : find(pairs, 0, length, name);
    }

    /** Fields from name, value, name, value …; the array is copied. */
    public static Headers of(String... pairs) {
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException("names and values: " + pairs.length + " (expected: an even number)");
        }
        return pairs.length == 0 ? EMPTY : new Headers(pairs.clone(), pairs.length, 0);
    }

    /** Fields of an array that nobody else has. */
    static Headers own(String[] pairs) {
        return pairs.length == 0 ? EMPTY : new Headers(pairs, pairs.length, 0);
    }

    /** The number of field lines. */
    public int size() {
        return length / 2;
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
        int at = first(name);
        return at < 0 ? null : pairs[at + 1];
    }

    /** Whether there is at least one such field line. */
    public boolean has(String name) {
        return get(name) != null;
    }

    /** The number of lines of a field. */
    public int count(String name) {
        int count = 0;
        for (int at = first(name); at >= 0; at = find(pairs, at + 2, length, name)) {
            count++;
        }
        return count;
    }

    /** Every value of a field, in order. */
    public List<String> all(String name) {
        int first = first(name);
        if (first < 0) {
            return List.of();
        }
        int next = find(pairs, first + 2, length, name);
        if (next < 0) {
            return List.of(pairs[first + 1]);
        }
        List<String> found = new ArrayList<>();
        found.add(pairs[first + 1]);
        for (int at = next; at >= 0; at = find(pairs, at + 2, length, name)) {
            found.add(pairs[at + 1]);
        }
        return found;
    }

    /** Where the next line of a field is, or -1. */
    private static int find(String[] pairs, int from, int to, String name) {
        for (int i = from; i < to; i += 2) {
            if (pairs[i].equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    /** All lines of a field joined with {@code ", "} (RFC 9110 §5.3), or null where there is none. */
    public @Nullable String joined(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? null : values.size() == 1 ? values.getFirst() : String.join(", ", values);
    }

    /** Whether a field that is a list of tokens holds one, without case. */
    public boolean hasToken(String name, String token) {
        for (int at = first(name); at >= 0; at = find(pairs, at + 2, length, name)) {
            for (String part : Lists.split(pairs[at + 1])) {
                if (part.equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The members of a comma-separated field, lower case, in order, without empty ones. */
    public List<String> tokens(String name) {
        List<String> values = all(name);
        if (values.isEmpty()) {
            return List.of();
        }
        List<String> tokens = new ArrayList<>();
        for (String value : values) {
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
        for (int i = 0; i < length; i++) {
            sum += pairs[i].length() + 2;
        }
        return sum;
    }

    /** A builder that starts with these fields. */
    public Builder edit() {
        return new Builder(this);
    }

    /** An empty builder. */
    public static Builder builder() {
        return new Builder(EMPTY);
    }

    /** An empty builder with room for so many fields. */
    public static Builder builder(int room) {
        Builder builder = new Builder(EMPTY);
        builder.pairs = new String[2 * room];
        builder.unchanged = null;
        return builder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers that && Arrays.equals(pairs, 0, length, that.pairs, 0, that.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + pairs[i].hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i += 2) {
            text.append(pairs[i]).append(": ").append(pairs[i + 1]).append('\n');
        }
        return text.toString();
    }

    /** Collects fields; not thread-safe. */
    public static final class Builder {
        private static final int ROOM = 16; // for eight fields more

        /** What it was made from, while it is still the same: nothing is copied before something changes. */
        private @Nullable Headers unchanged;

        private String[] pairs;
        private int length;
        private long marks; // of all names that were ever there

        private Builder(Headers start) {
            unchanged = start;
            pairs = start.pairs;
            length = start.length;
            marks = start.marks();
        }

        private void change(int added) {
            if (unchanged != null || length + added > pairs.length) {
                pairs = Arrays.copyOf(pairs, length + added + Math.max(ROOM, length / 2));
                unchanged = null;
            }
        }

        /** Appends a field line. */
        public Builder add(String name, String value) {
            change(2);
            marks |= mark(name);
            pairs[length++] = name;
            pairs[length++] = value;
            return this;
        }

        /** Appends field lines. */
        public Builder addAll(Headers more) {
            change(more.length);
            marks |= more.marks();
            System.arraycopy(more.pairs, 0, pairs, length, more.length);
            length += more.length;
            return this;
        }

        /** Appends the field lines whose names are not unwanted. */
        public Builder addUnless(Headers more, Predicate<String> unwanted) {
            change(more.length);
            for (int i = 0; i < more.length; i += 2) {
                if (!unwanted.test(more.pairs[i])) {
                    add(more.pairs[i], more.pairs[i + 1]);
                }
            }
            return this;
        }

        /** Whether there is at least one such field line. */
        public boolean has(String name) {
            return (marks & mark(name)) != 0 && find(pairs, 0, length, name) >= 0;
        }

        /** Replaces every line of a field by one. */
        public Builder set(String name, String value) {
            return remove(name).add(name, value);
        }

        /** Removes every line of a field. */
        public Builder remove(String name) {
            return has(name) ? removeIf(name::equalsIgnoreCase) : this;
        }

        /** Removes every line whose name is unwanted. */
        public Builder removeIf(Predicate<String> unwanted) {
            int to = 0;
            while (to < length && !unwanted.test(pairs[to])) {
                to += 2;
            }
            if (to == length) {
                return this;
            }
            change(0);
            for (int i = to + 2; i < length; i += 2) {
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
            if ((marks & mark(name)) == 0) {
                return add(name, member);
            }
            change(0);
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
            Headers built = unchanged;
            if (built == null) {
                built = length == 0 ? EMPTY : new Headers(pairs, length, marks);
                unchanged = built;
            }
            return built;
        }
    }
}
