package io.lacquer.exchange;

import io.lacquer.http.Headers;
import org.jspecify.annotations.Nullable;

/** Bytes that a consumer pulls at its own pace, on one loop. */
public interface BodySource {
    /** The next bytes, not to be written to; null when there are none now: ended, failed, or not yet there. */
    byte @Nullable [] poll();

    /** The next bytes, where they lie in a file; they count as polled then. Null where they do not, or there are none. */
    default @Nullable FilePart part() {
        return null;
    }

    /** Whether all bytes have been polled. */
    boolean isEnded();

    /** Why there will be no more bytes, or null. */
    default @Nullable Failure failure() {
        return null;
    }

    /** Trailer fields, once ended. */
    default Headers trailers() {
        return Headers.EMPTY;
    }

    /** Runs after {@link #poll} gave null and there is news; at most once for each such null. */
    default void whenReady(Runnable ready) {
        // a source that has all its bytes is always ready
    }

    /** Ends the interest, whether all was read or not; may be called again. */
    void close();
}
