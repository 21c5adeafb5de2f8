package io.lacquer;

import io.lacquer.http.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes when a test says so. */
public final class ManualClock implements Clock {
    private final AtomicLong millis = new AtomicLong(1_800_000_000_000L);

    /** Lets time pass. */
    public void advance(Duration by) {
        millis.addAndGet(by.toMillis());
    }

    @Override
    public long wallMillis() {
        return millis.get();
    }

    @Override
    public long nanos() {
        return millis.get() * 1_000_000L;
    }
}
