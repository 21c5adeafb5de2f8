package io.lacquer.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a representation are stored (RFC 9111 §3.3); the body holds them one after the other.
 *
 * @param complete the length of the whole representation
 * @param spans in order, neither overlapping nor touching, at least one
 */
public record Extents(long complete, List<Span> spans) {
    /** More pieces than that are not kept together. */
    public static final int MOST_SPANS = 64;

    /** The one piece that a 206 brought. */
    public static Extents of(ContentRange range) {
        return new Extents(range.complete(), List.of(range.span()));
    }

    /** Whether nothing is missing. */
    public boolean isWhole() {
        return spans.size() == 1 && spans.getFirst().length() == complete;
    }

    /** The bytes that are there. */
    public long bytes() {
        return spans.stream().mapToLong(Span::length).sum();
    }

    /** Where in the body a span begins, or -1 where not all of it is there. */
    public long offsetOf(Span wanted) {
        long before = 0;
        for (Span span : spans) {
            if (span.holds(wanted)) {
                return before + wanted.first() - span.first();
            }
            before += span.length();
        }
        return -1;
    }

    /** The smallest span that holds all missing bytes, or null where none is missing. */
    public @Nullable Span missing() {
        Span head = spans.getFirst();
        Span tail = spans.getLast();
        long first = head.first() == 0 ? head.last() + 1 : 0;
        long last = tail.last() == complete - 1 ? tail.first() - 1 : complete - 1;
        return isWhole() ? null : new Span(first, last);
    }

    /** These and one more, joined where they overlap or touch. */
    public Extents with(Span added) {
        List<Span> joined = new ArrayList<>(spans.size() + 1);
        Span grown = added;
        for (Span span : spans) {
            if (span.last() + 1 < grown.first()) {
                joined.add(span);
            } else if (grown.last() + 1 < span.first()) {
                joined.add(grown);
                grown = span;
            } else {
                grown = new Span(Math.min(span.first(), grown.first()), Math.max(span.last(), grown.last()));
            }
        }
        joined.add(grown);
        return new Extents(complete, List.copyOf(joined));
    }
}
