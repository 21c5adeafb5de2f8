package io.lacquer.exchange;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A member of {@code Cache-Status} (RFC 9211 §2).
 *
 * @param hit whether nothing was forwarded
 * @param forward why it was, or null
 * @param originStatus 0 where the origin did not answer
 * @param ttl seconds, or null
 * @param detail one word, or null
 */
record CacheStatus(
        boolean hit,
        Outcome.@Nullable Forward forward,
        int originStatus,
        boolean stored,
        boolean collapsed,
        @Nullable Long ttl,
        @Nullable String detail) {

    private record Known(CacheStatus of, String text) {}

    /** The texts of those that came last, since most misses say the same; of each place the last. */
    private static final @Nullable Known[] RECENT = new Known[64];

    /** The text of it. */
    String text() {
        if (hit) {
            return compose(); // as many as there are seconds
        }
        int place = (31 * Objects.hashCode(ttl) + originStatus) & (RECENT.length - 1);
        Known known = RECENT[place]; // a race costs a text at most: all of it is final
        if (known == null || !known.of.equals(this)) {
            known = new Known(this, compose());
            RECENT[place] = known;
        }
        return known.text;
    }

    private String compose() {
        StringBuilder text = new StringBuilder(96).append("lacquer");
        if (hit) {
            text.append("; hit");
        } else if (forward != null) {
            text.append("; fwd=").append(forward.word());
            if (originStatus > 0) {
                text.append("; fwd-status=").append(originStatus);
            }
            if (stored) {
                text.append("; stored");
            }
            if (collapsed) {
                text.append("; collapsed");
            }
        }
        if (ttl != null) {
            text.append("; ttl=").append(ttl);
        }
        if (detail != null) {
            text.append("; detail=").append(detail);
        }
        return text.toString();
    }
}
