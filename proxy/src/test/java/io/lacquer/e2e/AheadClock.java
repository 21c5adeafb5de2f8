package io.lacquer.e2e;

import io.lacquer.http.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Real time, put forward by a test. */
final class AheadClock implements Clock {
    private final AtomicLong ahead = new AtomicLong();

    /** Lets so much more time pass. */
    void advance(Duration by) {
        ahead.addAndGet(by.toNanos());
    }

    @Override
    public long wallMillis() {
        return WithRedis.REAL.wallMillis() + ahead.get() / 1_000_000;
    }

    @Override
    public long nanos() {
        return WithRedis.REAL.nanos() + ahead.get();
    }
}
