package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.TargetedControl;
import java.util.Locale;
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
        TARGETED,
        S_MAXAGE,
        MAX_AGE,
        EXPIRES,
        NO_CACHE,
        HEURISTIC,
        NONE
    }

    /** The same where it ended at an age, whatever was said. */
    public Lifetime endedAt(long ageMillis) {
        return ageMillis >= millis ? this : new Lifetime(Math.max(0, ageMillis), source);
    }

    /** Nobody gives a lifetime. */
    public static final Lifetime NONE = new Lifetime(0, Source.NONE);

    private static final long HEURISTIC_CAP_MILLIS = 86_400_000L;

    /** A targeted field that counts, and what it says. */
    private record Targeted(String field, CacheControl control) {}

    /** The directives that count for us: a targeted field, where there is a valid one, replaces {@code Cache-Control} and {@code Expires} whole. */
    public static CacheControl governing(Headers headers, CacheControl control, Policy policy) {
        Targeted targeted = targeted(headers, policy);
        return targeted == null ? control : targeted.control;
    }

    private static @Nullable Targeted targeted(Headers headers, Policy policy) {
        for (String field : policy.targets()) {
            CacheControl control = TargetedControl.of(headers, field);
            if (control != null) {
                return new Targeted(field, control);
            }
        }
        return null;
    }

    /** The lifetime of a response under a policy. */
    public static Lifetime of(ResponseHead head, CacheControl control, Policy policy) {
        boolean policyStores = policy.ttl().proxy().isOn();
        Lifetime ofPolicy = new Lifetime(policy.ttl().proxy().lifetime().toMillis(), Source.POLICY);
        if (policyStores && policy.mode() != Mode.RESPECT && suits(head.status(), policy)) {
            return ofPolicy;
        }
        Lifetime explicit = explicit(head, control, policy);
        if (explicit.source != Source.NONE) {
            return explicit;
        }
        if (policyStores && suits(head.status(), policy)) {
            return ofPolicy;
        }
        return heuristic(head, governing(head.headers(), control, policy));
    }

    /** What the origin itself says, {@link #NONE} where it is silent. */
    public static Lifetime explicit(ResponseHead head, CacheControl control, Policy policy) {
        Headers headers = head.headers();
        Targeted targeted = targeted(headers, policy);
        CacheControl counts = targeted == null ? control : targeted.control;
        if (counts.isUnqualified("no-cache")) {
            return new Lifetime(0, Source.NO_CACHE);
        }
        if (targeted != null) {
            return counts.has("max-age") ? seconds(counts.seconds("max-age"), source(targeted.field)) : NONE;
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

    private static Source source(String field) {
        return switch (field.toLowerCase(Locale.ROOT)) {
            case "surrogate-control" -> Source.SURROGATE_CONTROL;
            case "cdn-cache-control" -> Source.CDN_CACHE_CONTROL;
            default -> Source.TARGETED;
        };
    }

    /** RFC 9111 §4.2.2; {@code public} marks any status as cacheable. */
    private static Lifetime heuristic(ResponseHead head, CacheControl counts) {
        long modified = HttpDate.parse(head.headers().get("Last-Modified"));
        long date = HttpDate.parse(head.headers().get("Date"));
        if (modified == HttpDate.INVALID
                || date == HttpDate.INVALID
                || !(isHeuristicallyCacheable(head.status()) || counts.has("public"))) {
            return NONE;
        }
        long tenth = Math.max(0, date - modified) / 10;
        return new Lifetime(Math.min(tenth, HEURISTIC_CAP_MILLIS), Source.HEURISTIC);
    }

    /** RFC 9110 §15.1. */
    static boolean isHeuristicallyCacheable(int status) {
        return switch (status) {
            case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501 -> true;
            default -> false;
        };
    }

    /** A policy's lifetime is meant for answers, not for errors, unless it names the status. */
    static boolean suits(int status, Policy policy) {
        if (!policy.match().status().isEmpty()) {
            return policy.match().status().contains(status == 206 ? 200 : status); // a part is judged like the whole
        }
        return switch (status) {
            case 200, 203, 204, 206, 300, 301, 308 -> true;
            default -> false;
        };
    }

    private static Lifetime seconds(long seconds, Source source) {
        return new Lifetime(seconds * 1000, source);
    }
}
