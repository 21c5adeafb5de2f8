package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads lines and field sections, as bytes arrive: CRLF only, no folding, no control characters, within limits. */
final class FieldReader {
    private final int maxBytes;
    private final int maxCount;
    private Headers.Builder fields = Headers.builder();
    private int bytes;
    private int count;

    FieldReader(int maxBytes, int maxCount) {
        this.maxBytes = maxBytes;
        this.maxCount = maxCount;
    }

    /** Reads on; the fields once the empty line has come, else null. */
    @Nullable
    Headers read(ByteBuf in) throws WireException {
        while (true) {
            String line = line(in, maxBytes - bytes, Failure.HEADERS_TOO_LARGE);
            if (line == null) {
                return null;
            }
            bytes += line.length() + 2;
            if (line.isEmpty()) {
                Headers read = fields.build();
                fields = Headers.builder();
                bytes = 0;
                count = 0;
                return read;
            }
            if (++count > maxCount) {
                throw new WireException(Failure.HEADERS_TOO_LARGE, "more than " + maxCount + " fields");
            }
            field(line);
        }
    }

    private void field(String line) throws WireException {
        int colon = line.indexOf(':');
        if (colon <= 0 || !Fields.isToken(line, 0, colon)) {
            // also a folded line, and white space before the colon
            throw new WireException(Failure.MALFORMED, "a field line without a proper name");
        }
        int from = colon + 1;
        int to = line.length();
        while (from < to && isBlank(line.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(line.charAt(to - 1))) {
            to--;
        }
        fields.add(line.substring(0, colon), line.substring(from, to));
    }

    /** The next line without its CRLF, or null until it is whole. */
    static @Nullable String line(ByteBuf in, int max, Failure tooLong) throws WireException {
        int end = in.bytesBefore((byte) '\n');
        int length = end < 0 ? in.readableBytes() : end + 1;
        if (length > max + 2 || (end < 0 && length > max + 1)) { // the CR may be here and the LF not yet
            throw new WireException(tooLong, "a line of more than " + max + " bytes");
        }
        if (end < 0) {
            return null;
        }
        if (end == 0 || in.getByte(in.readerIndex() + end - 1) != '\r') {
            throw new WireException(Failure.MALFORMED, "a line that ends without CR");
        }
        String line = in.readCharSequence(end - 1, StandardCharsets.ISO_8859_1).toString();
        in.skipBytes(2);
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                throw new WireException(Failure.MALFORMED, "a control character in a line");
            }
        }
        return line;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
