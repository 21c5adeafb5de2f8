package io.lacquer.http;

import org.jspecify.annotations.Nullable;

/**
 * Which bytes of which whole a 206 carries (RFC 9110 §14.4).
 *
 * @param span the bytes
 * @param complete the length of the whole
 */
public record ContentRange(Span span, long complete) {
    private static final String UNIT = "bytes ";

    /** Reads a field; null where it is malformed, of another unit, or does not tell the length of the whole. */
    public static @Nullable ContentRange parse(@Nullable String value) {
        if (value == null || !value.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return null;
        }
        int slash = value.indexOf('/');
        if (slash < 0) {
            return null;
        }
        RangeSet range = RangeSet.parse("bytes=" + value.substring(UNIT.length(), slash));
        RangeSet total = RangeSet.parse("bytes=-" + value.substring(slash + 1));
        if (range == null
                || total == null
                || !(range.specs().getFirst() instanceof RangeSet.Spec.Bounded(long first, long last))
                || !(total.specs().getFirst() instanceof RangeSet.Spec.Suffix(long complete))
                || range.specs().size() != 1
                || total.specs().size() != 1
                || last >= complete) {
            return null;
        }
        return new ContentRange(new Span(first, last), complete);
    }

    @Override
    public String toString() {
        return UNIT + span.first() + "-" + span.last() + "/" + complete;
    }
}
