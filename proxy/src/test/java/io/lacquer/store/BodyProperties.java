package io.lacquer.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A body in pieces is its bytes. */
class BodyProperties {
    @Property
    void aSliceIsTheSliceOfTheWhole(
            @ForAll @Size(max = 8) List<@IntRange(max = 9) Integer> lengths,
            @ForAll @IntRange(max = 40) int from,
            @ForAll @IntRange(max = 80) int count) {
        List<byte[]> segments = new ArrayList<>();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int length : lengths) {
            byte[] segment = new byte[length];
            for (int i = 0; i < length; i++) {
                segment[i] = (byte) (all.size() + i);
            }
            segments.add(segment);
            all.writeBytes(segment);
        }
        byte[] whole = all.toByteArray();
        Body body = Body.of(List.copyOf(segments), whole.length, new Ledger(1000));
        ByteArrayOutputStream slice = new ByteArrayOutputStream();
        List<byte[]> pieces = body.slice(from, count);
        pieces.forEach(slice::writeBytes);
        int first = Math.min(from, whole.length);
        assertThat(slice.toByteArray())
                .isEqualTo(Arrays.copyOfRange(whole, first, Math.min(whole.length, first + count)));
        assertThat(pieces).as("no piece without bytes").noneMatch(piece -> piece.length == 0);
        assertThat(body.toBytes()).isEqualTo(whole);
    }

    @Property
    void theOlderFenceIsOlderEitherWay(
            @ForAll @IntRange(max = 2) int generation,
            @ForAll @IntRange(max = 3) int sequence,
            @ForAll @IntRange(max = 3) int wall,
            @ForAll @IntRange(max = 2) int otherGeneration,
            @ForAll @IntRange(max = 3) int otherSequence,
            @ForAll @IntRange(max = 3) int otherWall) {
        Fence one = new Fence(generation, sequence, wall);
        Fence other = new Fence(otherGeneration, otherSequence, otherWall);
        Fence older = one.older(other);
        Fence position = generation == otherGeneration
                ? (sequence <= otherSequence ? one : other)
                : (generation < otherGeneration ? one : other);
        assertThat(older.generation()).isEqualTo(position.generation());
        assertThat(older.sequence()).isEqualTo(position.sequence());
        assertThat(older.tick()).isEqualTo(Math.min(wall, otherWall));
    }
}
