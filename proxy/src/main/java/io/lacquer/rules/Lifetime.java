package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.TargetedControl;
import org.jspecify.annotations.Nullable;

/**
 * How long a response is fresh for Lacquer, and who said so (RFC 9111 §4.2.1, RFC 9213 §2.2).
 *
 * @param millis the freshness lifetime; 0 means that it must be validated before each use
 * @param source whose word it is
 */
public record Lifetime(long millis, Source source) {
    /** Whose word a lifetime is. */
    public enum Source {
        POLICY,
        SURROGATE_CONTROL,
        CDN_CACHE_CONTROL,
        S_MAXAGE,
        MAX_AGE,
        EXPIRES,
        NO_CACHE,
        HEURISTIC,
        NONE
    }

    /** Nobody gives a lifetime. */
    public static final Lifetime NONE = new Lifetime(0, Source.NONE);

    private static final String SURROGATE = "Surrogate-Control";
    private static final String CDN = "CDN-Cache-Control";
    private static final long HEURISTIC_CAP_MILLIS = 86_400_000L;

    /** The directives that count for us: a targeted field, where there is a valid one, replaces {@code Cache-Control} and {@code Expires} whole. */
    public static CacheControl governing(Headers headers, CacheControl control) {
        CacheControl targeted = targeted(headers);
        return targeted == null ? control : targeted;
    }

    private static @Nullable CacheControl targeted(Headers headers) {
        CacheControl surrogate = headers.has(SURROGATE) ? TargetedControl.surrogate(headers.all(SURROGATE)) : null;
        if (surrogate != null) {
            return surrogate;
        }
        return headers.has(CDN) ? TargetedControl.cdn(headers.all(CDN)) : null;
    }

    /** The lifetime of a response under a policy. */
    public static Lifetime of(ResponseHead head, CacheControl control, Policy policy) {
        boolean policyStores = policy.ttl().proxy().isOn();
        Lifetime ofPolicy = new Lifetime(policy.ttl().proxy().lifetime().toMillis(), Source.POLICY);
        if (policyStores && policy.mode() != Mode.RESPECT && suits(head.status(), policy)) {
            return ofPolicy;
        }
        Lifetime explicit = explicit(head, control);
        if (explicit.source != Source.NONE) {
            return explicit;
        }
        if (policyStores && suits(head.status(), policy)) {
            return ofPolicy;
        }
        return heuristic(head);
    }

    /** What the origin itself says, {@link #NONE} where it is silent. */
    public static Lifetime explicit(ResponseHead head, CacheControl control) {
        Headers headers = head.headers();
        CacheControl targeted = targeted(headers);
        CacheControl counts = targeted == null ? control : targeted;
        if (counts.has("no-cache")) {
            return new Lifetime(0, Source.NO_CACHE);
        }
        if (targeted != null) {
            boolean surrogate = TargetedControl.surrogate(headers.all(SURROGATE)) != null;
            Source source = surrogate ? Source.SURROGATE_CONTROL : Source.CDN_CACHE_CONTROL;
            return targeted.has("max-age") ? seconds(targeted.seconds("max-age"), source) : NONE;
        }
        if (control.has("s-maxage")) {
            return seconds(control.seconds("s-maxage"), Source.S_MAXAGE);
        }
        if (control.has("max-age")) {
            return seconds(control.seconds("max-age"), Source.MAX_AGE);
        }
        String expires = headers.joined("Expires"); // several lines are no date
        if (expires != null) {
            long until = HttpDate.parse(expires);
            long date = HttpDate.parse(headers.get("Date"));
            // RFC 9111 §5.3: what can't be read, "0" above all, has expired already
            boolean readable = until != HttpDate.INVALID && date != HttpDate.INVALID;
            return new Lifetime(readable ? Math.max(0, until - date) : 0, Source.EXPIRES);
        }
        return NONE;
    }

    private static Lifetime heuristic(ResponseHead head) {
        long modified = HttpDate.parse(head.headers().get("Last-Modified"));
        long date = HttpDate.parse(head.headers().get("Date"));
        if (modified == HttpDate.INVALID || date == HttpDate.INVALID || !isHeuristicallyCacheable(head.status())) {
            return NONE;
        }
        long tenth = Math.max(0, date - modified) / 10; // RFC 9111 §4.2.2
        return new Lifetime(Math.min(tenth, HEURISTIC_CAP_MILLIS), Source.HEURISTIC);
    }

    /** RFC 9110 §15.1. */
    static boolean isHeuristicallyCacheable(int status) {
        return switch (status) {
            case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501 -> true;
            default -> false;
        };
    }

    /** A policy's lifetime is meant for answers, not for errors, unless it names the status. */
    static boolean suits(int status, Policy policy) {
        if (!policy.match().status().isEmpty()) {
            return policy.match().status().contains(status);
        }
        return switch (status) {
            case 200, 203, 204, 300, 301, 308 -> true;
            default -> false;
        };
    }

    private static Lifetime seconds(long seconds, Source source) {
        return new Lifetime(seconds * 1000, source);
    }
}
