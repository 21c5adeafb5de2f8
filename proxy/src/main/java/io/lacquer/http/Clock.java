package io.lacquer.http;

/** Time as it is passed in: the wall for dates on the wire, a monotonic reading for durations. */
public interface Clock {
    /** Milliseconds since 1970; may jump. */
    long wallMillis();

    /** Nanoseconds from an arbitrary origin; never goes back. */
    long nanos();
}
