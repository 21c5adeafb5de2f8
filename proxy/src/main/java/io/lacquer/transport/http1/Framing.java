package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.Headers;
import io.lacquer.http.Lists;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import java.util.List;
import java.util.Locale;

/** How long a body is (RFC 9112 §6.3): whatever two readers could disagree on is refused. */
public final class Framing {
    /** Chunks tell. */
    public static final long CHUNKED = -1;

    /** The end of the connection tells. */
    public static final long UNTIL_CLOSE = -3;

    private static final int MAX_DIGITS = 18;
    private static final List<String> KNOWN_CODINGS = List.of("chunked", "compress", "deflate", "gzip", "identity");

    private Framing() {}

    /** The body length of a request: bytes, or {@link #CHUNKED}. */
    public static long ofRequest(RequestHead head) throws WireException {
        Headers headers = head.headers();
        List<String> codings = headers.all("Transfer-Encoding");
        List<String> lengths = headers.all("Content-Length");
        if (codings.isEmpty()) {
            return lengths.isEmpty() ? 0 : length(lengths, Failure.MALFORMED);
        }
        if (!lengths.isEmpty()) {
            throw new WireException(Failure.MALFORMED, "both Content-Length and Transfer-Encoding");
        }
        if (head.minor() == 0) {
            throw new WireException(Failure.MALFORMED, "Transfer-Encoding in HTTP/1.0");
        }
        if (!isChunked(codings)) {
            throw new WireException(
                    unknownBeforeChunked(codings) ? Failure.TRANSFER_CODING : Failure.MALFORMED, "codings");
        }
        return CHUNKED;
    }

    /** The body length of an answer: bytes, {@link #CHUNKED} or {@link #UNTIL_CLOSE}. */
    public static long ofResponse(String requestMethod, ResponseHead head, int minor) throws WireException {
        Headers headers = head.headers();
        List<String> codings = headers.all("Transfer-Encoding");
        List<String> lengths = headers.all("Content-Length");
        boolean chunked = isChunked(codings);
        if (!codings.isEmpty() && (!lengths.isEmpty() || minor == 0 || !(chunked || areUnknown(codings)))) {
            throw new WireException(Failure.BAD_ANSWER, "ambiguous framing of an answer");
        }
        long length = lengths.isEmpty() ? UNTIL_CLOSE : length(lengths, Failure.BAD_ANSWER);
        if (requestMethod.equals("HEAD") || !head.mayHaveBody()) {
            return 0;
        }
        if (chunked) {
            return CHUNKED;
        }
        if (!codings.isEmpty()) {
            return UNTIL_CLOSE;
        }
        return length;
    }

    private static boolean isChunked(List<String> codings) {
        return codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
    }

    /** None that RFC 9112 §7 knows: what only the origin understands is read to the end of the connection (§6.3). */
    private static boolean areUnknown(List<String> codings) {
        List<String> members = Lists.split(String.join(",", codings).toLowerCase(Locale.ROOT));
        return !members.isEmpty()
                && members.stream().noneMatch(coding -> KNOWN_CODINGS.stream().anyMatch(coding::contains));
    }

    private static boolean unknownBeforeChunked(List<String> codings) {
        List<String> members = Lists.split(String.join(",", codings));
        return members.size() > 1
                && members.getLast().equalsIgnoreCase("chunked")
                && members.stream().filter("chunked"::equalsIgnoreCase).count() == 1;
    }

    private static long length(List<String> lengths, Failure failure) throws WireException {
        String text = lengths.getFirst();
        boolean digits = !text.isEmpty() && text.length() <= MAX_DIGITS;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (lengths.size() > 1 || !digits) {
            throw new WireException(failure, "Content-Length " + lengths);
        }
        return Long.parseLong(text);
    }
}
