package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.rules.Lifetime;
import io.lacquer.rules.Reason;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What became of one exchange, written once as it happens and read by headers, metrics and log alike.
 * Owned by the exchange's loop until it is finished, immutable after that.
 */
public final class Outcome {
    /** {@code X-Cache}. */
    public enum Result {
        HIT,
        MISS,
        STALE,
        REVALIDATED,
        BYPASS
    }

    /** {@code X-Cache-Level}. */
    public enum Level {
        L1,
        L2,
        ORIGIN,
        NONE
    }

    /** RFC 9211 §2.2. */
    public enum Forward {
        BYPASS("bypass"),
        METHOD("method"),
        URI_MISS("uri-miss"),
        VARY_MISS("vary-miss"),
        REQUEST("request"),
        STALE("stale"),
        PARTIAL("partial");

        private final String word;

        Forward(String word) {
            this.word = word;
        }

        /** The token of the {@code fwd} parameter. */
        public String word() {
            return word;
        }
    }

    final long startNanos;
    final RequestHead request;
    final String client;

    @Nullable
    Target target;

    @Nullable
    Policy policy;

    @Nullable
    String keyText;

    Result result = Result.BYPASS;
    Level level = Level.NONE;

    @Nullable
    Forward forward;

    @Nullable
    Reason reason;

    @Nullable
    Reason notStored;

    @Nullable
    Failure failure;

    boolean stored;
    boolean collapsed;
    long ageMillis = -1;

    @Nullable
    Lifetime lifetime;

    int status;
    int originStatus;
    long bodyBytes;
    long lookupNanos = -1;
    long originHeadNanos = -1;
    long endNanos;

    Outcome(RequestHead request, String client, long startNanos) {
        this.request = request;
        this.client = client;
        this.startNanos = startNanos;
    }

    /** The request. */
    public RequestHead request() {
        return request;
    }

    /** Who asked. */
    public String client() {
        return client;
    }

    /** Where it went, or null where that could not be read. */
    public @Nullable Target target() {
        return target;
    }

    /** The policy's name; {@code default} where none matched. */
    public String policyName() {
        return policy == null ? "default" : policy.name();
    }

    /** The policy's namespace. */
    public String namespace() {
        return policy == null ? "default" : policy.namespace();
    }

    /** The whole key, or null where none was made. */
    public @Nullable String keyText() {
        return keyText;
    }

    /** Where the answer came from, in one word. */
    public Result result() {
        return result;
    }

    /** The tier. */
    public Level level() {
        return level;
    }

    /** Why the origin was asked, or null. */
    public @Nullable Forward forward() {
        return forward;
    }

    /** Why, in detail, or null. */
    public @Nullable Reason reason() {
        return reason;
    }

    /** Why it was not stored, or null. */
    public @Nullable Reason notStored() {
        return notStored;
    }

    /** What went wrong, or null. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** Whether the answer was, or is being, stored. */
    public boolean stored() {
        return stored;
    }

    /** Whether it waited for another's fetch. */
    public boolean collapsed() {
        return collapsed;
    }

    /** The age of what was served, milliseconds; -1 where it has none. */
    public long ageMillis() {
        return ageMillis;
    }

    /** What is left of its lifetime, whole seconds, negative when stale; null where it has none. */
    public @Nullable Long ttlSeconds() {
        Lifetime of = lifetime;
        return of == null || ageMillis < 0 ? null : Math.floorDiv(of.millis() - ageMillis, 1000L);
    }

    /** The lifetime and whose word it is, or null. */
    public @Nullable Lifetime lifetime() {
        return lifetime;
    }

    /** The status that was sent; 0 for none. */
    public int status() {
        return status;
    }

    /** The origin's status; 0 where it was not asked. */
    public int originStatus() {
        return originStatus;
    }

    /** Body bytes sent. */
    public long bodyBytes() {
        return bodyBytes;
    }

    /** Whether L2 or L1 was asked. */
    public boolean lookedUp() {
        return lookupNanos >= 0;
    }

    /** Microseconds from the request's head to the end of its answer. */
    public long durationMicros() {
        return TimeUnit.NANOSECONDS.toMicros(endNanos - startNanos);
    }

    /** Microseconds from the request's head to the end of the look-up, or -1. */
    public long lookupMicros() {
        return lookupNanos < 0 ? -1 : TimeUnit.NANOSECONDS.toMicros(lookupNanos - startNanos);
    }

    /** Microseconds from the request's head to the origin's head, or -1. */
    public long originMicros() {
        return originHeadNanos < 0 ? -1 : TimeUnit.NANOSECONDS.toMicros(originHeadNanos - startNanos);
    }

    /** The {@code Cache-Status} member of this exchange (RFC 9211 §2). */
    public String cacheStatus() {
        boolean hit = forward == null && failure == null;
        return new CacheStatus(hit, forward, originStatus, stored, collapsed, ttlSeconds(), detail()).text();
    }

    /** The one word that says most, or null. */
    public @Nullable String detail() {
        if (failure != null) {
            return failure.word();
        }
        if (reason != null) {
            return reason.word();
        }
        return notStored == null ? null : notStored.word();
    }
}
