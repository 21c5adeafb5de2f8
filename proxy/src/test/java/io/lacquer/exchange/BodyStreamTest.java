package io.lacquer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A reader that keeps the others of a window waiting. */
class BodyStreamTest {
    private static final byte[] SEGMENT = new byte[32 * 1024];

    /** Runs tasks at once, keeps timers for the test to fire. */
    private static final class Hand implements Loop {
        private final List<Runnable> timers = new ArrayList<>();

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Timer schedule(long millis, Runnable task) {
            timers.add(task);
            return () -> {};
        }
    }

    private final Hand hand = new Hand();
    private final BodyStream stream = new BodyStream(false);
    private boolean resumed;

    /** The fast reader takes all there is, the slow one nothing, until the producer is asked to pause. */
    private void fillUntilPaused(BodySource fast) {
        stream.whenWritable(() -> resumed = true);
        boolean goOn = true;
        for (int i = 0; goOn && i < 1000; i++) {
            goOn = stream.append(SEGMENT);
            while (fast.poll() != null) {
                // takes all
            }
        }
        assertThat(goOn).as("the slow one holds the producer back").isFalse();
    }

    @Test
    void isCutLooseAfterAWhileAndTheOthersGoOn() {
        BodySource fast = stream.reader(hand);
        BodySource slow = stream.reader(hand);
        fillUntilPaused(fast);
        assertThat(resumed).isFalse();
        hand.timers.forEach(Runnable::run);
        assertThat(slow.poll()).isNull();
        assertThat(slow.failure()).isEqualTo(Failure.CUT_LOOSE);
        assertThat(resumed).isTrue();
        assertThat(fast.failure()).isNull();
    }

    @Test
    void isKeptIfItHasCaughtUpByThen() {
        BodySource fast = stream.reader(hand);
        BodySource slow = stream.reader(hand);
        fillUntilPaused(fast);
        while (slow.poll() != null) {
            // catches up
        }
        assertThat(resumed).isTrue();
        hand.timers.forEach(Runnable::run);
        assertThat(slow.failure()).isNull();
        assertThat(stream.append(SEGMENT)).isTrue();
        assertThat(slow.poll()).hasSize(SEGMENT.length);
    }
}
