package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.StoredHead;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** May a stale response be served (RFC 9111 §4.2.4, RFC 5861)? */
public final class StaleRule {
    private StaleRule() {}

    /** Within the {@code stale-while-revalidate} window. */
    public static boolean whileRevalidate(StoredHead stored, Policy policy, Lifetime lifetime, long ageMillis) {
        return within(stored, policy, policy.staleWhileRevalidate(), "stale-while-revalidate", lifetime, ageMillis);
    }

    /**
     * Within the {@code stale-if-error} window.
     *
     * @param endedMillis the age at which a soft purge made it stale, {@link Long#MAX_VALUE} where none has
     */
    public static boolean ifError(StoredHead stored, Policy policy, long nowNanos, long endedMillis) {
        Lifetime lifetime = Lifetime.of(stored.head(), stored.control(), policy).endedAt(endedMillis);
        return within(stored, policy, policy.staleIfError(), "stale-if-error", lifetime, stored.ageMillis(nowNanos));
    }

    /** The statuses that are errors for {@code stale-if-error}: RFC 5861 §4 names four, the others are no better news. */
    public static boolean isError(int status) {
        return status >= 500 && status <= 599;
    }

    /** The longest time past its lifetime for which a response may be of use, in milliseconds. */
    public static long longestWindow(StoredHead stored, Policy policy) {
        if (forbidden(stored, policy)) {
            return 0;
        }
        CacheControl control = Lifetime.governing(stored.head().headers(), stored.control(), policy);
        return Math.max(
                window(control, policy, policy.staleWhileRevalidate(), "stale-while-revalidate"),
                window(control, policy, policy.staleIfError(), "stale-if-error"));
    }

    /** {@code max-stale} of the client, where the origin does not forbid it. */
    static boolean acceptedByClient(
            StoredHead stored, CacheControl client, Policy policy, Lifetime lifetime, long ageMillis) {
        if (!client.has("max-stale") || forbidden(stored, policy) || impliedBySharedMaxAge(stored, policy)) {
            return false;
        }
        return client.hasBare("max-stale") || ageMillis - lifetime.millis() <= client.seconds("max-stale") * 1000;
    }

    private static boolean within(
            StoredHead stored,
            Policy policy,
            @Nullable Duration ofPolicy,
            String directive,
            Lifetime lifetime,
            long ageMillis) {
        if (forbidden(stored, policy)) {
            return false;
        }
        CacheControl control = Lifetime.governing(stored.head().headers(), stored.control(), policy);
        long window = window(control, policy, ofPolicy, directive);
        return ageMillis - lifetime.millis() < window;
    }

    /** An explicit window in the field, or of the policy, overrides only the revalidation that s-maxage implies. */
    private static long window(CacheControl control, Policy policy, @Nullable Duration ofPolicy, String directive) {
        long ofOrigin = control.seconds(directive);
        if (ofOrigin >= 0 && (policy.mode() == Mode.RESPECT || ofPolicy == null)) {
            return ofOrigin * 1000;
        }
        return ofPolicy == null ? 0 : ofPolicy.toMillis();
    }

    private static boolean forbidden(StoredHead stored, Policy policy) {
        CacheControl control = Lifetime.governing(stored.head().headers(), stored.control(), policy);
        boolean noCache = control.isUnqualified("no-cache")
                && !(policy.mode() != Mode.RESPECT && policy.ttl().proxy().isOn());
        return noCache || control.has("must-revalidate") || control.has("proxy-revalidate");
    }

    private static boolean impliedBySharedMaxAge(StoredHead stored, Policy policy) {
        return policy.mode() == Mode.RESPECT
                && Lifetime.governing(stored.head().headers(), stored.control(), policy)
                        .has("s-maxage");
    }
}
