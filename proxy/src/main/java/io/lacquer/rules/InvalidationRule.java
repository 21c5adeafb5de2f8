package io.lacquer.rules;

import io.lacquer.http.RequestHead;

/** Does this exchange invalidate what is stored for its target (RFC 9111 §4.4)? */
public final class InvalidationRule {
    private InvalidationRule() {}

    /** A non-error answer to an unsafe method. */
    public static boolean invalidates(RequestHead request, int status) {
        return !request.isSafe() && status >= 200 && status < 400;
    }
}
