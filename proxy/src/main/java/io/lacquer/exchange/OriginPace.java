package io.lacquer.exchange;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How long origins take to begin an answer, of late: a moving average for each. */
public final class OriginPace {
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int WEIGHT = 8;

    private final Map<String, AtomicLong> average = new ConcurrentHashMap<>();

    /** Nothing is known yet. */
    public OriginPace() {}

    /** One answer began after so long. */
    void took(String origin, long nanos) {
        average.computeIfAbsent(origin, name -> new AtomicLong(nanos))
                .updateAndGet(known -> known + (nanos - known) / WEIGHT);
    }

    /** Whether waiting for another node's answer costs less than asking as well. */
    boolean isSlow(String origin) {
        AtomicLong known = average.get(origin);
        return known != null && known.get() > SLOW_NANOS;
    }
}
