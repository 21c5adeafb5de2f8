package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.FieldNames;
import io.lacquer.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads lines and field sections, as bytes arrive: CRLF only, no folding, no control characters, within limits. */
final class FieldReader {
    private static final FastThreadLocal<byte[]> LINE = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[4096];
        }
    };

    /** As many as most heads have. */
    private static final int USUAL = 12;

    private final int maxBytes;
    private final int maxCount;
    private Headers.@Nullable Builder fields;
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
            int end = end(in, maxBytes - bytes, Failure.HEADERS_TOO_LARGE);
            if (end < 0) {
                return null;
            }
            byte[] line = take(in, end);
            bytes += end + 1;
            Headers.Builder to = fields == null ? Headers.builder(USUAL) : fields;
            fields = to;
            if (end == 1) {
                Headers read = to.build();
                fields = null;
                bytes = 0;
                count = 0;
                return read;
            }
            if (++count > maxCount) {
                throw new WireException(Failure.HEADERS_TOO_LARGE, "more than " + maxCount + " fields");
            }
            field(line, end - 1, to);
        }
    }

    private static void field(byte[] line, int length, Headers.Builder to) throws WireException {
        int colon = 0;
        while (colon < length && line[colon] != ':') {
            colon++;
        }
        String name = colon == length ? null : FieldNames.of(line, colon);
        if (name == null) {
            // also a folded line, and white space before the colon
            throw new WireException(Failure.MALFORMED, "a field line without a proper name");
        }
        int from = colon + 1;
        int end = length;
        while (from < end && isBlank(line[from])) {
            from++;
        }
        while (end > from && isBlank(line[end - 1])) {
            end--;
        }
        to.add(name, new String(line, from, end - from, StandardCharsets.ISO_8859_1));
    }

    /** The next line without its CRLF, or null until it is whole. */
    static @Nullable String line(ByteBuf in, int max, Failure tooLong) throws WireException {
        int end = end(in, max, tooLong);
        return end < 0 ? null : new String(take(in, end), 0, end - 1, StandardCharsets.ISO_8859_1);
    }

    /** Where the LF of the next line is, or -1 until it is there. */
    static int end(ByteBuf in, int max, Failure tooLong) throws WireException {
        int end = in.bytesBefore((byte) '\n');
        int length = end < 0 ? in.readableBytes() : end + 1;
        if (length > max + 2 || (end < 0 && length > max + 1)) { // the CR may be here and the LF not yet
            throw new WireException(tooLong, "a line of more than " + max + " bytes");
        }
        return end;
    }

    /** Reads a line up to its LF; the array is good until the next one. */
    static byte[] take(ByteBuf in, int end) throws WireException {
        byte[] line = LINE.get();
        line = end < line.length ? line : new byte[end + 1];
        in.readBytes(line, 0, end + 1);
        if (end == 0 || line[end - 1] != '\r') {
            throw new WireException(Failure.MALFORMED, "a line that ends without CR");
        }
        for (int i = 0; i < end - 1; i++) {
            int c = line[i] & 0xff;
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                throw new WireException(Failure.MALFORMED, "a control character in a line");
            }
        }
        return line;
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t';
    }
}
