package io.lacquer.rules;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.StoredHead;
import org.jspecify.annotations.Nullable;

/** May a stored response answer this request now (RFC 9111 §4), and if not, what is it good for? */
public final class ReuseRule {
    private ReuseRule() {}

    /** The answer, with its inputs in milliseconds. */
    public sealed interface Verdict {
        /** Its age. */
        long ageMillis();

        /** Its lifetime. */
        Lifetime lifetime();

        /** Serve it. */
        record Fresh(long ageMillis, Lifetime lifetime) implements Verdict {}

        /** Serve it although it is stale, because the client takes stale ({@code max-stale}). */
        record StaleAccepted(long ageMillis, Lifetime lifetime) implements Verdict {}

        /** Serve it and refresh it in the background. */
        record StaleWhileRevalidate(long ageMillis, Lifetime lifetime) implements Verdict {}

        /** Ask the origin first; {@code client} tells whether a directive of the client is the reason. */
        record Validate(long ageMillis, Lifetime lifetime, boolean client) implements Verdict {}
    }

    /** Judges a stored response whose key and variant match, and which no purge concerns. */
    public static Verdict judge(StoredHead stored, CacheControl client, Policy policy, long nowNanos) {
        return judge(stored, client, policy, nowNanos, Long.MAX_VALUE);
    }

    /**
     * Judges a stored response whose key and variant match.
     *
     * @param endedMillis the age at which a soft purge made it stale, {@link Long#MAX_VALUE} where none has
     */
    public static Verdict judge(
            StoredHead stored, CacheControl client, Policy policy, long nowNanos, long endedMillis) {
        Lifetime lifetime = Lifetime.of(stored.head(), stored.control(), policy).endedAt(endedMillis);
        long age = stored.ageMillis(nowNanos);
        boolean fresh = lifetime.millis() > age;
        if (fresh && !clientWantsNewer(client, lifetime.millis(), age)) {
            return new Verdict.Fresh(age, lifetime);
        }
        if (fresh) {
            return new Verdict.Validate(age, lifetime, true);
        }
        boolean newerWanted = refusesStale(client, age);
        if (!newerWanted && StaleRule.acceptedByClient(stored, client, policy, lifetime, age)) {
            return new Verdict.StaleAccepted(age, lifetime);
        }
        if (!newerWanted && StaleRule.whileRevalidate(stored, policy, lifetime, age)) {
            return new Verdict.StaleWhileRevalidate(age, lifetime);
        }
        return new Verdict.Validate(age, lifetime, false);
    }

    /** Whether a stored response is still within its lifetime. */
    public static boolean isFresh(StoredHead stored, Policy policy, long nowNanos) {
        return Lifetime.of(stored.head(), stored.control(), policy).millis() > stored.ageMillis(nowNanos);
    }

    private static boolean clientWantsNewer(CacheControl client, long lifetime, long age) {
        if (client.isEmpty()) {
            return false;
        }
        long minFresh = client.seconds("min-fresh");
        return client.has("no-cache") || olderThan(client, age) || (minFresh >= 0 && lifetime - age < minFresh * 1000);
    }

    /** Whether a client refuses what has run out and is so old. */
    public static boolean refusesStale(CacheControl client, long ageMillis) {
        return client.has("no-cache") || olderThan(client, ageMillis) || client.has("min-fresh");
    }

    private static boolean olderThan(CacheControl client, long age) {
        long maxAge = client.seconds("max-age");
        return maxAge >= 0 && age > maxAge * 1000;
    }

    /** Whether this policy would have it stored: what came under another policy, or an earlier one, is judged again. */
    public static boolean isPermitted(StoredHead stored, Policy policy) {
        return StorageRule.storageOff(policy) == null
                && StorageRule.privacyRefusal(stored.requestAuthorized(), stored.head(), stored.control(), policy)
                        == null;
    }

    /** Whether the variant's nominated fields equal the request's (RFC 9111 §4.1). */
    public static boolean selects(StoredHead stored, io.lacquer.http.@Nullable Headers request) {
        if (request == null) {
            return false;
        }
        return stored.varied().equals(VaryRule.nominated(stored.varied().keySet(), request))
                || VaryRule.isPreferred(
                        stored.varied(),
                        stored.head().headers().onlyToken("Content-Language"),
                        stored.head().headers().onlyToken("Content-Encoding"),
                        request);
    }
}
