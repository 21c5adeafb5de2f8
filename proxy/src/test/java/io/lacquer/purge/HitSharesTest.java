package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lacquer.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
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
}
