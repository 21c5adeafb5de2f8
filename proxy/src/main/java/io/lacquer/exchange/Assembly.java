package io.lacquer.exchange;

import io.lacquer.http.ContentRange;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.store.Body;
import io.lacquer.store.Ledger;
import io.lacquer.store.StoredResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole made of a stored part and the range that was missing (RFC 9111 §3.4): as it streams, what is stored goes
 * before and after what comes.
 *
 * @param part what is stored of it
 * @param head of the whole
 * @param complete its length
 */
record Assembly(StoredResponse part, ResponseHead head, long complete, List<byte[]> before, List<byte[]> after) {
    /** Whether a 206 is the range that a stored part lacks, no more and no less, of the same representation. */
    static boolean fits(Plan plan, ResponseHead head, long length) {
        Plan.Part part = plan.part();
        StoredResponse stored = part == null ? null : part.completes();
        Extents extents = stored == null ? null : stored.head().extents();
        ContentRange range = ContentRange.parse(head.headers().joined("Content-Range"));
        return stored != null
                && extents != null
                && range != null
                && head.status() == 206
                && range.span().equals(extents.missing())
                && range.span().length() == length // what only says so at its end would be found out too late
                && range.complete() == extents.complete()
                && RangeRule.mayCombine(stored.head().head(), head);
    }

    /** The whole, if an answer completes a stored part. */
    static @Nullable Assembly of(Plan plan, ResponseHead head, long length) {
        Plan.Part part = plan.part();
        StoredResponse stored = part == null ? null : part.completes();
        Extents extents = stored == null ? null : stored.head().extents();
        Span missing = extents == null ? null : extents.missing();
        if (stored == null || extents == null || missing == null || !fits(plan, head, length)) {
            return null;
        }
        long tail = extents.complete() - 1 - missing.last();
        return new Assembly(
                stored,
                merged(stored.head().head(), head),
                extents.complete(),
                stored.body().slice(0, missing.first()),
                stored.body().slice(stored.body().length() - tail, tail));
    }

    /** The facts of the whole: what is known of the part holds for it too. */
    StoredHead united(StoredHead facts) {
        return united(part.head(), facts, facts.head(), null);
    }

    private static StoredHead united(
            StoredHead former, StoredHead fresh, ResponseHead head, @Nullable Extents extents) {
        List<String> tags = new ArrayList<>(fresh.tags());
        former.tags().stream().filter(tag -> !tags.contains(tag)).forEach(tags::add);
        return new StoredHead(
                fresh.owner(),
                head,
                fresh.requestAuthorized() || former.requestAuthorized(),
                fresh.varied(),
                List.copyOf(tags),
                fresh.initialAgeMillis(),
                fresh.arrivedNanos(),
                extents);
    }

    private static ResponseHead merged(ResponseHead stored, ResponseHead fresh) {
        Headers.Builder fields = fresh.headers().edit();
        return ValidationRule.merge(
                stored, fields.remove("Content-Range").remove("Content-Length").build());
    }

    /**
     * What was stored and what has come as one, where their strong validators are the same; else what has come.
     *
     * @param most bytes that may be kept together
     */
    static StoredResponse combined(@Nullable StoredResponse former, StoredResponse fresh, long most, Ledger ledger) {
        StoredHead head = fresh.head();
        Extents come = head.extents();
        if (former == null
                || come == null
                || !RangeRule.mayCombine(former.head().head(), head.head())) {
            return fresh;
        }
        Extents stored = former.head().extents();
        long complete = stored == null ? former.body().length() : stored.complete();
        if (complete != come.complete()) {
            return fresh;
        }
        ResponseHead merged = merged(former.head().head(), head.head());
        Span added = come.spans().getFirst();
        Extents union = stored == null ? null : stored.with(added);
        if (union != null && (union.spans().size() > Extents.MOST_SPANS || union.bytes() > most)) {
            return fresh;
        }
        Body body =
                stored == null || union == null ? former.body().share() : joined(former, fresh, stored, union, ledger);
        if (body == null || !body.isKept()) {
            return fresh;
        }
        fresh.body().release();
        boolean whole = union == null || union.isWhole();
        StoredHead renewed = united(former.head(), head, merged, whole ? null : union);
        return new StoredResponse(
                fresh.key(), fresh.slotKey(), renewed, body, former.fence().older(fresh.fence()));
    }

    /** The bytes of the union: of what is in both, those that have just come. */
    private static Body joined(
            StoredResponse former, StoredResponse fresh, Extents stored, Extents union, Ledger ledger) {
        Span added = present(fresh.head().extents()).spans().getFirst();
        List<byte[]> segments = new ArrayList<>();
        for (Span span : union.spans()) {
            for (Span old : stored.spans()) {
                if (span.holds(old)) {
                    append(segments, former, stored, old.first(), Math.min(old.last(), added.first() - 1));
                }
            }
            if (span.holds(added)) {
                segments.addAll(fresh.body().slice(0, fresh.body().length()));
            }
            for (Span old : stored.spans()) {
                if (span.holds(old)) {
                    append(segments, former, stored, Math.max(old.first(), added.last() + 1), old.last());
                }
            }
        }
        return Body.of(segments, union.bytes(), ledger);
    }

    private static void append(List<byte[]> segments, StoredResponse from, Extents extents, long first, long last) {
        if (first <= last) {
            segments.addAll(from.body().slice(extents.offsetOf(new Span(first, last)), last - first + 1));
        }
    }

    private static Extents present(@Nullable Extents extents) {
        if (extents == null) {
            throw new IllegalStateException("a part without extents");
        }
        return extents;
    }
}
