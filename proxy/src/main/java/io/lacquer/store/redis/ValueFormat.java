package io.lacquer.store.redis;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How a slot is written in Redis: two magic bytes, a version, flags, a checksum of the rest, the facts, the
 * body. What has another version, a wrong checksum or impossible lengths is no value of ours: {@code null}.
 *
 * <p>A large body stands in pieces beside the value, so that nobody who looks up something small waits for more than
 * one of them. A value and its pieces carry the same random number: those of another writing are never taken for its own.
 *
 * <p>Times are milliseconds of Redis' clock at which the response was 0 old, so that every node computes
 * the same age. Compression is a storage coding: it is always undone.
 */
final class ValueFormat {
    /** Raised when the layout changes; other versions are ignored, never misread. */
    static final byte VERSION = 4;

    /** The most bytes of a body in one value. */
    static final int PIECE_BYTES = 128 * 1024;

    private static final byte MAGIC_1 = 'L';
    private static final byte MAGIC_2 = 'q';
    private static final byte COMPRESSED = 1;
    private static final byte INDEX = 2;
    private static final byte IN_PIECES = 4;
    private static final byte PIECE = 8;
    private static final int PREFIX = 8;
    private static final int PIECE_PREFIX = PREFIX + Long.BYTES + Integer.BYTES;
    private static final int ZSTD_LEVEL = 3;
    private static final SecureRandom NUMBERS = new SecureRandom();

    private ValueFormat() {}

    /**
     * A slot as it is written.
     *
     * @param value under its key
     * @param pieces of its body, in their order; none where the value has it
     */
    record Written(byte[] value, List<byte[]> pieces) {}

    /**
     * Where the body of a value is.
     *
     * @param number which its pieces have too
     * @param bytes of all pieces together, as stored
     */
    record Pieces(long number, int bytes) {
        int count() {
            return (bytes + PIECE_BYTES - 1) / PIECE_BYTES;
        }

        /** The bytes of a piece. */
        int length(int index) {
            return Math.min(PIECE_BYTES, bytes - index * PIECE_BYTES);
        }
    }

    /**
     * Writes a slot.
     *
     * @param redisMillis Redis' time now
     * @param nowNanos monotonic time now
     * @param compressAbove bodies of at least so many bytes are compressed; 0 is never
     */
    static Written encode(Slot slot, long redisMillis, long nowNanos, long compressAbove) {
        return switch (slot) {
            case Slot.VaryIndex index -> {
                Writer out = new Writer((int) Math.min(1 << 20, index.overhead()));
                out.text(index.keyText());
                out.texts(List.copyOf(index.fields()));
                out.ints(index.variants().size());
                for (Slot.Variant variant : index.variants()) {
                    out.text(variant.slotKey());
                    out.texts(flat(variant.varied()));
                    out.text(variant.language() == null ? "" : variant.language());
                    out.text(variant.coding() == null ? "" : variant.coding());
                }
                yield new Written(seal(out, INDEX), List.of());
            }
            case Slot.SearchIndex local -> throw new IllegalArgumentException("a search index stays in memory");
            case Slot.Alias local -> throw new IllegalArgumentException("an alias stays in memory");
            case StoredResponse response -> encode(response, redisMillis, nowNanos, compressAbove);
        };
    }

    private static Written encode(StoredResponse response, long redisMillis, long nowNanos, long compressAbove) {
        byte[] body = response.body().toBytes();
        int length = body.length;
        byte flags = 0;
        if (compressAbove > 0 && length >= compressAbove) {
            byte[] small = Zstd.compress(body, ZSTD_LEVEL);
            if (small.length < length - length / 16) {
                body = small;
                flags = COMPRESSED;
            }
        }
        StoredHead head = response.head();
        Headers fields = head.head().headers();
        boolean inPieces = body.length > PIECE_BYTES;
        Writer out =
                new Writer(512 + head.bytes() * 2 + response.slotKey().length() * 4 + (inPieces ? 0 : body.length));
        List<byte[]> pieces = List.of();
        if (inPieces) {
            Pieces of = new Pieces(NUMBERS.nextLong(), body.length);
            flags |= IN_PIECES;
            out.longs(of.number());
            out.ints(of.bytes());
            pieces = pieces(of, body);
        }
        out.text(response.slotKey());
        out.text(response.key().text());
        out.text(response.key().url());
        out.text(head.owner().policy());
        out.text(head.owner().namespace());
        out.longs(redisMillis - head.ageMillis(nowNanos));
        out.longs(response.fence().generation());
        out.longs(response.fence().sequence());
        out.ints(head.requestAuthorized() ? 1 : 0);
        out.texts(flat(head.varied()));
        out.texts(head.tags());
        out.ints(head.head().status());
        out.text(head.head().reason());
        List<String> pairs = new ArrayList<>(fields.size() * 2);
        for (int i = 0; i < fields.size(); i++) {
            Collections.addAll(pairs, fields.name(i), fields.value(i));
        }
        out.texts(pairs);
        Extents extents = head.extents();
        out.ints(extents == null ? 0 : extents.spans().size());
        if (extents != null) {
            out.longs(extents.complete());
            for (Span span : extents.spans()) {
                out.longs(span.first());
                out.longs(span.last());
            }
        }
        out.ints(length);
        if (!inPieces) {
            out.bytes(body);
        }
        return new Written(seal(out, flags), pieces);
    }

    private static List<byte[]> pieces(Pieces of, byte[] body) {
        List<byte[]> pieces = new ArrayList<>(of.count());
        for (int index = 0; index < of.count(); index++) {
            byte[] value = new byte[PIECE_PREFIX + of.length(index)];
            ByteBuffer.wrap(value)
                    .position(PREFIX)
                    .putLong(of.number())
                    .putInt(index)
                    .put(body, index * PIECE_BYTES, of.length(index));
            pieces.add(sealed(value, PIECE));
        }
        return pieces;
    }

    private static byte[] seal(Writer out, byte flags) {
        return sealed(out.toBytes(), flags);
    }

    private static byte[] sealed(byte[] value, byte flags) {
        value[0] = MAGIC_1;
        value[1] = MAGIC_2;
        value[2] = VERSION;
        value[3] = flags;
        ByteBuffer.wrap(value).putInt(4, checksum(value));
        return value;
    }

    /** The checksum covers the flags and everything behind itself. */
    private static int checksum(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value[3]);
        crc.update(value, PREFIX, value.length - PREFIX);
        return (int) crc.getValue();
    }

    /** Whether it is a value of ours in another version of this format. */
    static boolean isOfAnotherRelease(byte[] value) {
        return value.length >= PREFIX && value[0] == MAGIC_1 && value[1] == MAGIC_2 && value[2] != VERSION;
    }

    private static boolean isOurs(byte[] value) {
        return value.length >= PREFIX
                && value[0] == MAGIC_1
                && value[1] == MAGIC_2
                && value[2] == VERSION
                && ByteBuffer.wrap(value).getInt(4) == checksum(value);
    }

    /** Where the body of a value is, or null where it is no such value; {@code maxBody} bounds what a lie can cost. */
    static @Nullable Pieces pieces(byte[] value, long maxBody) {
        boolean tellsOfThem = value.length >= PIECE_PREFIX && (value[3] & IN_PIECES) != 0 && isOurs(value);
        if (!tellsOfThem) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value).position(PREFIX);
        Pieces of = new Pieces(in.getLong(), in.getInt());
        return of.bytes() > 0 && of.bytes() <= maxBody ? of : null;
    }

    /** What was found in the place of a piece. */
    enum Piece {
        WELL,
        OF_ANOTHER_WRITING,
        NONE_OF_OURS
    }

    /** Takes a piece of a body, if it is that. */
    static Piece take(byte[] piece, Pieces of, int index, byte[] body) {
        if (piece.length < PIECE_PREFIX || (piece[3] & PIECE) == 0 || !isOurs(piece)) {
            return isOfAnotherRelease(piece) ? Piece.OF_ANOTHER_WRITING : Piece.NONE_OF_OURS;
        }
        ByteBuffer in = ByteBuffer.wrap(piece).position(PREFIX);
        if (in.getLong() != of.number()) {
            return Piece.OF_ANOTHER_WRITING;
        }
        if (in.getInt() != index || in.remaining() != of.length(index)) {
            return Piece.NONE_OF_OURS;
        }
        in.get(body, index * PIECE_BYTES, of.length(index));
        return Piece.WELL;
    }

    /**
     * Reads a slot, or null where the value is none of ours.
     *
     * @param pieces what its pieces are together, or null where it has none
     * @param maxBody bounds what a lie about lengths can cost
     */
    static @Nullable Slot decode(
            byte[] value, byte @Nullable [] pieces, long redisMillis, long nowNanos, long maxBody, Ledger ledger) {
        boolean complete =
                isOurs(value) && (value[3] & PIECE) == 0 && (pieces != null) == ((value[3] & IN_PIECES) != 0);
        if (!complete) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value).position(pieces == null ? PREFIX : Math.min(PIECE_PREFIX, value.length));
        try {
            if ((value[3] & INDEX) != 0) {
                return index(in);
            }
            return response(in, pieces, (value[3] & COMPRESSED) != 0, redisMillis, nowNanos, maxBody, ledger);
        } catch (BufferUnderflowException | IllegalArgumentException | ZstdException notOurs) {
            return null;
        }
    }

    private static List<String> flat(Map<String, String> map) {
        List<String> flat = new ArrayList<>(map.size() * 2);
        map.forEach((name, value) -> Collections.addAll(flat, name, value));
        return flat;
    }

    private static Map<String, String> map(ByteBuffer in) {
        List<String> flat = texts(in);
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            map.put(flat.get(i), flat.get(i + 1));
        }
        return map;
    }

    private static Slot.VaryIndex index(ByteBuffer in) {
        String keyText = text(in);
        TreeSet<String> fields = new TreeSet<>(texts(in));
        int count = count(in);
        List<Slot.Variant> variants = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String slotKey = text(in);
            Map<String, String> varied = map(in);
            String language = text(in);
            String coding = text(in);
            variants.add(new Slot.Variant(
                    slotKey, varied, language.isEmpty() ? null : language, coding.isEmpty() ? null : coding));
        }
        return new Slot.VaryIndex(keyText, Collections.unmodifiableSortedSet(fields), List.copyOf(variants));
    }

    /** The pieces that a body holds; what they say must be what a store could have written. */
    private static @Nullable Extents extents(ByteBuffer in) {
        int count = count(in);
        if (count == 0) {
            return null;
        }
        long complete = in.getLong();
        List<Span> spans = new ArrayList<>(count);
        long next = 0;
        for (int i = 0; i < count; i++) {
            Span span = new Span(in.getLong(), in.getLong());
            if (span.first() < next || span.last() < span.first() || span.last() >= complete) {
                throw new IllegalArgumentException("pieces out of order");
            }
            next = span.last() + 2;
            spans.add(span);
        }
        return new Extents(complete, List.copyOf(spans));
    }

    private static StoredResponse response(
            ByteBuffer in,
            byte @Nullable [] pieces,
            boolean compressed,
            long redisMillis,
            long nowNanos,
            long maxBody,
            Ledger ledger) {
        String slot = text(in);
        String keyText = text(in);
        String slotKey = slot.equals(keyText) ? keyText : slot; // one text for both
        String url = text(in);
        StoredHead.Owner owner = new StoredHead.Owner(text(in), text(in));
        long born = in.getLong();
        Fence fence = new Fence(in.getLong(), in.getLong(), Fence.FOREIGN);
        boolean authorized = in.getInt() == 1;
        Map<String, String> varied = map(in);
        List<String> tags = texts(in);
        int status = in.getInt();
        String reason = text(in);
        Headers headers = Headers.of(texts(in).toArray(new String[0]));
        Extents extents = extents(in);
        int length = in.getInt();
        byte[] stored = pieces == null ? new byte[in.remaining()] : pieces;
        if (pieces == null) {
            in.get(stored);
        }
        if (length < 0 || length > maxBody) {
            throw new IllegalArgumentException("body of " + length + " bytes (expected: at most " + maxBody + ")");
        }
        byte[] body = compressed ? Zstd.decompress(stored, length) : stored;
        if (body.length != length) {
            throw new IllegalArgumentException("body of " + body.length + " bytes (expected: " + length + ")");
        }
        if (extents != null && extents.bytes() != length) {
            throw new IllegalArgumentException("body of " + length + " bytes (expected: " + extents.bytes() + ")");
        }
        StoredHead head = new StoredHead(
                owner,
                new ResponseHead(status, reason, headers),
                authorized,
                varied,
                tags,
                Math.max(0, redisMillis - born),
                nowNanos,
                extents);
        return new StoredResponse(
                new CacheKey(url, keyText), slotKey, head, Body.of(segments(body), length, ledger), fence);
    }

    private static List<byte[]> segments(byte[] body) {
        if (body.length <= Body.SEGMENT) {
            return body.length == 0 ? List.of() : List.of(body);
        }
        List<byte[]> segments = new ArrayList<>(body.length / Body.SEGMENT + 1);
        for (int at = 0; at < body.length; at += Body.SEGMENT) {
            segments.add(java.util.Arrays.copyOfRange(body, at, Math.min(body.length, at + Body.SEGMENT)));
        }
        return List.copyOf(segments);
    }

    private static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException(
                    "text of " + length + " bytes (expected: at most " + in.remaining() + ")");
        }
        byte[] utf8 = new byte[length];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static int count(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / 4) {
            throw new IllegalArgumentException("list of " + count + " in " + in.remaining() + " bytes");
        }
        return count;
    }

    private static List<String> texts(ByteBuffer in) {
        int count = count(in);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(text(in));
        }
        return List.copyOf(texts);
    }

    /** Grows as it is written; the prefix is left free. */
    private static final class Writer {
        private ByteBuffer buffer;

        Writer(int guess) {
            buffer = ByteBuffer.allocate(PREFIX + guess).position(PREFIX);
        }

        private ByteBuffer room(int bytes) {
            if (buffer.remaining() < bytes) {
                ByteBuffer larger = ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes));
                larger.put(buffer.flip());
                buffer = larger;
            }
            return buffer;
        }

        void text(String text) {
            bytesWithLength(text.getBytes(StandardCharsets.UTF_8));
        }

        void texts(List<String> texts) {
            ints(texts.size());
            texts.forEach(this::text);
        }

        void ints(int value) {
            room(4).putInt(value);
        }

        void longs(long value) {
            room(8).putLong(value);
        }

        void bytes(byte[] bytes) {
            room(bytes.length).put(bytes);
        }

        private void bytesWithLength(byte[] bytes) {
            ints(bytes.length);
            bytes(bytes);
        }

        byte[] toBytes() {
            byte[] exact = new byte[buffer.position()];
            buffer.flip().get(exact);
            return exact;
        }
    }
}
