package io.lacquer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The ceiling holds, whoever takes and gives at once. */
class LedgerProperties {
    @Property(tries = 20)
    void neverAboveItsLimit(@ForAll @IntRange(min = 1, max = 5_000) int limit, @ForAll long seed) throws Exception {
        Ledger ledger = new Ledger(limit);
        ledger.reclaimWith(bytes -> assertThat(ledger.used()).isLessThanOrEqualTo(limit));
        List<Future<?>> work = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                SplittableRandom random = new SplittableRandom(seed + t);
                work.add(threads.submit(() -> churn(ledger, limit, random)));
            }
            for (Future<?> each : work) {
                each.get();
            }
        }
        assertThat(ledger.used()).isZero();
        assertThat(ledger.peak()).isLessThanOrEqualTo(limit);
    }

    private static void churn(Ledger ledger, int limit, SplittableRandom random) {
        Deque<Long> held = new ArrayDeque<>();
        for (int i = 0; i < 3_000; i++) {
            long bytes = random.nextInt(limit + 2);
            if (random.nextBoolean() && ledger.reserve(bytes)) {
                held.add(bytes);
            } else if (!held.isEmpty()) {
                ledger.release(held.poll());
            }
            assertThat(ledger.used()).isBetween(0L, (long) limit);
        }
        held.forEach(ledger::release);
    }

    @Example
    void whatDoesNotFitIsAskedForOnceAndRoomThatIsMadeIsUsed() {
        Ledger ledger = new Ledger(100);
        assertThat(ledger.reserve(80)).isTrue();
        assertThat(ledger.reserve(30)).isFalse();
        ledger.reclaimWith(ledger::release);
        assertThat(ledger.reserve(30)).isTrue();
        assertThat(ledger.used()).isEqualTo(80);
        assertThat(ledger.reserve(101)).isFalse();
        assertThatThrownBy(() -> ledger.release(81)).isInstanceOf(IllegalStateException.class);
    }

    @Property(tries = 50)
    void aBodyGivesItsBytesBackWithItsLastHolder(@ForAll @IntRange(min = 0, max = 9) int holders) {
        Ledger ledger = new Ledger(100);
        Body body = Body.of(List.of(new byte[10]), 10, ledger);
        for (int i = 0; i < holders; i++) {
            assertThat(body.hold()).isTrue();
        }
        for (int i = 0; i < holders; i++) {
            body.release();
            assertThat(ledger.used()).isEqualTo(10);
        }
        body.release();
        assertThat(ledger.used()).isZero();
        assertThat(body.hold()).isFalse();
    }
}
