package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheKey;
import io.lacquer.http.StoredHead;
import io.lacquer.purge.Planted;
import io.lacquer.purge.Subject;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.Reason;
import io.lacquer.rules.ReuseRule;
import io.lacquer.rules.StaleRule;
import io.lacquer.rules.StorageRule;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stored responses are to one request, now: what its journey asks, and changes nothing. */
record Standing(Engine engine, Plan plan) {
    /** The policy under which a stored response is served to it. */
    Policy policy(StoredHead stored) {
        return plan.matched().forStatus(stored.status());
    }

    /** Whether it is of this very URL: validators tell nothing of another one, whatever the origin says of their queries. */
    boolean isOwn(StoredResponse stored) {
        return stored.key().equals(plan.key());
    }

    /** Whether there is less of it than a whole. */
    static boolean isPart(StoredResponse stored) {
        return stored.head().extents() != null || stored.head().status() == 206;
    }

    /** What L2 has is worth more than what L1 had only where it is younger, or no older and has the bytes that L1 lacks. */
    boolean isBetter(TieredStore.Found remote, TieredStore.@Nullable Found inMemory) {
        StoredResponse here = inMemory == null ? null : inMemory.response();
        StoredResponse there = remote.response();
        if (here == null || there == null) {
            return here == null;
        }
        boolean fills =
                !RangeRule.covers(here.head(), plan.request()) && RangeRule.covers(there.head(), plan.request());
        return there.head().isYoungerThan(here.head()) || (fills && !here.head().isYoungerThan(there.head()));
    }

    /** What was stored for another query that the origin calls the same may not outlive a purge of this one. */
    boolean isUnpurged(StoredResponse stored) {
        Subject asked = asked(stored);
        return asked == null || engine.purges().isAlive(stored.fence(), asked);
    }

    /** The age at which a soft purge of it, or of the URL that was asked for, made it stale. */
    long endedMillis(StoredResponse stored) {
        long ended = ended(stored, engine.purges().staleSince(stored));
        Subject asked = asked(stored);
        return asked == null
                ? ended
                : Math.min(ended, ended(stored, engine.purges().staleSince(stored.fence(), asked)));
    }

    private static long ended(StoredResponse stored, @Nullable Long since) {
        return since == null ? Long.MAX_VALUE : stored.head().ageMillis(since);
    }

    /** What was asked for, had it been stored under its own name; null where it was. */
    private @Nullable Subject asked(StoredResponse instead) {
        CacheKey key = plan.key();
        return key == null || instead.key().url().equals(key.url())
                ? null
                : new Subject(key.url(), List.of(), instead.head().owner().namespace());
    }

    /** Whether our own policy would serve it now, whoever's fetch brought it. */
    boolean isFresh(StoredHead stored) {
        Policy policy = policy(stored);
        return ReuseRule.isPermitted(stored, policy)
                && ReuseRule.isFresh(stored, policy, engine.clock().nanos());
    }

    /** Whether what is stored is better than an error; an older error is not. */
    boolean mayServeOnError(StoredResponse stored) {
        return !StaleRule.isError(stored.head().status())
                && engine.purges().isAlive(stored)
                && StaleRule.ifError(
                        stored.head(), policy(stored.head()), engine.clock().nanos(), endedMillis(stored));
    }

    /** Whether a renewed response may be shared with it. */
    boolean isShared(StoredResponse renewed) {
        return isFresh(renewed.head())
                && ReuseRule.selects(renewed.head(), plan.request().headers())
                && engine.purges().isUntouched(renewed);
    }

    /** Whether an answer that is being stored may be shared with it. */
    boolean isShared(Flight from, @Nullable StoredHead storing) {
        return storing != null
                && isFresh(storing)
                && ReuseRule.selects(storing, plan.request().headers())
                && isUntouched(from, storing);
    }

    /** Whether a purge came while it was fetched; what {@code purge.hold} keeps out of the store is no better next time. */
    boolean isPurged(Flight from, Flight.Landing.Answer answer) {
        boolean refused = answer.verdict() instanceof StorageRule.Verdict.Refuse(Reason why)
                && why == Reason.PURGED
                && engine.purges().applications() != from.fence().tick();
        return refused || (answer.stored() != null && !isUntouched(from, answer.stored()));
    }

    private boolean isUntouched(Flight from, StoredHead head) {
        CacheKey key = plan.key();
        return Planted.WAITER || (key != null && engine.purges().isUntouched(from.fence(), Facts.subject(key, head)));
    }
}
