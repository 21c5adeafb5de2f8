package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a node knows of purges, where it has room for less than all of it, and while it is cut off. */
class PurgesTest {
    private static final int MOST_PATTERNS = 2_000;
    private static final int MOST_NAMES = 100_000;
    private static final int URL_CELLS = 1 << 18;

    private final ManualClock clock = new ManualClock();
    private final Purges purges = new Purges(clock);
    private long sequence;

    private Position next() {
        return new Position(1, ++sequence);
    }

    private static Purge purge(Scope scope, boolean soft, long hardenMillis) {
        return new Purge("id", "n", 0, "api", "*", scope, soft, hardenMillis, false);
    }

    private static Scope prefixes(String... prefixes) {
        return new Scope(Set.of(), List.of(), List.of(), List.of(prefixes), List.of(), List.of(), false);
    }

    private static Scope tag(String tag) {
        return Scope.of(Set.of(tag), List.of());
    }

    private void hard(Scope scope) {
        purges.apply(purge(scope, false, -1), next(), clock.nanos());
    }

    private static Subject at(String place, String... tags) {
        return new Subject("http://" + place, List.of(tags), "n");
    }

    /** What another node fetched when it knew what this one knows now. */
    private Fence elsewhere() {
        Fence here = purges.fence();
        return new Fence(here.generation(), here.sequence(), Fence.FOREIGN);
    }

    private static Scope own(String mark, String... urls) {
        List<String> all = new ArrayList<>(List.of(urls));
        all.add(mark);
        return Scope.of(Set.of(), all);
    }

    @Test
    void whatWasStoredByWhoKnewMoreIsNotBelievedUntilThisNodeDoes() {
        purges.known(true);
        hard(tag("other"));
        Subject subject = at("h/a", "t");
        Fence ahead = new Fence(1, 3, Fence.FOREIGN);
        StoredResponse stored = PurgeHistoryProperties.stored("http://h/a", List.of("t"), "n", ahead);
        assertThat(purges.isAlive(ahead, subject)).isFalse();
        assertThat(purges.isPurged(stored)).as("this node can't tell").isFalse();
        hard(tag("t"));
        hard(tag("another"));
        assertThat(purges.isAlive(ahead, subject)).isTrue();
        hard(tag("t"));
        assertThat(purges.isAlive(ahead, subject)).isFalse();
        assertThat(purges.isPurged(stored)).isTrue();
    }

    @Test
    void whatAWriteAnsweredOutlivesItsOwnPurgeAndThoseOfOtherThings() {
        Subject subject = at("h/a", "t");
        Fence sent = purges.fence();
        hard(tag("other"));
        hard(own("#1", "http://h/a"));
        hard(own("#2", "http://h/b"));
        Fence after = purges.fenceBut(sent, subject, "#1");
        assertThat(after).isEqualTo(purges.fence());
        assertThat(purges.isAlive(after, subject)).isTrue();
        assertThat(purges.fenceBut(sent, subject, "#2")).isEqualTo(sent);
        hard(tag("t"));
        assertThat(purges.isAlive(after, subject)).isFalse();
        assertThat(purges.fenceBut(sent, subject, "#1")).isEqualTo(sent);
    }

    @Test
    void aSoftPurgeALostLogAndMoreThanIsKnownOneByOneCountAgainstWhatAWriteAnswered() {
        Subject subject = at("h/a", "t");
        Fence first = purges.fence();
        purges.apply(purge(tag("t"), true, -1), next(), clock.nanos());
        assertThat(purges.fenceBut(first, subject, "#1")).isEqualTo(first);
        Fence second = purges.fence();
        purges.raiseFloor(next());
        assertThat(purges.fenceBut(second, subject, "#1")).isEqualTo(second);
        Fence third = purges.fence();
        for (int i = 0; i < 1_024; i++) {
            hard(tag("other" + i));
        }
        assertThat(purges.fenceBut(third, subject, "#1")).isEqualTo(purges.fence());
        hard(tag("one more"));
        assertThat(purges.fenceBut(third, subject, "#1")).isEqualTo(third);
    }

    @Test
    void aSoftPurgeThatHardensHidesNoNewerOne() {
        purges.known(true);
        purges.apply(purge(prefixes("h/old"), true, 1_000), next(), clock.nanos());
        Fence fence = purges.fence();
        Fence foreign = elsewhere();
        hard(prefixes("h/new"));
        clock.advance(Duration.ofSeconds(2));
        assertThat(purges.isAlive(fence, at("h/new"))).isFalse();
        assertThat(purges.isAlive(foreign, at("h/new"))).isFalse();
        assertThat(purges.isAlive(fence, at("h/old"))).isTrue();
    }

    @Test
    void aSoftPurgeHardensAtItsHourWhateverWasLookedAtBefore() {
        Fence fence = purges.fence();
        purges.apply(purge(tag("t"), true, 1_000), next(), clock.nanos());
        clock.advance(Duration.ofMillis(999));
        assertThat(purges.isAlive(fence, at("h/", "t"))).isTrue();
        clock.advance(Duration.ofMillis(1));
        assertThat(purges.isAlive(fence, at("h/", "t"))).isFalse();
        assertThat(purges.isAlive(purges.fence(), at("h/", "t"))).isTrue();
    }

    @Test
    void moreThatWaitThanThereIsRoomForHardenBeforeTheirHour() {
        Fence fence = purges.fence();
        for (int i = 0; i <= 10_000; i++) {
            purges.apply(purge(tag("t" + i), true, 3_600_000), next(), clock.nanos());
        }
        assertThat(purges.isAlive(fence, at("h/", "t0"))).isFalse();
        assertThat(purges.isAlive(fence, at("h/", "t1"))).isTrue();
    }

    @Test
    void patternsBeyondTheCapRaiseTheFloorAndNoFurther() {
        purges.known(true);
        Fence before = purges.fence();
        Fence foreignBefore = new Fence(1, 0, Fence.FOREIGN);
        hard(prefixes("h/a"));
        Fence between = purges.fence();
        Fence foreignBetween = elsewhere();
        for (int i = 1; i < MOST_PATTERNS; i++) {
            hard(prefixes("h/b" + i));
        }
        assertThat(purges.isAlive(before, at("h/other"))).isTrue();
        assertThat(purges.isAlive(foreignBefore, at("h/other"))).isTrue();
        hard(prefixes("h/c"));
        assertThat(purges.isAlive(before, at("h/other"))).isFalse();
        assertThat(purges.isAlive(foreignBefore, at("h/other"))).isFalse();
        assertThat(purges.isAlive(between, at("h/other"))).isTrue();
        assertThat(purges.isAlive(foreignBetween, at("h/other"))).isTrue();
        assertThat(purges.isAlive(between, at("h/b1"))).isFalse();
        assertThat(purges.isAlive(between, at("h/c"))).isFalse();
    }

    @Test
    void patternsThatAreForgottenTogetherAreAllBelowTheFloor() {
        purges.known(true);
        Fence foreign = new Fence(1, 0, Fence.FOREIGN);
        hard(prefixes("h/a"));
        purges.apply(purge(prefixes("h/pending"), false, -1), null, clock.nanos());
        List<String> many = new ArrayList<>();
        for (int i = 0; i < MOST_PATTERNS; i++) {
            many.add("h/b" + i);
        }
        hard(prefixes(many.toArray(new String[0])));
        assertThat(purges.isAlive(foreign, at("h/a"))).isFalse();
    }

    @Test
    void namesThatAreForgottenTogetherAreAllBelowTheFloor() {
        purges.known(true);
        Fence foreign = new Fence(1, 0, Fence.FOREIGN);
        for (int i = 0; i < MOST_NAMES / 2; i++) {
            hard(tag("a" + i));
        }
        Fence between = purges.fence();
        for (int i = 0; i <= MOST_NAMES / 2; i++) { // none of these has a place in the log yet
            purges.apply(purge(tag("b" + i), false, -1), null, clock.nanos());
        }
        assertThat(purges.isAlive(foreign, at("h/", "a0"))).isFalse();
        assertThat(purges.isAlive(foreign, at("h/", "a" + (MOST_NAMES / 2 - 1))))
                .isFalse();
        assertThat(purges.isAlive(between, at("h/", "b" + MOST_NAMES / 2))).isFalse();
    }

    @Test
    void namespacesTakeNoMoreRoomThanTags() {
        Epochs epochs = new Epochs(false);
        for (int i = 0; i < 3 * MOST_NAMES; i++) {
            Epoch epoch = new Epoch(i + 1, new Position(1, i + 1), 0);
            epochs.raise(
                    new Scope(Set.of(), List.of(), List.of(), List.of(), List.of(), List.of("n" + i), false), epoch);
        }
        assertThat(epochs.size()).isLessThanOrEqualTo(MOST_NAMES);
        Subject first = new Subject("http://h/", List.of(), "n0");
        assertThat(epochs.newerThan(new Fence(1, 0, 0), first)).isNotNull();
        Subject last = new Subject("http://h/", List.of(), "n" + (3 * MOST_NAMES - 1));
        assertThat(epochs.newerThan(new Fence(1, 0, 3 * MOST_NAMES - 1), last)).isNotNull();
        assertThat(epochs.newerThan(new Fence(1, 0, 3 * MOST_NAMES), last)).isNull();
    }

    private static int cell(String url) {
        int hash = url.hashCode();
        return (hash ^ (hash >>> 16)) & (URL_CELLS - 1);
    }

    @Test
    void twoUrlsInOneCellCostMissesOnlyOnceBothArePurged() {
        List<String> alike = new ArrayList<>();
        int wanted = cell("http://h/0");
        for (int i = 0; alike.size() < 3; i++) {
            if (cell("http://h/" + i) == wanted) {
                alike.add("h/" + i);
            }
        }
        Fence fence = purges.fence();
        hard(Scope.of(Set.of(), List.of("http://" + alike.get(0))));
        assertThat(purges.isAlive(fence, at(alike.get(0)))).isFalse();
        assertThat(purges.isAlive(fence, at(alike.get(1)))).isTrue();
        Fence between = purges.fence();
        hard(Scope.of(Set.of(), List.of("http://" + alike.get(1))));
        assertThat(purges.isAlive(fence, at(alike.get(0)))).isFalse();
        assertThat(purges.isAlive(between, at(alike.get(1)))).isFalse();
        assertThat(purges.isAlive(purges.fence(), at(alike.get(2)))).isTrue();
    }

    @Test
    void aHoldCountsFromTheLastPurgeAlsoWhereAnOlderOneHardensAfterIt() {
        purges.hold(Duration.ofSeconds(60));
        purges.apply(purge(tag("t"), true, 20_000), next(), clock.nanos());
        clock.advance(Duration.ofSeconds(10));
        hard(tag("t"));
        clock.advance(Duration.ofSeconds(55));
        Fence fence = purges.fence();
        assertThat(purges.isAlive(fence, at("h/", "t")))
                .as("hardens on the way")
                .isTrue();
        assertThat(purges.mayStore(fence, at("h/", "t"), clock.nanos())).isFalse();
        assertThat(purges.mayStore(fence, at("h/", "u"), clock.nanos())).isTrue();
        clock.advance(Duration.ofSeconds(5));
        assertThat(purges.mayStore(fence, at("h/", "t"), clock.nanos())).isTrue();
    }

    @Test
    void servesWithinTheLeaseOfTheNewestConfirmation() {
        assertThat(purges.isServing(clock.nanos())).isTrue();
        purges.serveWithin(Duration.ofSeconds(2));
        assertThat(purges.isServing(clock.nanos()))
                .as("nothing was ever confirmed")
                .isFalse();
        long first = clock.nanos();
        purges.confirm(first);
        clock.advance(Duration.ofMillis(1_999));
        assertThat(purges.isServing(clock.nanos())).isTrue();
        assertThat(purges.confirmedAgo()).isEqualTo(1_999_000_000L);
        clock.advance(Duration.ofMillis(1));
        assertThat(purges.isServing(clock.nanos())).isFalse();
        purges.confirm(clock.nanos());
        purges.confirm(first); // an answer that was late tells nothing new
        assertThat(purges.isServing(clock.nanos())).isTrue();
        purges.serveWithin(null);
        clock.advance(Duration.ofDays(1));
        assertThat(purges.isServing(clock.nanos())).isTrue();
    }

    @Test
    void nothingForeignIsBelievedWhileAPurgeWaitsForTheLog() {
        assertThat(purges.isAlive(elsewhere(), at("h/")))
                .as("the log was not read")
                .isFalse();
        purges.known(true);
        assertThat(purges.isAlive(elsewhere(), at("h/"))).isTrue();
        purges.pending(1);
        assertThat(purges.isAlive(elsewhere(), at("h/"))).isFalse();
        assertThat(purges.isAlive(purges.fence(), at("h/"))).isTrue();
        purges.pending(0);
        assertThat(purges.isAlive(elsewhere(), at("h/"))).isTrue();
    }

    @Test
    void aFenceNeverClaimsMoreThanWasApplied() throws Exception {
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20_000; i++) {
                hard(tag("t"));
            }
        });
        purges.known(true);
        Subject subject = at("h/", "t");
        while (writer.isAlive()) {
            Fence fence = purges.fence();
            long applied = purges.applications();
            assertThat(fence.tick()).isLessThanOrEqualTo(applied);
            assertThat(fence.sequence()).isGreaterThanOrEqualTo(fence.tick());
        }
        writer.join();
        assertThat(purges.isAlive(purges.fence(), subject)).isTrue();
        assertThat(purges.isAlive(elsewhere(), subject)).isTrue();
    }

    /** What there is no room for is found in the table or by the floor, whoever looks in that moment. */
    @Test
    void whatIsForgottenIsNeverMissedByWhoLooksMeanwhile() throws Exception {
        int all = MOST_PATTERNS + 8_000;
        Fence fence = purges.fence();
        AtomicInteger applied = new AtomicInteger();
        AtomicInteger missed = new AtomicInteger();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (applied.get() < all) {
                int oldest = Math.max(0, applied.get() - MOST_PATTERNS);
                Subject subject = at("h/" + oldest + "/x");
                for (int i = 0; applied.get() > MOST_PATTERNS && i < 20; i++) {
                    missed.addAndGet(purges.isAlive(fence, subject) ? 1 : 0);
                }
            }
        });
        for (int i = 0; i < all; i++) {
            hard(prefixes("h/" + i + "/"));
            applied.incrementAndGet();
        }
        reader.join();
        assertThat(missed.get()).isZero();
    }
}
