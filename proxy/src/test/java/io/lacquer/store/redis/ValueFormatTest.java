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
        byte[] value = ValueFormat.encode(response, REDIS, NANOS, compressAbove);
        Slot slot = ValueFormat.decode(value, REDIS, NANOS, MAX, ledger);
        assertThat(slot).isInstanceOf(StoredResponse.class);
        return (StoredResponse) slot;
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
        assertThat(ValueFormat.encode(response(head(200, "OK"), new byte[100_000]), REDIS, NANOS, 4096))
                .hasSizeLessThan(1000);
        assertThat(ValueFormat.encode(response(head(200, "OK"), new byte[100_000]), REDIS, NANOS, 0))
                .hasSizeGreaterThan(100_000);
        assertThat(ValueFormat.encode(response(head(200, "OK"), bytes(100_000)), REDIS, NANOS, 4096))
                .hasSizeBetween(100_000, 101_000);
    }

    @Test
    void anIndexComesBack() {
        Slot.VaryIndex index = new Slot.VaryIndex("shape\nü", new TreeSet<>(List.of("accept", "x-ü")));
        assertThat(ValueFormat.decode(ValueFormat.encode(index, REDIS, NANOS, 0), REDIS, NANOS, MAX, ledger))
                .isEqualTo(index);
    }

    @Test
    void ageGoesOnByTheClockOfRedis() {
        byte[] value = ValueFormat.encode(response(head(200, "OK")), REDIS, NANOS + 1_000_000_000L, 0);
        StoredResponse later = (StoredResponse) ValueFormat.decode(value, REDIS + 60_000, 77, MAX, ledger);
        assertThat(later.head().ageMillis(77)).isEqualTo(1234 + 1000 + 60_000);
        StoredResponse skewed = (StoredResponse) ValueFormat.decode(value, REDIS - 60_000, 77, MAX, ledger);
        assertThat(skewed.head().ageMillis(77)).isZero();
    }

    @Test
    void anyChangedByteAndAnyTruncationIsNoValueOfOurs() {
        for (byte[] value : new byte[][] {
            ValueFormat.encode(response(head(200, "OK", "A", "b"), bytes(100)), REDIS, NANOS, 0),
            ValueFormat.encode(response(head(200, "OK", "A", "b"), new byte[5000]), REDIS, NANOS, 1),
            ValueFormat.encode(new Slot.VaryIndex("key", new TreeSet<>(List.of("accept"))), REDIS, NANOS, 0)
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
        byte[] value = ValueFormat.encode(response(head(200, "OK", "A", "b"), new byte[5000]), REDIS, NANOS, 1);
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
    void aLengthBeyondWhatL2TakesIsNoValueOfOurs() {
        byte[] value = ValueFormat.encode(response(head(200, "OK"), new byte[5000]), REDIS, NANOS, 1);
        assertThat(ValueFormat.decode(value, REDIS, NANOS, 5000, ledger)).isNotNull();
        assertThat(ValueFormat.decode(value, REDIS, NANOS, 4999, ledger)).isNull();
    }

    @Test
    void anotherVersionIsNoValueOfOursHoweverWellItIsSealed() {
        byte[] value = ValueFormat.encode(response(head(200, "OK")), REDIS, NANOS, 0);
        value[2] = ValueFormat.VERSION + 1;
        assertThat(decode(seal(value))).isNull();
        assertThat(decode(new byte[0])).isNull();
        assertThat(decode(new byte[8])).isNull();
    }

    private Slot decode(byte[] value) {
        return ValueFormat.decode(value, REDIS, NANOS, MAX, ledger);
    }

    private static byte[] seal(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value[3]);
        crc.update(value, 8, value.length - 8);
        ByteBuffer.wrap(value).putInt(4, (int) crc.getValue());
        return value;
    }
}
