package io.lacquer;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is looked after four times a second, on a thread of its own; one that fails keeps none of the others. */
final class Chores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chores.class);
    private static final long EVERY_MILLIS = 250;

    private final List<Runnable> chores;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("chores").factory());

    /** Begins. */
    Chores(Runnable... chores) {
        this.chores = List.of(chores);
        timer.scheduleWithFixedDelay(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (Runnable chore : chores) {
            try {
                chore.run();
            } catch (RuntimeException failure) {
                LOG.error("a chore failed", failure);
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
