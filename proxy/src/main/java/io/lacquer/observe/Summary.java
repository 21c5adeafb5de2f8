package io.lacquer.observe;

import io.lacquer.exchange.Outcome;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Sums over counted requests.
 *
 * @param requests all
 * @param hits answered from the store without asking the origin first: HIT and STALE
 * @param misses cacheable, and the origin was asked: MISS and REVALIDATED
 * @param stale of the hits, those past their lifetime
 * @param bypassed not cacheable
 * @param errors of the origin or of Lacquer, answered 5xx
 */
public record Summary(long requests, long hits, long misses, long stale, long bypassed, long errors) {
    /** Of one namespace. */
    public static Summary of(Counts counts, String namespace) {
        return of(counts, key -> key.namespace().equals(namespace));
    }

    /** Of the counts whose key is wanted. */
    public static Summary of(Counts counts, Predicate<Counts.Key> wanted) {
        long requests = 0;
        long hits = 0;
        long misses = 0;
        long stale = 0;
        long bypassed = 0;
        long errors = 0;
        for (Map.Entry<Counts.Key, LongAdder> each : counts.requests().entrySet()) {
            if (!wanted.test(each.getKey())) {
                continue;
            }
            long count = each.getValue().sum();
            Outcome.Result result = each.getKey().result();
            requests += count;
            hits += result == Outcome.Result.HIT || result == Outcome.Result.STALE ? count : 0;
            misses += result == Outcome.Result.MISS || result == Outcome.Result.REVALIDATED ? count : 0;
            stale += result == Outcome.Result.STALE ? count : 0;
            bypassed += result == Outcome.Result.BYPASS ? count : 0;
            errors += each.getKey().statusClass() == 5 ? count : 0;
        }
        return new Summary(requests, hits, misses, stale, bypassed, errors);
    }

    /** Hits as a share of hits and misses, 0 to 1; 0 where there were none. */
    public double hitRatio() {
        return hits + misses == 0 ? 0 : (double) hits / (hits + misses);
    }
}
