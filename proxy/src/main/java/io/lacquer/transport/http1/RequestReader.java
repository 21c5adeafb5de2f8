package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads request heads (RFC 9112 §3, §5). */
public final class RequestReader {
    private static final int MAX_EMPTY_LINES = 4;

    private final int maxLine;
    private final FieldReader fields;
    private @Nullable String method;
    private String target = "";
    private int minor;
    private int emptyLines;

    /** A reader with limits in bytes and fields. */
    public RequestReader(int maxLine, int maxHeaderBytes, int maxHeaderCount) {
        this.maxLine = maxLine;
        this.fields = new FieldReader(maxHeaderBytes, maxHeaderCount);
    }

    /** Whether part of a head has been read. */
    public boolean isWithin() {
        return method != null || emptyLines > 0;
    }

    /** Reads on; a head once it is whole, else null. */
    public @Nullable RequestHead read(ByteBuf in) throws WireException {
        while (method == null) {
            String line = FieldReader.line(in, maxLine, Failure.URI_TOO_LONG);
            if (line == null) {
                return null;
            }
            if (!line.isEmpty()) {
                start(line);
            } else if (++emptyLines > MAX_EMPTY_LINES) {
                throw new WireException(Failure.MALFORMED, "empty lines instead of a request");
            }
        }
        Headers read = fields.read(in);
        if (read == null) {
            return null;
        }
        RequestHead head = new RequestHead(method, target, minor, read);
        method = null;
        emptyLines = 0;
        checkHost(head);
        return head;
    }

    private void start(String line) throws WireException {
        int first = line.indexOf(' ');
        int second = line.indexOf(' ', first + 1);
        if (first <= 0 || second <= first + 1 || !Fields.isToken(line, 0, first)) {
            throw new WireException(Failure.MALFORMED, "a request line that is none");
        }
        boolean known = line.startsWith("HTTP/1.1", second + 1) || line.startsWith("HTTP/1.0", second + 1);
        if (!known || line.length() != second + 9) {
            String version = line.substring(second + 1);
            boolean other = version.length() == 8 && version.startsWith("HTTP/");
            throw new WireException(other ? Failure.VERSION : Failure.MALFORMED, "version " + version);
        }
        String path = line.substring(first + 1, second);
        if (path.indexOf('\t') >= 0) {
            throw new WireException(Failure.MALFORMED, "white space in the request target");
        }
        method = line.startsWith("GET ") ? "GET" : line.substring(0, first);
        target = path;
        minor = line.charAt(second + 8) - '0';
    }

    /** RFC 9112 §3.2: exactly one, and none at all only in HTTP/1.0. */
    private static void checkHost(RequestHead head) throws WireException {
        int hosts = head.headers().count("Host");
        if (hosts > 1 || (hosts == 0 && head.minor() == 1)) {
            throw new WireException(Failure.BAD_HOST, hosts + " Host fields");
        }
    }
}
