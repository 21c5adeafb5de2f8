package io.lacquer.exchange;

/** Everything that can go wrong with an exchange: whose side, which answer, in which words. */
public enum Failure {
    MALFORMED(Side.CLIENT, 400, "malformed-request", "The request can't be read without guessing, so it was refused."),
    BAD_HOST(Side.CLIENT, 400, "bad-host", "HTTP/1.1 needs exactly one valid Host field."),
    URI_TOO_LONG(Side.CLIENT, 414, "uri-too-long", "The request line is longer than the limit."),
    HEADERS_TOO_LARGE(Side.CLIENT, 431, "headers-too-large", "The header fields are larger or more than the limit."),
    BODY_TOO_LARGE(Side.CLIENT, 413, "body-too-large", "The request body is larger than the limit."),
    HEAD_TIMEOUT(Side.CLIENT, 408, "head-timeout", "The request's head took too long to arrive."),
    BODY_TIMEOUT(Side.CLIENT, 408, "body-timeout", "The request's body stopped arriving."),
    VERSION(Side.CLIENT, 505, "version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."),
    METHOD_REFUSED(Side.CLIENT, 405, "method-refused", "TRACE and CONNECT are not served here."),
    TRANSFER_CODING(Side.CLIENT, 501, "transfer-coding", "The only transfer coding understood here is chunked."),
    EXPECTATION(Side.CLIENT, 417, "expectation", "The only expectation understood here is 100-continue."),
    ONLY_IF_CACHED(
            Side.CLIENT, 504, "only-if-cached", "Nothing usable is stored, and the request wanted no other answer."),
    CLIENT_LEFT(Side.CLIENT, 499, "client-left", "The client closed the connection before its answer was complete."),
    SLOW_READER(Side.CLIENT, 499, "slow-reader", "The client stopped reading its answer."),
    TOO_MANY_CONNECTIONS(Side.SELF, 503, "too-many-connections", "Too many clients are connected; try again soon."),
    CONNECT_FAILED(Side.ORIGIN, 502, "origin-connect-failed", "The origin refused the connection or can't be reached."),
    CONNECT_TIMEOUT(Side.ORIGIN, 504, "origin-connect-timeout", "The origin did not accept a connection in time."),
    UNRESOLVED(Side.ORIGIN, 502, "origin-unresolved", "The origin's name can't be resolved."),
    QUEUE_FULL(Side.ORIGIN, 503, "origin-busy", "All connections to the origin are in use and enough requests wait."),
    FIRST_BYTE_TIMEOUT(Side.ORIGIN, 504, "origin-first-byte-timeout", "The origin did not begin to answer in time."),
    BETWEEN_BYTES_TIMEOUT(Side.ORIGIN, 504, "origin-stalled", "The origin stopped in the middle of its answer."),
    RESET(Side.ORIGIN, 502, "origin-reset", "The origin closed the connection without an answer."),
    TRUNCATED(Side.ORIGIN, 502, "origin-truncated", "The origin's answer ended before its announced end."),
    BAD_ANSWER(Side.ORIGIN, 502, "origin-bad-answer", "The origin's answer can't be read without guessing."),
    CUT_LOOSE(Side.SELF, 500, "cut-loose", "The answer outgrew the memory that slower readers of it may take."),
    LET_GO(Side.SELF, 500, "let-go", "What was stored has left the cache before it could be sent."),
    CANCELLED(Side.SELF, 500, "cancelled", "Nobody waits for this answer any more."),
    INTERNAL(Side.SELF, 500, "internal", "Lacquer made a mistake; its log has the details.");

    /** Whose side a failure is on. */
    public enum Side {
        CLIENT,
        ORIGIN,
        SELF
    }

    private final Side side;
    private final int status;
    private final String word;
    private final String sentence;

    Failure(Side side, int status, String word, String sentence) {
        this.side = side;
        this.status = status;
        this.word = word;
        this.sentence = sentence;
    }

    /** Whose side it is on. */
    public Side side() {
        return side;
    }

    /** The status that it is answered with; 499 is never sent. */
    public int status() {
        return status;
    }

    /** The stable word for headers, logs and labels. */
    public String word() {
        return word;
    }

    /** What happened, for people. */
    public String sentence() {
        return sentence;
    }
}
