package io.lacquer.observe;

import io.lacquer.exchange.Failure;
import io.lacquer.exchange.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What has happened since start, counted once for every reader. Labels come from configuration and closed
 * enums only, so that no client can make them grow.
 */
public final class Counts {
    /**
     * What requests are counted by.
     *
     * @param detail the outcome's reason or failure in one word, or empty
     */
    public record Key(
            String policy,
            String namespace,
            Outcome.Result result,
            Outcome.Level level,
            String detail,
            int statusClass) {}

    /** Upper bounds of the latency histogram in microseconds; a last bucket takes the rest. */
    static final long[] BUCKETS_MICROS = {
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000
    };

    private final Map<Key, LongAdder> requests = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> refused = new ConcurrentHashMap<>();
    private final LongAdder[] latency = new LongAdder[BUCKETS_MICROS.length + 1];
    private final LongAdder latencyMicros = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    /** Nothing has happened yet. */
    public Counts() {
        for (int i = 0; i < latency.length; i++) {
            latency[i] = new LongAdder();
        }
    }

    /** Counts a finished exchange. */
    public void add(Outcome outcome) {
        requests.computeIfAbsent(key(outcome), ignored -> new LongAdder()).increment();
        count(outcome.bodyBytes(), outcome.durationMicros());
    }

    private static Key key(Outcome outcome) {
        String detail = outcome.detail();
        return new Key(
                outcome.policyName(),
                outcome.namespace(),
                outcome.result(),
                outcome.level(),
                detail == null ? "" : detail,
                outcome.status() / 100);
    }

    private void count(long bodyBytes, long micros) {
        bytes.add(bodyBytes);
        latencyMicros.add(micros);
        int bucket = 0;
        while (bucket < BUCKETS_MICROS.length && micros > BUCKETS_MICROS[bucket]) {
            bucket++;
        }
        latency[bucket].increment();
    }

    /** Counters for requests like a finished one. */
    public Like like(Outcome outcome) {
        return new Like(requests.computeIfAbsent(key(outcome), ignored -> new LongAdder()));
    }

    /** Counts requests that are all alike but for how long they took. */
    public final class Like {
        private final LongAdder number;

        private Like(LongAdder number) {
            this.number = number;
        }

        /** One more. */
        public void add(long bodyBytes, long micros) {
            number.increment();
            count(bodyBytes, micros);
        }
    }

    /** Counts a request that was refused before it was one. */
    public void refused(Failure failure) {
        refused.computeIfAbsent(failure.word(), ignored -> new LongAdder()).increment();
    }

    /** Requests by what they are counted by. */
    public Map<Key, LongAdder> requests() {
        return requests;
    }

    /** Refused requests by failure. */
    public Map<String, LongAdder> refused() {
        return refused;
    }

    /** Body bytes sent. */
    public long bytes() {
        return bytes.sum();
    }

    /** Requests that took at most as long as each bound, and all of them last: cumulative counts. */
    public long[] latencyCumulative() {
        long[] cumulative = new long[latency.length];
        long sum = 0;
        for (int i = 0; i < latency.length; i++) {
            sum += latency[i].sum();
            cumulative[i] = sum;
        }
        return cumulative;
    }

    /** The time that all requests took together, in seconds. */
    public double latencySeconds() {
        return (double) latencyMicros.sum() / TimeUnit.SECONDS.toMicros(1);
    }
}
