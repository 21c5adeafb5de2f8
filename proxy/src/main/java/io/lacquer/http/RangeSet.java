package io.lacquer.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code Range} of bytes asks for (RFC 9110 §14.1.2, §14.2), before the length of the representation is known.
 *
 * @param specs in the order of the field, at least one
 */
public record RangeSet(List<Spec> specs) {
    private static final String UNIT = "bytes=";
    private static final int MAX_DIGITS = 18;

    /** One range. */
    public sealed interface Spec {
        /** From one byte to another; {@link Long#MAX_VALUE} is the end. */
        record Bounded(long first, long last) implements Spec {}

        /** So many bytes at the end. */
        record Suffix(long length) implements Spec {}
    }

    /** The ranges of a request, or null where it has none, has two fields, another unit, or is malformed. */
    public static @Nullable RangeSet of(Headers request) {
        List<String> lines = request.all("Range");
        return lines.size() == 1 ? parse(lines.getFirst()) : null;
    }

    /** Reads one field value; null where it is malformed or of another unit. */
    public static @Nullable RangeSet parse(String value) {
        if (!value.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return null;
        }
        List<Spec> specs = new ArrayList<>();
        for (String member : Lists.split(value.substring(UNIT.length()))) {
            Spec spec = spec(member);
            if (spec == null) {
                return null;
            }
            specs.add(spec);
        }
        return specs.isEmpty() ? null : new RangeSet(List.copyOf(specs));
    }

    private static @Nullable Spec spec(String member) {
        int dash = member.indexOf('-');
        if (dash < 0 || dash != member.lastIndexOf('-')) {
            return null;
        }
        long first = number(member.substring(0, dash));
        long last = number(member.substring(dash + 1));
        boolean open = dash == member.length() - 1;
        if (dash == 0) {
            return last < 0 ? null : new Spec.Suffix(last);
        }
        if (first < 0 || (!open && last < first)) {
            return null;
        }
        return new Spec.Bounded(first, open ? Long.MAX_VALUE : last);
    }

    /** Digits as a number, {@link Long#MAX_VALUE} for what is beyond all lengths (RFC 9110 §14.1.1); -1 for what is none. */
    static long number(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return -1;
            }
        }
        if (digits.isEmpty()) {
            return -1;
        }
        return digits.length() <= MAX_DIGITS ? Long.parseLong(digits) : Long.MAX_VALUE;
    }

    /** The bytes that there are of each range, in the order of the field; those that lie beyond the end are left out. */
    public List<Span> within(long complete) {
        List<Span> spans = new ArrayList<>(specs.size());
        for (Spec spec : specs) {
            switch (spec) {
                case Spec.Bounded(long first, long last) -> {
                    if (first < complete) {
                        spans.add(new Span(first, Math.min(last, complete - 1)));
                    }
                }
                case Spec.Suffix(long length) -> {
                    if (length > 0 && complete > 0) {
                        spans.add(new Span(Math.max(0, complete - length), complete - 1));
                    }
                }
            }
        }
        return spans;
    }
}
