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
        int dash = value.indexOf('-');
        int slash = value.indexOf('/');
        if (dash < 0 || slash < dash) {
            return null;
        }
        long first = RangeSet.number(value.substring(UNIT.length(), dash));
        long last = RangeSet.number(value.substring(dash + 1, slash));
        long complete = RangeSet.number(value.substring(slash + 1));
        if (first < 0 || last < first || complete <= last || complete == Long.MAX_VALUE) {
            return null;
        }
        return new ContentRange(new Span(first, last), complete);
    }

    @Override
    public String toString() {
        return UNIT + span.first() + "-" + span.last() + "/" + complete;
    }
}
