package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.purge.PurgeLog.Node;
import io.lacquer.purge.PurgeLog.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** When a node may be said to serve nothing old any more: on the word of it, or by silence on our own clock. */
class MembersTest {
    private static final long MILLI = 1_000_000;
    private static final long LEASE = 1_000 * MILLI;
    private static final long COUNTED = 1_250 * MILLI;
    private static final long OLD = 1_000_000;
    private static final Position ONE = new Position(1, 1);
    private static final Position TWO = new Position(1, 2);

    private final Members members = new Members(LEASE);

    private State state(String name, Position position, long now) {
        List<Node> found = members.nodes(position, now).stream()
                .filter(node -> node.name().equals(name))
                .toList();
        assertThat(found).hasSize(1);
        return found.getFirst().state();
    }

    @Test
    void whoHasAppliedItIsDoneAndWhoHasNotIsBehind() {
        members.met(0, OLD);
        members.told("1", "a", TWO, "s", 0);
        members.told("2", "b", ONE, "s", 0);
        assertThat(members.standing(ONE, 0).complete()).isTrue();
        assertThat(members.standing(ONE, 0).why()).isNull();
        PurgeLog.Everywhere standing = members.standing(TWO, 0);
        assertThat(standing.complete()).isFalse();
        assertThat(standing.why()).isEqualTo("not all nodes have applied it yet");
        assertThat(standing.nodes()).containsExactly(new Node("a", State.APPLIED), new Node("b", State.BEHIND));
        members.told("2", "b", TWO, "s", 1);
        assertThat(members.standing(TWO, 1).complete()).isTrue();
    }

    @Test
    void silenceCountsFromWhenWeFirstSawTheLastSign() {
        members.met(0, OLD);
        for (long now = 0; now <= COUNTED; now += 50 * MILLI) {
            members.told("1", "a", ONE, "same", now);
            assertThat(state("a", TWO, now)).isEqualTo(State.BEHIND);
        }
        members.told("1", "a", ONE, "same", COUNTED + 1);
        assertThat(state("a", TWO, COUNTED + 1)).isEqualTo(State.LEASE_EXPIRED);
        assertThat(members.standing(TWO, COUNTED + 1).complete()).isTrue();
        members.told("1", "a", ONE, "other", COUNTED + 2);
        assertThat(state("a", TWO, COUNTED + 2)).as("it is back").isEqualTo(State.BEHIND);
    }

    @Test
    void aRestartedNodeIsAnotherOneAndItsFormerSelfHasToFallSilent() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "9", 0);
        members.told("2", "a", TWO, "1", 10 * MILLI);
        assertThat(members.nodes(TWO, 10 * MILLI))
                .containsExactlyInAnyOrder(new Node("a", State.BEHIND), new Node("a", State.APPLIED));
        members.told("2", "a", TWO, "2", COUNTED + 1);
        assertThat(members.standing(TWO, COUNTED + 1).complete()).isTrue();
    }

    @Test
    void whoIsStruckOffCountsUntilSilentForLong() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "9", 0);
        members.only(Set.of(), COUNTED);
        assertThat(state("a", TWO, COUNTED)).isEqualTo(State.BEHIND);
        members.only(Set.of(), COUNTED + 1);
        assertThat(members.nodes(TWO, COUNTED + 1)).isEmpty();
        members.told("1", "a", ONE, "9", COUNTED + 2);
        members.only(Set.of("1"), 2 * COUNTED + 10);
        assertThat(state("a", TWO, 2 * COUNTED + 10)).as("still told of").isEqualTo(State.LEASE_EXPIRED);
    }

    @Test
    void whoSaysThatItEndsIsNotWaitedFor() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "9", 0);
        members.left("1");
        members.left("unknown");
        assertThat(members.standing(TWO, 1).complete()).isTrue();
        assertThat(members.nodes(TWO, 1)).isEmpty();
    }

    @Test
    void nobodyKnowsBeforeTheLogWasMet() {
        assertThat(members.standing(ONE, 0).complete()).isFalse();
        members.met(0, OLD);
        assertThat(members.standing(ONE, 0).complete()).isTrue();
    }

    @Test
    void aYoungGenerationMayHaveNodesThatHaveNotSignedInYet() {
        members.met(0, 300);
        long known = COUNTED - 300 * MILLI;
        assertThat(members.standing(ONE, known - 1).complete()).isFalse();
        assertThat(members.standing(ONE, known - 1).why()).contains("generation");
        assertThat(members.standing(ONE, known).complete()).isTrue();
        members.met(known, -50); // a server whose clock went back tells nothing
        assertThat(members.standing(ONE, known + COUNTED - 1).complete()).isFalse();
        assertThat(members.standing(ONE, known + COUNTED).complete()).isTrue();
    }

    @Test
    void inANewGenerationSilenceCountsAnew() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "9", 0);
        members.met(COUNTED, OLD);
        members.only(Set.of(), 2 * COUNTED);
        assertThat(state("a", TWO, 2 * COUNTED)).isEqualTo(State.BEHIND);
        assertThat(state("a", TWO, 2 * COUNTED + 1)).isEqualTo(State.LEASE_EXPIRED);
    }

    /** A node of the play: what it has applied, and how long it may serve. */
    private static final class Player {
        final String id;
        long applied;
        long servesUntil;
        long signs;

        Player(int id) {
            this.id = "" + id;
        }
    }

    @Property(tries = 300)
    void noNodeServesWhatIsSaidToBeGoneEverywhere(@ForAll long seed) {
        Random random = new Random(seed);
        Members observer = new Members(LEASE);
        Map<String, String> signs = new HashMap<>();
        Map<String, Long> applied = new HashMap<>();
        List<Player> players = new ArrayList<>();
        long now = 0;
        long newest = 0;
        long born = -10 * LEASE;
        long metBorn = Long.MIN_VALUE;
        int ids = 0;
        for (int step = 0; step < 300; step++) {
            now += random.nextInt(150) * MILLI;
            switch (random.nextInt(12)) {
                case 0 -> players.add(new Player(++ids));
                case 1 -> newest++;
                case 2 -> {
                    if (!players.isEmpty()) { // it ends, and nobody is told
                        players.remove(random.nextInt(players.size()));
                    }
                }
                case 3 -> {
                    if (random.nextInt(6) == 0) { // the log is lost, and who signed with it
                        signs.clear();
                        applied.clear();
                        born = now;
                    }
                }
                case 4, 5, 6, 7 -> {
                    if (!players.isEmpty()) {
                        Player player = players.get(random.nextInt(Math.min(players.size(), 3)));
                        signs.put(player.id, "" + ++player.signs);
                        applied.put(player.id, player.applied);
                        player.applied = newest;
                        player.servesUntil = now + LEASE;
                    }
                }
                default -> {
                    if (metBorn != born) {
                        observer.met(now, (now - born) / MILLI);
                        metBorn = born;
                    }
                    for (Map.Entry<String, String> each : signs.entrySet()) {
                        Position at = new Position(1, applied.get(each.getKey()));
                        observer.told(each.getKey(), each.getKey(), at, each.getValue(), now);
                    }
                    observer.only(signs.keySet(), now);
                    if (observer.standing(new Position(1, newest), now).complete()) {
                        for (Player player : players) {
                            assertThat(player.applied >= newest || player.servesUntil <= now)
                                    .as(
                                            "%s has %d of %d and serves for %d",
                                            player.id, player.applied, newest, player.servesUntil - now)
                                    .isTrue();
                        }
                    }
                }
            }
        }
    }

    @Test
    void eachNodesOwnLeaseCounts() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "7:5000:pass", 0);
        assertThat(state("a", TWO, COUNTED + 1)).isEqualTo(State.BEHIND);
        assertThat(state("a", TWO, 5 * COUNTED)).isEqualTo(State.BEHIND);
        assertThat(state("a", TWO, 5 * COUNTED + 1)).isEqualTo(State.LEASE_EXPIRED);
        members.met(6 * COUNTED, 0);
        assertThat(members.standing(ONE, 6 * COUNTED + 5 * COUNTED - 1).complete())
                .as("it may hold one from before")
                .isFalse();
        assertThat(members.standing(ONE, 11 * COUNTED).complete()).isTrue();
    }

    @Test
    void whoServesOnIsSilentAndHoldsNothingUp() {
        members.met(0, OLD);
        members.told("1", "a", ONE, "7:1000:serve", 0);
        assertThat(state("a", TWO, COUNTED)).isEqualTo(State.BEHIND);
        assertThat(state("a", TWO, COUNTED + 1)).isEqualTo(State.SILENT);
        PurgeLog.Everywhere standing = members.standing(TWO, COUNTED + 1);
        assertThat(standing.complete()).isTrue();
        assertThat(standing.why()).contains("when_cut_off: serve");
    }

    @Test
    void aDoubtEndsOnceAllHaveBeenHeardOfInTheGeneration() {
        Position old = new Position(1, 9);
        Position fresh = new Position(2, 0);
        members.met(0, OLD);
        members.told("me", "me", old, "1", 0);
        members.told("1", "a", old, "1", 0);
        members.left("2");
        members.settled();
        members.doubt("me", 2, 1);
        assertThat(members.isDoubtful()).isTrue();
        members.told("me", "me", old, "2", 2);
        members.told("3", "late", old, "1", 2);
        members.told("1", "a", fresh, "2", 2);
        assertThat(members.isDoubtful()).as("one that nobody told of before").isTrue();
        members.left("2"); // that it left was known while all was well
        members.told("3", "late", fresh, "2", 3);
        assertThat(members.isDoubtful()).isFalse();
        members.doubt("me", 3, 4);
        members.left("1"); // what it knew when it left, nobody can tell
        members.told("3", "late", new Position(3, 0), "3", 5);
        assertThat(members.isDoubtful()).isTrue();
        assertThat(members.isDoubtLate(2 * COUNTED + 4)).isFalse();
        assertThat(members.isDoubtLate(2 * COUNTED + 5)).isTrue();
        members.settled();
        assertThat(members.isDoubtful()).isFalse();
    }
}
