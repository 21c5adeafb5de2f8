package io.lacquer.http;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a stored response, without its body: facts only. Lifetimes are computed from them and the current
 * configuration, so that an edited policy acts on what is already stored. Immutable, and packed: there may be millions.
 */
public final class StoredHead {
    private static final long CLOCK_ERROR_MILLIS = 100;

    /** The names of the policy that stored it and of its namespace. */
    public record Owner(String policy, String namespace) {}

    private final Owner owner;
    private final short status;
    private final boolean requestAuthorized;
    private final String reason;
    private final byte[] lines;
    private final Map<String, String> varied;
    private final List<String> tags;
    private final long initialAgeMillis;
    private final long arrivedNanos;
    private final @Nullable Extents extents;

    /**
     * The facts of a response.
     *
     * @param owner what it is counted under
     * @param head status and end-to-end fields as the origin sent them
     * @param requestAuthorized whether the request carried {@code Authorization}
     * @param varied the fields that {@code Vary} nominates, lower case, with this variant's normalised values
     * @param tags for purging
     * @param initialAgeMillis the corrected initial age when it arrived (RFC 9111 §4.2.3)
     * @param arrivedNanos monotonic time at which it had that age
     * @param extents which bytes there are of a representation that is not whole; null for all
     * @throws IllegalArgumentException where the head can't be one: a status beyond 999, a line break in a field
     */
    public StoredHead(
            Owner owner,
            ResponseHead head,
            boolean requestAuthorized,
            Map<String, String> varied,
            List<String> tags,
            long initialAgeMillis,
            long arrivedNanos,
            @Nullable Extents extents) {
        if (head.status() < 100 || head.status() > 999) {
            throw new IllegalArgumentException("status " + head.status() + " (expected: 100 to 999)");
        }
        this.owner = Owners.shared(owner);
        this.status = (short) head.status();
        String usual = Status.reason(head.status());
        this.reason = usual.equals(head.reason()) ? usual : head.reason();
        this.lines = FieldLines.of(head.headers());
        this.requestAuthorized = requestAuthorized;
        this.varied = varied;
        this.tags = tags;
        this.initialAgeMillis = initialAgeMillis;
        this.arrivedNanos = arrivedNanos;
        this.extents = extents;
        Unpacked.note(lines, head); // it is about to be asked for
    }

    /** The facts of a whole response. */
    public StoredHead(
            Owner owner,
            ResponseHead head,
            boolean requestAuthorized,
            Map<String, String> varied,
            List<String> tags,
            long initialAgeMillis,
            long arrivedNanos) {
        this(owner, head, requestAuthorized, varied, tags, initialAgeMillis, arrivedNanos, null);
    }

    /** What it is counted under. */
    public Owner owner() {
        return owner;
    }

    /** The status. */
    public int status() {
        return status;
    }

    /** Status and end-to-end fields as the origin sent them: unpacked, so mind how often. */
    public ResponseHead head() {
        return Unpacked.of(this).head;
    }

    /** Whether the request carried {@code Authorization}. */
    public boolean requestAuthorized() {
        return requestAuthorized;
    }

    /** The fields that {@code Vary} nominates, lower case, with this variant's normalised values. */
    public Map<String, String> varied() {
        return varied;
    }

    /** For purging. */
    public List<String> tags() {
        return tags;
    }

    /** The {@code Cache-Control} of the head. */
    public CacheControl control() {
        return Unpacked.of(this).control;
    }

    /** Which bytes there are of a representation that is not whole; null for all. */
    public @Nullable Extents extents() {
        return extents;
    }

    /** The corrected initial age when it arrived, milliseconds. */
    public long initialAgeMillis() {
        return initialAgeMillis;
    }

    /** Monotonic time at which it had that age. */
    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** Its age in milliseconds: one age in every tier, never below 0. */
    public long ageMillis(long nowNanos) {
        return Math.max(0, initialAgeMillis + Math.floorDiv(nowNanos - arrivedNanos, 1_000_000L));
    }

    /** Whether it was made later than another one, by more than two readings of a clock may differ. */
    public boolean isYoungerThan(StoredHead other) {
        long laterArrival = Math.floorDiv(arrivedNanos - other.arrivedNanos, 1_000_000L);
        return laterArrival - (initialAgeMillis - other.initialAgeMillis) > CLOCK_ERROR_MILLIS;
    }

    /** The number of field lines. */
    public int lines() {
        return FieldLines.count(lines);
    }

    /** The bytes of field lines as they are sent, from one to before another. */
    public int length(int from, int to) {
        return FieldLines.at(lines, to) - FieldLines.at(lines, from);
    }

    /** Copies field lines as they are sent, from one to before another; where they end. */
    public int copy(int from, int to, byte[] into, int at) {
        int begin = FieldLines.at(lines, from);
        int length = FieldLines.at(lines, to) - begin;
        System.arraycopy(lines, begin, into, at, length);
        return at + length;
    }

    /** The bytes that the head takes as text, tags included. */
    public int bytes() {
        int sum = FieldLines.length(lines);
        for (String tag : tags) {
            sum += tag.length();
        }
        return sum;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredHead that
                && owner.equals(that.owner)
                && head().equals(that.head())
                && requestAuthorized == that.requestAuthorized
                && varied.equals(that.varied)
                && tags.equals(that.tags)
                && initialAgeMillis == that.initialAgeMillis
                && arrivedNanos == that.arrivedNanos
                && (extents == null ? that.extents == null : extents.equals(that.extents));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(lines);
    }

    @Override
    public String toString() {
        return status + " " + reason + "\n" + FieldLines.fields(lines);
    }

    /** The few owners that there are, one object each. */
    private static final class Owners {
        private static final @Nullable Owner[] PLACES = new @Nullable Owner[256];

        static Owner shared(Owner owner) {
            int place = owner.hashCode() & (PLACES.length - 1);
            Owner known = PLACES[place]; // a race costs an object at most
            if (owner.equals(known)) {
                return known;
            }
            PLACES[place] = owner;
            return owner;
        }
    }

    /** The heads that were used last, as they are worked with: one exchange asks for the same head many times. */
    @SuppressWarnings("ReferenceEquality") // of these very lines
    private record Unpacked(byte[] lines, ResponseHead head, CacheControl control) {
        private static final int LARGEST = 4096; // a place may keep what is stored no more
        private static final @Nullable Unpacked[] PLACES = new @Nullable Unpacked[256];

        private static int place(byte[] lines) {
            int mixed = System.identityHashCode(lines);
            return (mixed ^ (mixed >>> 8)) & (PLACES.length - 1);
        }

        static Unpacked note(byte[] lines, ResponseHead head) {
            Unpacked noted = new Unpacked(lines, head, CacheControl.of(head.headers()));
            if (lines.length <= LARGEST) {
                PLACES[place(lines)] = noted;
            }
            return noted;
        }

        static Unpacked of(StoredHead stored) {
            Unpacked known = PLACES[place(stored.lines)]; // all of it is final, so a race costs a reading at most
            return known != null && known.lines == stored.lines
                    ? known
                    : note(
                            stored.lines,
                            new ResponseHead(stored.status, stored.reason, FieldLines.fields(stored.lines)));
        }
    }
}
