package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Status;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads response heads (RFC 9112 §4, §5). */
public final class ResponseReader {
    private static final int MAX_LINE = 8 * 1024;
    private static final int MAX_FIELD_BYTES = 64 * 1024;
    private static final int MAX_FIELDS = 256;

    private final FieldReader fields = new FieldReader(MAX_FIELD_BYTES, MAX_FIELDS);
    private byte[] last = {}; // the line that the next three were read from
    private boolean started;
    private int status;
    private int minor;
    private String reason = "";

    /** The minor version of the last head. */
    public int minor() {
        return minor;
    }

    /** Reads on; a head once it is whole, else null. */
    public @Nullable ResponseHead read(ByteBuf in) throws WireException {
        if (!started) {
            int end = FieldReader.end(in, MAX_LINE, Failure.BAD_ANSWER);
            if (end < 0) {
                return null;
            }
            byte[] line = FieldReader.take(in, end);
            if (!Arrays.equals(line, 0, end, last, 0, last.length)) {
                start(new String(line, 0, end - 1, StandardCharsets.ISO_8859_1));
                last = Arrays.copyOf(line, end);
            }
            started = true;
        }
        Headers read = fields.read(in);
        if (read == null) {
            return null;
        }
        ResponseHead head = new ResponseHead(status, reason, read);
        started = false;
        return head;
    }

    private void start(String line) throws WireException {
        boolean versioned = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
        if (!versioned || line.length() < 12 || (line.length() > 12 && line.charAt(12) != ' ')) {
            throw new WireException(Failure.BAD_ANSWER, "a status line that is none");
        }
        int code = 0;
        for (int i = 9; i < 12; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new WireException(Failure.BAD_ANSWER, "a status that is no number");
            }
            code = code * 10 + digit;
        }
        if (code < 100) {
            throw new WireException(Failure.BAD_ANSWER, "a status below 100");
        }
        minor = line.charAt(7) - '0';
        status = code;
        reason = reason(code, line);
    }

    /** What is usually said is the same object each time, since it is stored with each answer. */
    private static String reason(int code, String line) {
        String usual = Status.reason(code);
        boolean isUsual = line.length() == 13 + usual.length() && line.endsWith(usual);
        return isUsual ? usual : line.length() > 13 ? line.substring(13) : "";
    }
}
