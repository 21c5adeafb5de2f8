package io.lacquer;

import io.lacquer.http.Clock;

/** The machine's time. */
final class SystemClock implements Clock {
    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }
}
