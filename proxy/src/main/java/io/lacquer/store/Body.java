package io.lacquer.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A whole, immutable body, shared by its entry, by renewed heads and by every reader without copies. It is in segments
 * on the heap, where the garbage collector frees it; a large one may move to a {@link MemoryFile}, and then only its
 * holders may read it: the last one of them frees it, so no reader ever sees freed bytes. What is counted is its share
 * of the ledger: held while it is stored, or while a slow reader keeps it alive.
 */
public final class Body {
    /** The size of a segment, but for the last one. */
    public static final int SEGMENT = 64 * 1024;

    /** Larger ones may leave the heap, and are held by who reads them. {@code bench/choices} varies it. */
    public static final int LARGE = Integer.getInteger("lacquer.file-from", 48 * 1024);

    private static final byte[] NONE = new byte[0];

    /** It was moved and then freed: nobody held it any more. */
    public static final class Gone extends RuntimeException {
        private static final long serialVersionUID = 1;

        Gone() {
            super("a body was read that nobody held", null, false, false);
        }
    }

    private static final AtomicIntegerFieldUpdater<Body> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(Body.class, "holders");

    private volatile Object content; // byte[] for one segment, byte[][] for another number, or an Extent
    private final Ledger ledger;
    private final long length;
    private final boolean kept;
    private boolean moves;
    private volatile int holders = 1;

    private Body(List<byte[]> segments, long length, boolean kept, Ledger ledger) {
        this.content = segments.size() == 1 ? segments.getFirst() : segments.toArray(new byte[0][]);
        this.length = length;
        this.kept = kept;
        this.ledger = ledger;
    }

    /** A body whose bytes are already reserved in the ledger; it gives them back with its last holder. */
    public static Body reserved(List<byte[]> segments, long length, Ledger ledger) {
        return new Body(packed(segments, length), length, true, ledger);
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
        return new Body(segments, length, ledger.reserve(length), ledger);
    }

    /**
     * This body for one more owner: held, or accounted for anew where its last owner is gone already; null where its
     * bytes are gone with that.
     */
    public @Nullable Body share() {
        if (isKept() && hold()) {
            return this;
        }
        Object here = content;
        return here instanceof MemoryFile.Extent ? null : of(segments(here), length, ledger);
    }

    private static List<byte[]> segments(Object content) {
        return content instanceof byte[] one ? List.of(one) : List.of((byte[][]) content);
    }

    /** Whether the ledger knows of its bytes. */
    public boolean isKept() {
        return kept;
    }

    /** The number of bytes. */
    public long length() {
        return length;
    }

    /** The number of segments that it is in now. */
    public int segments() {
        return content instanceof byte[][] several ? several.length : 1;
    }

    /** All bytes; of a large one for its holders only. */
    public List<byte[]> all() {
        return slice(0, length);
    }

    /** All bytes of one that is in one piece, or in none; null for others, and for large ones. */
    public byte @Nullable [] only() {
        if (length > LARGE) {
            return null;
        }
        return length == 0 ? NONE : content instanceof byte[] one ? one : null;
    }

    /** Where it lies outside the heap, or null; stays so for as long as it is held. */
    public MemoryFile.@Nullable Extent extent() {
        return content instanceof MemoryFile.Extent moved ? moved : null;
    }

    /** Whether it is to be moved, by whoever is told so; once. */
    boolean beginsToMove() {
        return length > LARGE && extent() == null && kept && begins();
    }

    private synchronized boolean begins() {
        boolean first = !moves;
        moves = true;
        return first;
    }

    /** It is not moved after all; another time, maybe. */
    synchronized void stays() {
        moves = false;
    }

    /**
     * Moves it, unless nobody holds it any more or the ledger has no room for the rest of its last page.
     *
     * @throws IOException where the file takes no bytes; it stays where it is
     */
    void moveTo(MemoryFile file, Ledger of) throws IOException {
        if (!hold()) {
            return;
        }
        try {
            long rest = MemoryFile.rounded(length) - length;
            if (!of.reserve(rest)) {
                stays();
                return;
            }
            try {
                content = file.write(segments(content), length);
            } catch (IOException failure) {
                of.release(rest);
                throw failure;
            }
        } finally {
            release();
        }
    }

    /** Keeps its bytes on the account until {@link #release}; false if they have left it already. */
    public boolean hold() {
        int count = holders;
        while (count > 0) {
            if (HOLDERS.compareAndSet(this, count, count + 1)) {
                return true;
            }
            count = holders;
        }
        return false;
    }

    /** Ends one hold; the last one gives the bytes back to the ledger. */
    public void release() {
        int count = HOLDERS.decrementAndGet(this);
        if (count == 0) {
            MemoryFile.Extent moved = extent();
            if (moved != null) {
                moved.free();
            }
            ledger.release((kept ? length : 0) + (moved == null ? 0 : moved.rest()));
        } else if (count < 0) {
            throw new IllegalStateException("body released more often than held: " + count);
        }
    }

    /**
     * Some of the bytes in segments: whole ones are shared where they are on the heap, others are copies.
     *
     * @throws Gone where nobody held it, and it is freed
     */
    public List<byte[]> slice(long from, long count) {
        Object here = content;
        if (!(here instanceof MemoryFile.Extent moved)) {
            return slice(segments(here), from, count);
        }
        if (!hold()) {
            throw new Gone();
        }
        try {
            return moved.read(from, count);
        } finally {
            release();
        }
    }

    private static List<byte[]> slice(List<byte[]> segments, long from, long count) {
        List<byte[]> part = new ArrayList<>(segments.size());
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
        for (byte[] segment : all()) {
            System.arraycopy(segment, 0, all, at, segment.length);
            at += segment.length;
        }
        return all;
    }
}
