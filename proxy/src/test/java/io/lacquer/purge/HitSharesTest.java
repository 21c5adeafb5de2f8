package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lacquer.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The share of the last hour's hits that a purge concerns, with those before it. */
class HitSharesTest {
    private final ManualClock clock = new ManualClock();
    private final HitShares shares = new HitShares(clock);

    private static Scope tag(String tag) {
        return Scope.of(Set.of(tag), List.of());
    }

    private void hits(String tag, int times) {
        for (int i = 0; i < times; i++) {
            shares.hit(new Subject("http://h/" + tag, List.of(tag), "n"), 1);
        }
    }

    @Test
    void withoutHitsNothingIsAShare() {
        assertThat(shares.share(Scope.ALL)).isZero();
        shares.purged(Scope.ALL);
        assertThat(shares.share(Scope.ALL)).isZero();
    }

    @Test
    void ofFewHitsItIsExact() {
        hits("a", 30);
        hits("b", 70);
        assertThat(shares.share(tag("a"))).isEqualTo(0.3);
        assertThat(shares.share(tag("b"))).isEqualTo(0.7);
        assertThat(shares.share(tag("c"))).isZero();
        assertThat(shares.share(Scope.ALL)).isEqualTo(1);
    }

    @Test
    void ofManyItIsCloseWhateverTheirOrder() {
        hits("a", 3_000);
        hits("b", 7_000);
        assertThat(shares.share(tag("a"))).isCloseTo(0.3, within(0.15));
        clock.advance(Duration.ofMinutes(2));
        for (int i = 0; i < 10_000; i++) {
            hits(i % 10 < 3 ? "a" : "b", 1);
        }
        assertThat(shares.share(tag("a"))).isCloseTo(0.3, within(0.12));
    }

    @Test
    void hitsThatStandForManyCountAsMany() {
        Subject a = new Subject("http://h/a", List.of("a"), "n");
        Subject b = new Subject("http://h/b", List.of("b"), "n");
        shares.hit(a, 1);
        clock.advance(Duration.ofMinutes(1));
        shares.hit(b, 99);
        assertThat(shares.share(tag("b"))).isCloseTo(0.99, within(0.001));
    }

    @Test
    void aPurgeInPiecesIsNoSmallerThanOneOfAll() {
        for (int i = 0; i < 10; i++) {
            hits("t" + i, 10);
        }
        for (int i = 0; i < 9; i++) {
            assertThat(shares.share(tag("t" + i))).isCloseTo((i + 1) / 10.0, within(1e-9));
            shares.purged(tag("t" + i));
        }
        assertThat(shares.share(tag("nothing"))).as("what was purged stays so").isCloseTo(0.9, within(1e-9));
        assertThat(shares.share(tag("t0"))).as("twice is no more").isCloseTo(0.9, within(1e-9));
    }

    @Test
    void piecesOverTheHourCountTogether() {
        for (int minute = 0; minute < 60; minute++) {
            hits("t" + minute % 10, 100);
            clock.advance(Duration.ofMinutes(1).minusMillis(1));
        }
        for (int i = 0; i < 5; i++) {
            shares.purged(tag("t" + i));
            clock.advance(Duration.ofMillis(10));
        }
        assertThat(shares.share(tag("t5"))).isGreaterThan(0.5);
    }

    @Test
    void anHourLaterItIsForgotten() {
        hits("a", 10);
        shares.purged(tag("a"));
        clock.advance(Duration.ofMinutes(59));
        hits("b", 10);
        assertThat(shares.share(tag("b"))).isEqualTo(1);
        clock.advance(Duration.ofMinutes(1));
        assertThat(shares.share(tag("c"))).isZero();
        assertThat(shares.share(tag("b"))).isEqualTo(1);
    }

    // ---- what nodes tell each other ----

    private static void hits(HitShares of, String tag, int times) {
        for (int i = 0; i < times; i++) {
            of.hit(new Subject("http://h/" + tag, List.of(tag), "n"), 1);
        }
    }

    /** What each of them tells the others, as the log has it. */
    private static Map<String, String> notes(Map<String, HitShares> nodes) {
        Map<String, String> notes = new TreeMap<>();
        nodes.forEach((name, of) -> notes.put(name, of.note()));
        return notes;
    }

    @Test
    void theHitsOfOthersCountAsOnesOwn() {
        HitShares there = new HitShares(clock);
        hits("a", 10);
        hits(there, "a", 20);
        hits(there, "b", 70);
        Map<String, String> notes = notes(Map.of("here", shares, "there", there));
        assertThat(shares.learn(notes, "here", false)).isEmpty();
        there.learn(notes, "there", false);
        assertThat(shares.others()).containsExactly("there");
        for (HitShares each : List.of(shares, there)) {
            assertThat(each.share(tag("a"))).isCloseTo(0.3, within(1e-9));
            assertThat(each.share(tag("b"))).isCloseTo(0.7, within(1e-9));
        }
        shares.learn(notes, "here", false);
        assertThat(shares.share(tag("a"))).as("told twice is no more").isCloseTo(0.3, within(1e-9));
        shares.learn(Map.of(), "here", false);
        assertThat(shares.share(tag("b"))).isZero();
    }

    @Test
    void whatIsPurgedCountsAlongThoughTheOthersNoteIsOlder() {
        HitShares there = new HitShares(clock);
        hits(there, "a", 40);
        hits(there, "b", 60);
        Map<String, String> old = notes(Map.of("there", there));
        shares.learn(old, "here", true);
        assertThat(shares.charge(tag("a"), 0.5)).isCloseTo(0.4, within(1e-9));
        shares.learn(old, "here", false);
        assertThat(shares.share(tag("c"))).isCloseTo(0.4, within(1e-9));
        there.purged(tag("a"));
        clock.advance(Duration.ofSeconds(31));
        shares.learn(old, "here", false);
        assertThat(shares.share(tag("c")))
                .as("by now the note of it should have come")
                .isZero();
        shares.learn(notes(Map.of("there", there)), "here", false);
        assertThat(shares.share(tag("c"))).as("its own note says so").isCloseTo(0.4, within(1e-9));
    }

    @Test
    void theNoteOfBeforeARestartIsTakenOverAndPassedOn() {
        hits("a", 25);
        shares.purged(tag("a"));
        hits("b", 75);
        Map<String, String> left = notes(Map.of("here", shares));
        clock.advance(Duration.ofMinutes(20));
        HitShares again = new HitShares(clock);
        again.learn(left, "here", true);
        again.learn(Map.of("here", again.note()), "here", false);
        assertThat(again.others()).isEmpty();
        assertThat(again.share(tag("b"))).as("and what was purged").isEqualTo(1);
        assertThat(again.share(tag("c"))).isCloseTo(0.25, within(1e-9));
        HitShares there = new HitShares(clock);
        there.learn(Map.of("here", again.note()), "there", true);
        assertThat(there.share(tag("c"))).isCloseTo(0.25, within(1e-9));
        clock.advance(Duration.ofMinutes(41));
        assertThat(again.share(Scope.ALL)).as("an hour after the hits").isZero();
        assertThat(there.share(Scope.ALL)).isZero();
        assertThat(shares.learn(left, "elsewhere", true)).containsExactly("here");
    }

    @Test
    void aNoteIsBoundedAndStillEven() {
        for (int minute = 0; minute < 60; minute++) {
            int of = minute % 3 == 0 ? 3_000 : 500;
            for (int i = 0; i < of; i++) {
                hits(i % 10 < 3 ? "a" : "b", 1);
            }
            clock.advance(Duration.ofSeconds(59));
        }
        String note = shares.note();
        assertThat(note.lines().count()).isBetween(300L, 513L);
        HitShares there = new HitShares(clock);
        there.hit(new Subject("http://h/c", List.of("c"), "n"), 80_000);
        there.learn(Map.of("here", note), "there", true);
        assertThat(there.share(tag("a"))).isCloseTo(0.15, within(0.04));
        assertThat(there.share(tag("c"))).isCloseTo(0.5, within(0.02));
    }

    @Test
    void longTagsMakeItShorter() {
        for (int i = 0; i < 1_000; i++) {
            String url = "http://h/" + i + "x".repeat(4_000);
            shares.hit(new Subject(url, List.of("t".repeat(100) + i), "n"), 1);
        }
        String note = shares.note();
        assertThat(note.length()).isBetween(100_000, 256 << 10);
        HitShares there = new HitShares(clock);
        there.learn(Map.of("here", note), "there", true);
        assertThat(there.share(new Scope(Set.of(), List.of(), List.of(), List.of("h/"), List.of(), List.of(), false)))
                .isEqualTo(1);
    }

    @Test
    void whatIsNotUnderstoodTellsNothingAndIsLeftAlone() {
        Map<String, String> odd = Map.of(
                "later",
                "2\tanything",
                "none",
                "",
                "half",
                "1\t" + clock.wallMillis() + "\n5\t1.000\t0\tn",
                "endless",
                "1\t" + clock.wallMillis() + "\n5\tInfinity\t0\tn\thttp://h/a\ta");
        assertThat(shares.learn(odd, "here", true)).isEmpty();
        hits("a", 1);
        assertThat(shares.share(tag("a"))).isEqualTo(1);
    }
}
