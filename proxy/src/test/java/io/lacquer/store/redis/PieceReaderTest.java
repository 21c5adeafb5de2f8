package io.lacquer.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.redis.ValueFormat.Pieces;
import io.lacquer.store.redis.ValueFormat.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Pieces are asked for a few at a time, and whatever becomes of one, it ends once. */
class PieceReaderTest {
    private static final int COUNT = 7;

    private final byte[] body = new byte[COUNT * ValueFormat.PIECE_BYTES - 5];
    private final List<CompletableFuture<byte[]>> asked = new ArrayList<>();
    private final List<PieceReader.End> ends = new ArrayList<>();
    private final Written written;
    private boolean patient = true;

    PieceReaderTest() {
        new Random(1).nextBytes(body);
        written = write();
    }

    private Written write() {
        StoredHead head = new StoredHead(
                new StoredHead.Owner("p", "ns"), ResponseHead.of(200, Headers.EMPTY), false, Map.of(), List.of(), 0, 0);
        Body whole = Body.of(List.of(body), body.length, new Ledger(64 << 20));
        CacheKey key = new CacheKey("http://a/", "s\nhttp://a/");
        return ValueFormat.encode(
                new StoredResponse(key, key.text(), head, whole, new Fence(1, 2, Fence.FOREIGN)), 0, 0, 0);
    }

    private void read() {
        Pieces of = ValueFormat.pieces(written.value(), body.length);
        PieceReader.Source source = index -> {
            assertThat(index).isEqualTo(asked.size());
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            asked.add(answer);
            return answer;
        };
        new PieceReader(of, source, () -> patient, ends::add).read();
    }

    private void answer(int index) {
        asked.get(index).complete(written.pieces().get(index));
    }

    @Test
    void twoAtATimeUntilAllAreThere() {
        read();
        for (int i = 0; i < COUNT; i++) {
            assertThat(asked).hasSize(Math.min(COUNT, i + 2));
            assertThat(ends).isEmpty();
            answer(i);
        }
        assertThat(ends).hasSize(1);
        assertThat(((PieceReader.End.Whole) ends.getFirst()).body()).isEqualTo(body);
    }

    @Test
    void whateverOrderTheyComeIn() {
        read();
        for (int i = 1; i < COUNT; i++) {
            answer(i);
        }
        assertThat(ends).isEmpty();
        answer(0);
        assertThat(((PieceReader.End.Whole) ends.getFirst()).body()).isEqualTo(body);
    }

    @Test
    void answersThatAreThereAlreadyAreTakenAsTheyAre() {
        Pieces of = ValueFormat.pieces(written.value(), body.length);
        new PieceReader(
                        of,
                        index -> CompletableFuture.completedFuture(
                                written.pieces().get(index)),
                        () -> true,
                        ends::add)
                .read();
        assertThat(((PieceReader.End.Whole) ends.getFirst()).body()).isEqualTo(body);
        assertThat(ends).hasSize(1);
    }

    private void endsOnceAndAsksNoMore(Class<? extends PieceReader.End> with) {
        assertThat(ends).hasSize(1).hasOnlyElementsOfType(with);
        int before = asked.size();
        asked.forEach(each -> each.complete(null));
        assertThat(asked).hasSize(before);
        assertThat(ends).hasSize(1);
    }

    @Test
    void oneThatHasLeftIsTheEnd() {
        read();
        asked.get(1).complete(null);
        endsOnceAndAsksNoMore(PieceReader.End.Missing.class);
    }

    @Test
    void oneOfAnotherWritingIsTheEnd() {
        read();
        asked.get(0).complete(write().pieces().get(0));
        endsOnceAndAsksNoMore(PieceReader.End.Overwritten.class);
    }

    @Test
    void oneThatIsNoPieceIsTheEnd() {
        read();
        asked.get(0).complete(new byte[100]);
        endsOnceAndAsksNoMore(PieceReader.End.Garbage.class);
    }

    @Test
    void aFailureIsTheEnd() {
        read();
        asked.get(0).completeExceptionally(new IllegalStateException("cut off"));
        endsOnceAndAsksNoMore(PieceReader.End.Failed.class);
    }

    @Test
    void aRefusalToAskIsTheEnd() {
        Pieces of = ValueFormat.pieces(written.value(), body.length);
        PieceReader.Source refuses = index -> {
            throw new IllegalStateException("closed");
        };
        new PieceReader(of, refuses, () -> true, ends::add).read();
        assertThat(ends).hasSize(1).hasOnlyElementsOfType(PieceReader.End.Failed.class);
    }

    @Test
    void impatienceIsTheEndUnlessItWasTheLast() {
        read();
        patient = false;
        answer(0);
        endsOnceAndAsksNoMore(PieceReader.End.TooSlow.class);
        asked.clear();
        ends.clear();
        patient = true;
        read();
        for (int i = 0; i < COUNT - 1; i++) {
            answer(i);
        }
        patient = false;
        answer(COUNT - 1);
        assertThat(ends).hasSize(1).hasOnlyElementsOfType(PieceReader.End.Whole.class);
    }
}
