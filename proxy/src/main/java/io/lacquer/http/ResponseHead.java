package io.lacquer.http;

/**
 * The head of a response.
 *
 * @param status 100 to 999
 * @param reason may be empty
 * @param headers all fields
 */
public record ResponseHead(int status, String reason, Headers headers) {
    /** A head with the usual reason phrase. */
    public static ResponseHead of(int status, Headers headers) {
        return new ResponseHead(status, Status.reason(status), headers);
    }

    /** The same status with other fields. */
    @SuppressWarnings("ReferenceEquality") // looking for a difference would cost more than it saves
    public ResponseHead with(Headers fields) {
        return fields == headers ? this : new ResponseHead(status, reason, fields);
    }

    /** 1xx. */
    public boolean isInterim() {
        return status < 200;
    }

    /** Whether a body may follow the head of a GET (RFC 9112 §6.3). */
    public boolean mayHaveBody() {
        return status >= 200 && status != 204 && status != 304;
    }
}
