package io.lacquer.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a stored response, without its body: facts only. Lifetimes are computed from them and
 * the current configuration, so that an edited policy acts on what is already stored.
 *
 * @param owner what it is counted under
 * @param head status and end-to-end fields as the origin sent them
 * @param requestAuthorized whether the request carried {@code Authorization}
 * @param varied the fields that {@code Vary} nominates, lower case, with this variant's normalised values
 * @param tags for purging
 * @param initialAgeMillis the corrected initial age when it arrived (RFC 9111 §4.2.3)
 * @param arrivedNanos monotonic time at which it had that age
 * @param control the {@code Cache-Control} of {@code head}, parsed once
 * @param extents which bytes there are of a representation that is not whole; null for all
 */
public record StoredHead(
        Owner owner,
        ResponseHead head,
        boolean requestAuthorized,
        Map<String, String> varied,
        List<String> tags,
        long initialAgeMillis,
        long arrivedNanos,
        CacheControl control,
        @Nullable Extents extents) {

    private static final long CLOCK_ERROR_MILLIS = 100;

    /** A whole response. */
    public StoredHead(
            Owner owner,
            ResponseHead head,
            boolean requestAuthorized,
            Map<String, String> varied,
            List<String> tags,
            long initialAgeMillis,
            long arrivedNanos,
            CacheControl control) {
        this(owner, head, requestAuthorized, varied, tags, initialAgeMillis, arrivedNanos, control, null);
    }

    /** The names of the policy that stored it and of its namespace. */
    public record Owner(String policy, String namespace) {}

    /** Its age in milliseconds: one age in every tier, never below 0. */
    public long ageMillis(long nowNanos) {
        return Math.max(0, initialAgeMillis + Math.floorDiv(nowNanos - arrivedNanos, 1_000_000L));
    }

    /** Whether it was made later than another one, by more than two readings of a clock may differ. */
    public boolean isYoungerThan(StoredHead other) {
        long laterArrival = Math.floorDiv(arrivedNanos - other.arrivedNanos, 1_000_000L);
        return laterArrival - (initialAgeMillis - other.initialAgeMillis) > CLOCK_ERROR_MILLIS;
    }

    /** The bytes that the head takes as text, tags included. */
    public int bytes() {
        int sum = head.headers().bytes();
        for (String tag : tags) {
            sum += tag.length();
        }
        return sum;
    }
}
