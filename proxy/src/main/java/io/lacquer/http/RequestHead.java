package io.lacquer.http;

/**
 * The head of a request.
 *
 * @param method case-sensitive, as sent
 * @param target the request target, as sent
 * @param minor of HTTP/1.x: 0 or 1
 * @param headers all fields, as sent
 */
public record RequestHead(String method, String target, int minor, Headers headers) {
    /** GET or HEAD. */
    public boolean isGetOrHead() {
        return method.equals("GET") || method.equals("HEAD");
    }

    /** Whether the method is safe (RFC 9110 §9.2.1). */
    public boolean isSafe() {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "QUERY" -> true;
            default -> false;
        };
    }

    /** Whether the method is idempotent (RFC 9110 §9.2.2). */
    public boolean isIdempotent() {
        return isSafe() || method.equals("PUT") || method.equals("DELETE");
    }

    /** The same request with another method. */
    public RequestHead as(String other) {
        return new RequestHead(other, target, minor, headers);
    }

    /** The same request with other fields. */
    @SuppressWarnings("ReferenceEquality") // looking for a difference would cost more than it saves
    public RequestHead with(Headers fields) {
        return fields == headers ? this : new RequestHead(method, target, minor, fields);
    }
}
