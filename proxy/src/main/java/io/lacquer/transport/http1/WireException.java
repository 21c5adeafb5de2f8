package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;

/** Bytes that are not HTTP/1.x as it must be; carries the failure that a client gets for them. */
public final class WireException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    /** What a client is told, and what was wrong, for people. */
    public WireException(Failure failure, String message) {
        super(message, null, false, false);
        this.failure = failure;
    }

    /** What a client is told. */
    public Failure failure() {
        return failure;
    }
}
