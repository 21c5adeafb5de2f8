package io.lacquer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The account of memory: never above its ceiling, never below nothing, exact in the end. */
class LedgerTest {
    private final Ledger ledger = new Ledger(1000);

    private Body body(int length) {
        return Body.of(List.of(new byte[length]), length, ledger);
    }

    @Test
    void whatDoesNotFitTakesNothing() {
        assertThat(ledger.reserve(600)).isTrue();
        assertThat(ledger.reserve(401)).isFalse();
        assertThat(ledger.used()).isEqualTo(600);
        assertThat(ledger.reserve(400)).isTrue();
        assertThat(ledger.reserve(1)).isFalse();
        assertThat(ledger.reserve(0)).isTrue();
        ledger.release(1000);
        assertThat(ledger.used()).isZero();
        assertThat(ledger.peak()).isEqualTo(1000);
    }

    @Test
    void roomIsMadeOnlyForWhatCouldFit() {
        AtomicLong asked = new AtomicLong();
        ledger.reclaimWith(asked::addAndGet);
        assertThat(ledger.reserve(1001)).isFalse();
        assertThat(asked).hasValue(0);
        ledger.reserve(1000);
        ledger.reclaimWith(bytes -> ledger.release(300));
        assertThat(ledger.reserve(250)).isTrue();
        assertThat(ledger.used()).isEqualTo(950);
    }

    @Test
    void moreIsNeverGivenBackThanWasTaken() {
        ledger.reserve(10);
        assertThatThrownBy(() -> ledger.release(11)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aBodyIsOnTheAccountUntilItsLastHolderLetsGo() {
        Body body = body(400);
        assertThat(body.hold()).isTrue();
        body.release();
        assertThat(ledger.used()).as("a slow reader keeps it").isEqualTo(400);
        body.release();
        assertThat(ledger.used()).isZero();
        assertThat(body.hold()).as("gone from the account").isFalse();
        assertThat(body.toBytes()).as("but never from a reader's hands").hasSize(400);
        assertThatThrownBy(body::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSharedBodyIsCountedOnceAndAnewAfterItsEnd() {
        Body body = body(400);
        Body renewed = body.share();
        assertThat(ledger.used()).isEqualTo(400);
        body.release();
        assertThat(ledger.used()).isEqualTo(400);
        renewed.release();
        assertThat(ledger.used()).isZero();
        Body late = body.share();
        assertThat(late.isKept()).isTrue();
        assertThat(ledger.used()).isEqualTo(400);
        late.release();
        assertThat(ledger.used()).isZero();
    }

    @Test
    void aBodyThatDoesNotFitCanBeReadButIsNotKept() {
        ledger.reserve(900);
        Body body = body(200);
        assertThat(body.isKept()).isFalse();
        assertThat(body.toBytes()).hasSize(200);
        Body again = body.share();
        assertThat(again.isKept()).isFalse();
        body.release();
        again.release();
        assertThat(ledger.used()).isEqualTo(900);
    }

    @Test
    void anyNumberOfThreadsStaysBelowTheCeilingAndEndsAtNothing() throws Exception {
        AtomicLong highest = new AtomicLong();
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int t = 0; t < 8; t++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 50_000; i++) {
                        int bytes = ThreadLocalRandom.current().nextInt(400);
                        if (ledger.reserve(bytes)) {
                            highest.accumulateAndGet(ledger.used(), Math::max);
                            ledger.release(bytes);
                        }
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(highest.get()).isLessThanOrEqualTo(1000);
        assertThat(ledger.peak()).isLessThanOrEqualTo(1000);
        assertThat(ledger.used()).isZero();
    }
}
