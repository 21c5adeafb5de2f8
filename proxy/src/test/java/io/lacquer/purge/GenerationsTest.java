package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.store.Fence;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which fences of others can be compared with what this node has applied. */
class GenerationsTest {
    private static Position at(long generation, long sequence) {
        return new Position(generation, sequence);
    }

    private static Fence fence(long generation, long sequence) {
        return new Fence(generation, sequence, Fence.FOREIGN);
    }

    private static Generations met(Generations before, Map<Long, Position> bases, Position applied) {
        return before.with(new TreeMap<>(bases), applied);
    }

    private final Generations first = met(Generations.NONE, Map.of(5L, Position.START), Position.START);

    @Test
    void whatIsNotAppliedYetIsNotBelieved() {
        assertThat(first.have(fence(5, 7), at(5, 7))).isTrue();
        assertThat(first.have(fence(5, 8), at(5, 7))).isFalse();
        assertThat(first.have(fence(6, 0), at(5, 7))).isFalse();
    }

    @Test
    void anEarlierGenerationCountsUpToItsEnd() {
        Generations then = met(first, Map.of(5L, Position.START, 9L, at(5, 7)), at(5, 7));
        assertThat(then.have(fence(5, 7), at(9, 0))).isTrue();
        assertThat(then.have(fence(5, 8), at(9, 0)))
                .as("of a log that has lost it")
                .isFalse();
    }

    @Test
    void aGenerationThatThisNodeWasNotInCountsWhereTheLogTellsOfIt() {
        Generations then = met(first, Map.of(5L, Position.START, 9L, at(5, 7), 12L, at(9, 3)), at(5, 2));
        assertThat(then.have(fence(9, 3), at(12, 0))).isTrue();
        assertThat(then.have(fence(9, 4), at(12, 0))).isFalse();
        assertThat(then.have(fence(8, 1), at(12, 0)))
                .as("of a generation that is not of this log")
                .isFalse();
    }

    @Test
    void whereTheLogIsGoneWhatWasAppliedHereStillCounts() {
        Generations then = met(first, Map.of(9L, Position.START), at(5, 7));
        assertThat(then.have(fence(5, 7), at(9, 0))).isTrue();
        assertThat(then.have(fence(5, 8), at(9, 0))).isFalse();
    }

    @Test
    void generationsWithoutARecordCountAtTheirStart() {
        Generations then = met(first, Map.of(5L, Position.START, 9L, at(5, 7), 12L, at(5, 7)), at(5, 7));
        assertThat(then.have(fence(9, 0), at(12, 0))).isTrue();
        assertThat(then.have(fence(9, 1), at(12, 0))).isFalse();
    }

    @Test
    void theOldestAreForgottenAndNotBelieved() {
        Generations many = first;
        for (long each = 6; each < 200; each++) {
            many = met(many, Map.of(each, at(each - 1, 1)), at(each - 1, 1));
        }
        assertThat(many.have(fence(198, 1), at(199, 0))).isTrue();
        assertThat(many.have(fence(6, 1), at(199, 0))).isFalse();
    }
}
