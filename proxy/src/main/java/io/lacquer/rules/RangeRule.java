package io.lacquer.rules;

import io.lacquer.http.EntityTag;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.RangeSet;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which bytes of a representation answer a request, and which may be put together (RFC 9110 §13.1.5, §14; RFC 9111 §3.3, §3.4). */
public final class RangeRule {
    /** More ranges than that are an attack or a mistake; the whole is cheaper (RFC 9110 §14.2, §17.15). */
    private static final int MOST_RANGES = 16;

    /** A date is a strong validator if the response is at least so much younger (RFC 9110 §8.8.2.2). */
    private static final long STRONG_AFTER_MILLIS = 1000;

    private RangeRule() {}

    /** What to send. */
    public sealed interface Verdict {
        /** All of it. */
        record Whole() implements Verdict {}

        /** These bytes, in this order, as a 206. */
        record Parts(List<Span> spans) implements Verdict {}

        /** None of the ranges has a byte: 416. */
        record Unsatisfiable() implements Verdict {}
    }

    private static final Verdict WHOLE = new Verdict.Whole();
    private static final Verdict UNSATISFIABLE = new Verdict.Unsatisfiable();

    /** Whether a request asks for bytes: only GET may (RFC 9110 §14.2). */
    public static @Nullable RangeSet asked(RequestHead request) {
        return request.method().equals("GET") ? RangeSet.of(request.headers()) : null;
    }

    /**
     * Judges what of a representation a request gets.
     *
     * @param complete its length
     */
    public static Verdict judge(RequestHead request, ResponseHead head, long complete) {
        RangeSet asked = asked(request);
        if (asked == null || head.status() != 200 || !ifRangeHolds(request.headers(), head)) {
            return WHOLE;
        }
        List<Span> spans = asked.within(complete);
        if (spans.isEmpty()) {
            return UNSATISFIABLE;
        }
        List<Span> parts = asked.specs().size() > MOST_RANGES ? List.of() : withoutOverlap(spans);
        long sum = parts.stream().mapToLong(Span::length).sum();
        boolean worthwhile = !parts.isEmpty() && (parts.size() == 1 || sum < complete);
        return worthwhile ? new Verdict.Parts(parts) : WHOLE;
    }

    /** As asked for where no two overlap, else joined and in order: nobody is sent a byte twice. */
    private static List<Span> withoutOverlap(List<Span> spans) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingLong(Span::first));
        List<Span> joined = new ArrayList<>(sorted.size());
        for (Span span : sorted) {
            Span before = joined.isEmpty() ? null : joined.getLast();
            if (before != null && span.first() <= before.last()) {
                joined.set(joined.size() - 1, new Span(before.first(), Math.max(before.last(), span.last())));
            } else {
                joined.add(span);
            }
        }
        return joined.size() == spans.size() ? List.copyOf(spans) : List.copyOf(joined);
    }

    /** {@code If-Range}: absent, or the very representation that the client has part of (RFC 9110 §13.1.5). */
    public static boolean ifRangeHolds(Headers request, ResponseHead head) {
        List<String> conditions = request.all("If-Range");
        if (conditions.isEmpty()) {
            return true;
        }
        String condition = conditions.getFirst();
        if (conditions.size() > 1) {
            return false;
        }
        if (condition.startsWith("\"") || condition.startsWith("W/")) {
            return EntityTag.strongEquals(condition, head.headers().get("ETag"));
        }
        return condition.equals(strongDate(head)); // exactly: no earlier one, no other spelling
    }

    /** The {@code Last-Modified} of a response, if it is a strong validator. */
    private static @Nullable String strongDate(ResponseHead head) {
        String changed = head.headers().get("Last-Modified");
        long modified = HttpDate.parse(changed);
        long date = HttpDate.parse(head.headers().get("Date"));
        boolean strong =
                modified != HttpDate.INVALID && date != HttpDate.INVALID && date - modified >= STRONG_AFTER_MILLIS;
        return strong ? changed : null;
    }

    /** The strong validator of a response for {@code If-Range}, or null. */
    public static @Nullable String strongValidator(ResponseHead head) {
        String tag = head.headers().get("ETag");
        if (tag != null) {
            return EntityTag.isStrong(tag) ? tag : null;
        }
        return strongDate(head);
    }

    /** Whether what is stored and what has come are of one representation, byte for byte (RFC 9111 §3.4). */
    public static boolean mayCombine(ResponseHead stored, ResponseHead fresh) {
        String validator = strongValidator(stored);
        String coding = stored.headers().joined("Content-Encoding"); // bytes of two codings are no one's whole
        return validator != null
                && validator.equals(strongValidator(fresh))
                && Objects.equals(coding, fresh.headers().joined("Content-Encoding"));
    }

    /** Whether what is stored of a representation has every byte that the request gets of it. */
    public static boolean covers(StoredHead stored, RequestHead request) {
        Extents extents = stored.extents();
        if (extents == null) {
            return true;
        }
        return switch (judge(request, stored.head(), extents.complete())) {
            case Verdict.Whole() -> false;
            case Verdict.Unsatisfiable() -> true;
            case Verdict.Parts(List<Span> spans) -> spans.stream().allMatch(span -> extents.offsetOf(span) >= 0);
        };
    }
}
