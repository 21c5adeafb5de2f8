package io.lacquer.store.redis;

import java.util.concurrent.atomic.AtomicInteger;

/** Stops asking a tier that has failed several times in a row, until a probe succeeds. */
final class Breaker {
    private final int threshold;
    private final AtomicInteger failures = new AtomicInteger();
    private volatile boolean open;

    Breaker(int threshold) {
        this.threshold = threshold;
    }

    boolean isOpen() {
        return open;
    }

    /** Notes a success; true when it closes the breaker. */
    boolean succeeded() {
        failures.set(0);
        boolean was = open;
        open = false;
        return was;
    }

    /** Notes a failure; true when it opens the breaker. */
    boolean failed() {
        boolean opens = failures.incrementAndGet() >= threshold && !open;
        if (opens) {
            open = true;
        }
        return opens;
    }
}
