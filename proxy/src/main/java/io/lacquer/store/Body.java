package io.lacquer.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A whole, immutable body in segments on the heap: shared by its entry, by renewed heads and by every
 * reader without copies; the garbage collector frees it, so no reader ever sees freed bytes. What is
 * counted is its share of the ledger: held while it is stored, or while a slow reader keeps it alive.
 */
public final class Body {
    /** The size of a segment, but for the last one. */
    public static final int SEGMENT = 64 * 1024;

    private final List<byte[]> segments;
    private final long length;
    private final long accounted;
    private final Ledger ledger;
    private final AtomicInteger holders = new AtomicInteger(1);

    private Body(List<byte[]> segments, long length, long accounted, Ledger ledger) {
        this.segments = segments;
        this.length = length;
        this.accounted = accounted;
        this.ledger = ledger;
    }

    /** A body whose bytes are already reserved in the ledger; it gives them back with its last holder. */
    public static Body reserved(List<byte[]> segments, long length, Ledger ledger) {
        return new Body(packed(segments, length), length, length, ledger);
    }

    /** Many small pieces, as a slow origin sends them, become few: a hit then is one write, not dozens. */
    private static List<byte[]> packed(List<byte[]> segments, long length) {
        if (segments.size() <= 1 + 2 * (length / SEGMENT)) {
            return segments;
        }
        List<byte[]> packed = new ArrayList<>();
        byte[] into = new byte[(int) Math.min(SEGMENT, length)];
        long left = length;
        int at = 0;
        for (byte[] segment : segments) {
            for (int from = 0; from < segment.length; ) {
                int take = Math.min(segment.length - from, into.length - at);
                System.arraycopy(segment, from, into, at, take);
                from += take;
                at += take;
                if (at == into.length) {
                    packed.add(into);
                    left -= at;
                    into = new byte[(int) Math.min(SEGMENT, left)];
                    at = 0;
                }
            }
        }
        return List.copyOf(packed);
    }

    /** A body that reserves its bytes itself; where the ledger refuses, it can be read but not {@link #isKept kept}. */
    public static Body of(List<byte[]> segments, long length, Ledger ledger) {
        return new Body(segments, length, ledger.reserve(length) ? length : -1, ledger);
    }

    /** This body for one more owner: held, or accounted for anew where its last owner is gone already. */
    public Body share() {
        return isKept() && hold() ? this : of(segments, length, ledger);
    }

    /** Whether the ledger knows of its bytes. */
    public boolean isKept() {
        return accounted >= 0;
    }

    /** The number of bytes. */
    public long length() {
        return length;
    }

    /** The number of segments. */
    public int segments() {
        return segments.size();
    }

    /** All of them. */
    public List<byte[]> all() {
        return segments;
    }

    /** One segment; not to be written to. */
    public byte[] segment(int i) {
        return segments.get(i);
    }

    /** Keeps its bytes on the account until {@link #release}; false if they have left it already. */
    public boolean hold() {
        int count = holders.get();
        while (count > 0) {
            if (holders.compareAndSet(count, count + 1)) {
                return true;
            }
            count = holders.get();
        }
        return false;
    }

    /** Ends one hold; the last one gives the bytes back to the ledger. */
    public void release() {
        int count = holders.decrementAndGet();
        if (count == 0) {
            ledger.release(Math.max(0, accounted));
        } else if (count < 0) {
            throw new IllegalStateException("body released more often than held: " + count);
        }
    }

    /** Some of the bytes in segments: whole ones are shared, those at the ends may be copies. */
    public List<byte[]> slice(long from, long count) {
        List<byte[]> part = new ArrayList<>();
        long before = 0;
        for (byte[] segment : segments) {
            long start = Math.max(0, from - before);
            long end = Math.min(segment.length, from + count - before);
            if (start < end) {
                boolean all = start == 0 && end == segment.length;
                part.add(all ? segment : Arrays.copyOfRange(segment, (int) start, (int) end));
            }
            before += segment.length;
        }
        return part;
    }

    /** All bytes in one array; for tests and tiers that need them together. */
    public byte[] toBytes() {
        byte[] all = new byte[Math.toIntExact(length)];
        int at = 0;
        for (byte[] segment : segments) {
            System.arraycopy(segment, 0, all, at, segment.length);
            at += segment.length;
        }
        return all;
    }
}
