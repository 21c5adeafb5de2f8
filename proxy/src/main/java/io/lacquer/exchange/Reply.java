package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.rules.EmitRule;
import io.lacquer.rules.EmitRule.Freshness;
import io.lacquer.rules.ForwardRule;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The head that a client sees: the origin's, with lifetimes for each level, the age, and where it came from. */
final class Reply {
    /** A length that needs no field of ours. */
    static final long AS_IT_IS = -2;

    private Reply() {}

    /**
     * Dresses an answer.
     *
     * @param policy decides on lifetimes, or null for what passes through
     * @param length of the body, -1 for unknown, {@link #AS_IT_IS} where the head has the right field already
     */
    static ResponseHead dress(
            ResponseHead head,
            @Nullable Policy policy,
            Freshness freshness,
            Outcome outcome,
            boolean fromStore,
            long length) {
        Headers.Builder out = head.headers().edit();
        boolean keepsLength = length >= 0 && head.mayHaveBody() && says(head.headers(), length);
        if (length != AS_IT_IS && !keepsLength) {
            out.remove("Content-Length");
        }
        EmitRule.removePurgeTags(out);
        if (policy != null) {
            lifetimes(out, head, policy, freshness, outcome, fromStore);
        }
        if (length >= 0 && head.mayHaveBody() && !keepsLength) {
            out.add("Content-Length", Long.toString(length));
        }
        trace(out, outcome);
        return head.with(out.build());
    }

    /** Whether the one {@code Content-Length} that there is says just that. */
    private static boolean says(Headers headers, long length) {
        String given = headers.get("Content-Length");
        if (given == null || headers.count("Content-Length") != 1) {
            return false;
        }
        long left = length;
        for (int i = given.length() - 1; i >= 0; i--) {
            if (given.charAt(i) != '0' + left % 10 || (left == 0 && i < given.length() - 1)) {
                return false;
            }
            left /= 10;
        }
        return left == 0 && !given.isEmpty();
    }

    private static void lifetimes(
            Headers.Builder out,
            ResponseHead head,
            Policy policy,
            Freshness freshness,
            Outcome outcome,
            boolean fromStore) {
        long age = Math.max(0, outcome.ageMillis);
        EmitRule.lifetimes(out, head, CacheControl.of(head.headers()), policy, freshness, age);
        EmitRule.announceVary(out, head.headers(), policy);
        boolean emits = freshness != Freshness.PRIVATE && policy.ttl().isSet() && age >= 1000;
        if (fromStore || emits) {
            out.set("Age", Long.toString(age / 1000)); // RFC 9111 §5.1
        }
        if (policy.setCookie() == Policy.SetCookie.STRIP && freshness != Freshness.PRIVATE) {
            out.remove("Set-Cookie");
        }
    }

    private static void trace(Headers.Builder out, Outcome outcome) {
        out.append("Via", "1.1 " + ForwardRule.PSEUDONYM);
        out.set("X-Cache", outcome.result.name());
        if (outcome.level != Outcome.Level.NONE) {
            out.set("X-Cache-Level", outcome.level.name());
        }
        out.append("Cache-Status", outcome.cacheStatus());
    }

    /** {@code Server-Timing} (W3C), for configurations that ask for it. */
    static ResponseHead timed(ResponseHead head, Outcome outcome, long nowNanos) {
        StringBuilder text = new StringBuilder("lacquer;dur=").append(millis((nowNanos - outcome.startNanos) / 1000));
        if (outcome.lookupMicros() >= 0) {
            text.append(", lookup;dur=").append(millis(outcome.lookupMicros()));
        }
        if (outcome.originMicros() >= 0) {
            text.append(", origin;dur=").append(millis(outcome.originMicros()));
        }
        return head.with(
                head.headers().edit().append("Server-Timing", text.toString()).build());
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f", micros / 1000.0);
    }

    /** Announces more request headers in {@code Vary}. */
    static ResponseHead varying(ResponseHead head, List<String> names) {
        Headers.Builder out = null;
        for (String name : names) {
            if (!head.headers().hasToken("Vary", name)) {
                out = (out == null ? head.headers().edit() : out).append("Vary", name);
            }
        }
        return out == null ? head : head.with(out.build());
    }

    /** A 304 for a client whose copy is good: only what RFC 9110 §15.4.5 asks for, and how it came about. */
    static ResponseHead notModified(ResponseHead dressed) {
        return new ResponseHead(
                304,
                "Not Modified",
                dressed.headers()
                        .edit()
                        .remove("Content-Length")
                        .remove("Content-Type")
                        .remove("Content-Encoding")
                        .remove("Content-Language")
                        .remove("Content-Range")
                        .build());
    }

    /** A failure as an answer: the one place that turns it into a status and a small clear body. */
    static ResponseHead failure(Failure failure, byte[] body) {
        Headers.Builder out = Headers.builder()
                .add("Content-Type", "text/plain; charset=utf-8")
                .add("Content-Length", Integer.toString(body.length))
                .add("Cache-Control", "no-store");
        if (failure == Failure.METHOD_REFUSED) {
            out.add("Allow", "GET, HEAD, QUERY, OPTIONS, POST, PUT, PATCH, DELETE");
        }
        if (failure.status() == 400) {
            out.add("Connection", "close"); // nothing behind it can be trusted to be a request
        }
        if (failure.status() == 503) {
            out.add("Retry-After", "1");
        }
        return ResponseHead.of(failure.status(), out.build());
    }

    /** {@code 504 origin-first-byte-timeout: The origin did not begin to answer in time.} */
    static byte[] text(Failure failure) {
        return (failure.status() + " " + failure.word() + ": " + failure.sentence() + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
