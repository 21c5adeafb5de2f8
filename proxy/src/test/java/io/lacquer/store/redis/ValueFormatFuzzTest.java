package io.lacquer.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/** What somebody else wrote into Redis: null, or exactly what we wrote, and never an exception. */
@NativeFuzzing
public class ValueFormatFuzzTest {
    private static final Headers FIELDS =
            Headers.of("ETag", "\"1\"", "Vary", "accept", "X-Latin", "\u00e9", "Empty", "");

    private static StoredResponse response(int bytes) {
        byte[] body = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            body[i] = (byte) (i / 7);
        }
        StoredHead head = new StoredHead(
                new StoredHead.Owner("p", "ns"),
                ResponseHead.of(200, FIELDS),
                true,
                Map.of("accept", "=a/b"),
                List.of("tag", "user:1"),
                1234,
                0);
        Body whole = Body.of(bytes == 0 ? List.of() : List.of(body), bytes, new Ledger(1 << 20));
        return new StoredResponse(
                new CacheKey("http://a/", "s\nhttp://a/"),
                "s\nhttp://a/\n~\n",
                head,
                whole,
                new Fence(1, 2, Fence.FOREIGN));
    }

    private static String text(Slot slot) {
        if (!(slot instanceof StoredResponse stored)) {
            return String.valueOf(slot);
        }
        return stored.key().url()
                + stored.key().text()
                + stored.slotKey()
                + stored.head()
                + stored.fence()
                + new String(stored.body().toBytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static Slot decode(byte[] value) {
        ValueFormat.Pieces of = ValueFormat.pieces(value, 1 << 16);
        byte[] pieces = of == null ? null : new byte[of.bytes()];
        return ValueFormat.decode(value, pieces, 5_000, 0, 1 << 16, new Ledger(1 << 20));
    }

    @FuzzTest
    public void mutated(FuzzedDataProvider data) {
        Slot slot = data.consumeBoolean()
                ? response(data.consumeInt(0, 5_000))
                : new Slot.VaryIndex(
                        "s\nhttp://a/", Collections.unmodifiableSortedSet(new TreeSet<>(List.of("accept", "b"))));
        byte[] value = ValueFormat.encode(slot, 5_000, 0, data.consumeBoolean() ? 100 : 0)
                .value();
        assertThat(text(decode(value))).isEqualTo(text(slot));
        int edits = data.consumeInt(1, 4);
        byte[] mutated = value.clone();
        for (int i = 0; i < edits; i++) {
            mutated[data.consumeInt(0, value.length - 1)] = data.consumeByte();
        }
        Slot read = decode(mutated);
        assertThat(read == null || text(read).equals(text(slot))).isTrue();
        decode(resealed(mutated));
        decode(resealed(java.util.Arrays.copyOf(mutated, data.consumeInt(0, value.length))));
    }

    @FuzzTest
    public void foreign(FuzzedDataProvider data) {
        byte[] rest = data.consumeRemainingAsBytes();
        decode(rest);
        ValueFormat.take(rest, new ValueFormat.Pieces(0, 100), 0, new byte[100]);
        byte[] value = new byte[rest.length + 8];
        System.arraycopy(rest, 0, value, 8, rest.length);
        value[0] = 'L';
        value[1] = 'q';
        value[2] = ValueFormat.VERSION;
        value[3] = rest.length == 0 ? 0 : rest[0];
        decode(resealed(value));
        value[3] = 8; // a piece
        ValueFormat.take(resealed(value), new ValueFormat.Pieces(0, 100), 0, new byte[100]);
    }

    /** With a checksum that is right, so that what lies behind it is read. */
    private static byte[] resealed(byte[] value) {
        if (value.length >= 8) {
            CRC32C crc = new CRC32C();
            crc.update(value[3]);
            crc.update(value, 8, value.length - 8);
            ByteBuffer.wrap(value).putInt(4, (int) crc.getValue());
        }
        return value;
    }
}
