package io.lacquer.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.redis.ValueFormat.Piece;
import io.lacquer.store.redis.ValueFormat.Pieces;
import io.lacquer.store.redis.ValueFormat.Written;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read again, byte for byte; everything else is no value of ours. */
class ValueFormatTest {
    private static final long NANOS = 5_000_000_000L;
    private static final long REDIS = 1_800_000_000_000L;
    private static final long MAX = 1 << 20;

    private final Ledger ledger = new Ledger(64 << 20);

    private StoredResponse response(ResponseHead head, byte[]... segments) {
        long length = Arrays.stream(segments).mapToLong(each -> each.length).sum();
        StoredHead stored = new StoredHead(
                new StoredHead.Owner("policy", "namespace"),
                head,
                true,
                Map.of("accept", "=text/html", "x-absent", "-"),
                List.of("a", "b:ü"),
                1234,
                NANOS);
        CacheKey key = new CacheKey("http://example.org/ü?q=1", "shape\nhttp://example.org/ü?q=1");
        return new StoredResponse(
                key,
                key.text() + "\n~\naccept=text/html\n",
                stored,
                Body.of(List.of(segments), length, ledger),
                new Fence(-7, 3, Fence.FOREIGN));
    }

    private static ResponseHead head(int status, String reason, String... pairs) {
        return new ResponseHead(status, reason, Headers.of(pairs));
    }

    private StoredResponse again(StoredResponse response, long compressAbove) {
        Slot slot = joined(ValueFormat.encode(response, REDIS, NANOS, compressAbove));
        assertThat(slot).isInstanceOf(StoredResponse.class);
        return (StoredResponse) slot;
    }

    private Slot joined(Written written) {
        Pieces of = ValueFormat.pieces(written.value(), MAX);
        assertThat(written.pieces()).hasSize(of == null ? 0 : of.count());
        if (of == null) {
            return decode(written.value());
        }
        byte[] body = new byte[of.bytes()];
        for (int i = 0; i < of.count(); i++) {
            assertThat(ValueFormat.take(written.pieces().get(i), of, i, body)).isEqualTo(Piece.WELL);
        }
        return ValueFormat.decode(written.value(), body, REDIS, NANOS, MAX, ledger);
    }

    private void comesBack(StoredResponse response, long compressAbove) {
        StoredResponse back = again(response, compressAbove);
        assertThat(back.head()).isEqualTo(response.head());
        assertThat(back.key().text()).isEqualTo(response.key().text());
        assertThat(back.key().url()).isEqualTo(response.key().url());
        assertThat(back.slotKey()).isEqualTo(response.slotKey());
        assertThat(back.fence()).isEqualTo(response.fence());
        assertThat(back.body().toBytes()).isEqualTo(response.body().toBytes());
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void oddHeadsComeBack() {
        StringBuilder latin = new StringBuilder();
        for (char c = 0x20; c <= 0xff; c++) {
            latin.append(c == 0x7f ? ' ' : c);
        }
        comesBack(response(head(200, "")), 0);
        comesBack(response(head(999, "Ünüsüal \u00ff"), bytes(1)), 0);
        comesBack(response(head(200, "OK", "X-Latin", latin.toString(), "X-Empty", "", "x-latin", "again")), 0);
        String[] many = new String[2000];
        Arrays.setAll(many, i -> i % 2 == 0 ? "X-" + i : "v".repeat(i % 97));
        comesBack(response(head(404, "Not Found", many), bytes(10)), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 131_072, 300_001})
    void bodiesOfEverySizeComeBackCompressedOrNot(int length) {
        comesBack(response(head(200, "OK"), bytes(length)), 0);
        comesBack(response(head(200, "OK"), bytes(length)), 1);
        comesBack(response(head(200, "OK"), new byte[length]), 1);
        comesBack(response(head(200, "OK"), bytes(length), bytes(17), new byte[5]), 4096);
    }

    @Test
    void whatShrinksIsStoredSmallerAndWhatDoesNotIsStoredAsItIs() {
        assertThat(value(response(head(200, "OK"), new byte[100_000]), 4096)).hasSizeLessThan(1000);
        assertThat(value(response(head(200, "OK"), new byte[100_000]), 0)).hasSizeGreaterThan(100_000);
        assertThat(value(response(head(200, "OK"), bytes(100_000)), 4096)).hasSizeBetween(100_000, 101_000);
    }

    @Test
    void anIndexComesBack() {
        Slot.VaryIndex index = new Slot.VaryIndex("shape\nü", new TreeSet<>(List.of("accept", "x-ü")));
        assertThat(decode(value(index, 0))).isEqualTo(index);
    }

    @Test
    void ageGoesOnByTheClockOfRedis() {
        byte[] value = ValueFormat.encode(response(head(200, "OK")), REDIS, NANOS + 1_000_000_000L, 0)
                .value();
        StoredResponse later = (StoredResponse) ValueFormat.decode(value, null, REDIS + 60_000, 77, MAX, ledger);
        assertThat(later.head().ageMillis(77)).isEqualTo(1234 + 1000 + 60_000);
        StoredResponse skewed = (StoredResponse) ValueFormat.decode(value, null, REDIS - 60_000, 77, MAX, ledger);
        assertThat(skewed.head().ageMillis(77)).isZero();
    }

    @Test
    void anyChangedByteAndAnyTruncationIsNoValueOfOurs() {
        for (byte[] value : new byte[][] {
            value(response(head(200, "OK", "A", "b"), bytes(100)), 0),
            value(response(head(200, "OK", "A", "b"), new byte[5000]), 1),
            value(new Slot.VaryIndex("key", new TreeSet<>(List.of("accept"))), 0)
        }) {
            for (int at = 0; at < value.length; at++) {
                for (int bit = 0; bit < 8; bit++) {
                    byte[] changed = value.clone();
                    changed[at] ^= (byte) (1 << bit);
                    assertThat(decode(changed)).as("byte %d bit %d", at, bit).isNull();
                }
                assertThat(decode(Arrays.copyOf(value, at))).as("%d bytes", at).isNull();
            }
            assertThat(decode(Arrays.copyOf(value, value.length + 1))).isNull();
            assertThat(decode(value)).isNotNull();
        }
    }

    /** A value of a sloppy writer or of an attacker: its checksum is right, and what it says makes no sense. */
    @Test
    void whatIsSealedWithNonsenseNeverThrowsAndNeverHoldsMoreThanIsAllowed() {
        byte[] value = value(response(head(200, "OK", "A", "b"), new byte[5000]), 1);
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] changed = value.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                int at = 3 + random.nextInt(changed.length - 3);
                changed[at] = (byte) (random.nextBoolean() ? random.nextInt() : -1);
            }
            if (random.nextInt(8) == 0) {
                changed = Arrays.copyOf(changed, 8 + random.nextInt(changed.length));
            }
            Slot slot = decode(seal(changed));
            if (slot instanceof StoredResponse response) {
                assertThat(response.body().length()).isBetween(0L, MAX);
                response.body().release();
            }
        }
        assertThat(ledger.used()).isEqualTo(5000); // that of the original
    }

    @Test
    void aLargeBodyStandsInPiecesThatAreTakenInTheirPlaceOnlyAndOnlyForTheirOwnWriting() {
        int size = ValueFormat.PIECE_BYTES;
        Written written = ValueFormat.encode(response(head(200, "OK"), bytes(2 * size + 1)), REDIS, NANOS, 1);
        Written again = ValueFormat.encode(response(head(200, "OK"), bytes(2 * size + 1)), REDIS, NANOS, 1);
        assertThat(written.value()).hasSizeLessThan(1000);
        assertThat(written.pieces()).hasSize(3).allMatch(piece -> piece.length <= size + 20);
        Pieces of = ValueFormat.pieces(written.value(), MAX);
        byte[] body = new byte[of.bytes()];
        assertThat(ValueFormat.take(again.pieces().get(0), of, 0, body)).isEqualTo(Piece.OF_ANOTHER_WRITING);
        assertThat(ValueFormat.take(written.pieces().get(1), of, 0, body)).isEqualTo(Piece.NONE_OF_OURS);
        assertThat(ValueFormat.take(written.value(), of, 0, body)).isEqualTo(Piece.NONE_OF_OURS);
        assertThat(ValueFormat.take(new byte[0], of, 0, body)).isEqualTo(Piece.NONE_OF_OURS);
        byte[] last = written.pieces().get(2);
        for (int at = 0; at < last.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = last.clone();
                changed[at] ^= (byte) (1 << bit);
                assertThat(ValueFormat.take(changed, of, 2, body)).isNotEqualTo(Piece.WELL);
            }
            assertThat(ValueFormat.take(Arrays.copyOf(last, at), of, 2, body)).isNotEqualTo(Piece.WELL);
        }
        assertThat(ValueFormat.take(Arrays.copyOf(last, last.length + 1), of, 2, body))
                .isNotEqualTo(Piece.WELL);
        byte[] next = last.clone();
        next[2]++;
        assertThat(ValueFormat.take(next, of, 2, body))
                .as("of another release: it may want it")
                .isEqualTo(Piece.OF_ANOTHER_WRITING);
        assertThat(body).containsOnly(0);
        assertThat(decode(written.value())).as("without its pieces").isNull();
        assertThat(decode(last)).as("a piece under the key of a value").isNull();
    }

    @Test
    void atTheSizeOfAPieceItIsOneValueAndBeyondThatItHasPieces() {
        assertThat(ValueFormat.encode(response(head(200, "OK"), bytes(ValueFormat.PIECE_BYTES)), REDIS, NANOS, 0)
                        .pieces())
                .isEmpty();
        assertThat(ValueFormat.encode(response(head(200, "OK"), bytes(ValueFormat.PIECE_BYTES + 1)), REDIS, NANOS, 0)
                        .pieces())
                .hasSize(2);
        assertThat(ValueFormat.encode(response(head(200, "OK"), new byte[1 << 20]), REDIS, NANOS, 1)
                        .pieces())
                .as("what is small enough once it is compressed")
                .isEmpty();
    }

    @Test
    void piecesThatWouldBeMoreThanL2TakesAreNotAskedFor() {
        Written written = ValueFormat.encode(response(head(200, "OK"), bytes(300_000)), REDIS, NANOS, 0);
        assertThat(ValueFormat.pieces(written.value(), 300_000)).isEqualTo(new Pieces(number(written), 300_000));
        assertThat(ValueFormat.pieces(written.value(), 299_999)).isNull();
        for (int lie : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            byte[] lying = written.value().clone();
            ByteBuffer.wrap(lying).putInt(16, lie);
            assertThat(ValueFormat.pieces(seal(lying), 300_000)).isNull();
            assertThat(decode(seal(lying))).isNull();
        }
        byte[] shorter = written.value().clone();
        ByteBuffer.wrap(shorter).putInt(16, 200_000);
        assertThat(ValueFormat.decode(seal(shorter), new byte[200_000], REDIS, NANOS, MAX, ledger))
                .as("pieces that do not make up the body")
                .isNull();
    }

    private static long number(Written written) {
        return ByteBuffer.wrap(written.value()).getLong(8);
    }

    @Test
    void aLengthBeyondWhatL2TakesIsNoValueOfOurs() {
        byte[] value = value(response(head(200, "OK"), new byte[5000]), 1);
        assertThat(ValueFormat.decode(value, null, REDIS, NANOS, 5000, ledger)).isNotNull();
        assertThat(ValueFormat.decode(value, null, REDIS, NANOS, 4999, ledger)).isNull();
    }

    @Test
    void anotherVersionIsNoValueOfOursHoweverWellItIsSealed() {
        byte[] value = value(response(head(200, "OK")), 0);
        value[2] = ValueFormat.VERSION + 1;
        assertThat(decode(seal(value))).isNull();
        assertThat(decode(new byte[0])).isNull();
        assertThat(decode(new byte[8])).isNull();
    }

    private static byte[] value(Slot slot, long compressAbove) {
        return ValueFormat.encode(slot, REDIS, NANOS, compressAbove).value();
    }

    private Slot decode(byte[] value) {
        return ValueFormat.decode(value, null, REDIS, NANOS, MAX, ledger);
    }

    private static byte[] seal(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value[3]);
        crc.update(value, 8, value.length - 8);
        ByteBuffer.wrap(value).putInt(4, (int) crc.getValue());
        return value;
    }
}
