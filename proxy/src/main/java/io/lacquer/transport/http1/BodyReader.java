package io.lacquer.transport.http1;

import io.lacquer.exchange.Failure;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads one body from its framing (RFC 9112 §6, §7); chunk extensions are read over, trailers kept. */
public final class BodyReader {
    private static final int MAX_SEGMENT = 64 * 1024;
    private static final int MAX_CHUNK_LINE = 1024;
    private static final int MAX_TRAILER_BYTES = 8 * 1024;
    private static final int MAX_TRAILERS = 32;
    private static final int MAX_HEX_DIGITS = 15;

    /** Takes bytes; false asks to pause. */
    public interface Sink {
        /** Bytes, handed over. */
        boolean take(byte[] bytes);
    }

    /** What became of the bytes that there were. */
    public enum Progress {
        /** More must arrive. */
        HUNGRY,
        /** The sink asked to pause. */
        PAUSED,
        /** The body is whole. */
        WHOLE
    }

    private enum State {
        DATA,
        SIZE,
        AFTER_CHUNK,
        TRAILERS,
        DONE
    }

    private final boolean chunked;
    private final boolean untilClose;
    private final Failure failure;
    private @Nullable FieldReader trailerReader;
    private State state;
    private long left;
    private Headers trailers = Headers.EMPTY;

    /** A reader for a length of {@link Framing}; what is wrong is reported as {@code failure}. */
    public BodyReader(long framing, Failure failure) {
        this.failure = failure;
        chunked = framing == Framing.CHUNKED;
        untilClose = framing == Framing.UNTIL_CLOSE;
        left = chunked ? 0 : untilClose ? Long.MAX_VALUE : framing;
        state = chunked ? State.SIZE : left == 0 ? State.DONE : State.DATA;
    }

    /** The trailer fields that may be passed on, once whole. */
    public Headers trailers() {
        return trailers;
    }

    /** Whether the end of the connection is the end of the body. */
    public boolean isUntilClose() {
        return untilClose;
    }

    /** Reads on. */
    public Progress read(ByteBuf in, Sink sink) throws WireException {
        while (state != State.DONE) {
            switch (state) {
                case DATA -> {
                    int length = (int) Math.min(Math.min(left, in.readableBytes()), MAX_SEGMENT);
                    if (length == 0) {
                        return Progress.HUNGRY;
                    }
                    byte[] bytes = new byte[length];
                    in.readBytes(bytes);
                    left = untilClose ? left : left - length;
                    if (left == 0) {
                        state = chunked ? State.AFTER_CHUNK : State.DONE;
                    }
                    if (!sink.take(bytes) && state != State.DONE) {
                        return Progress.PAUSED;
                    }
                }
                case SIZE -> {
                    String line = FieldReader.line(in, MAX_CHUNK_LINE, failure);
                    if (line == null) {
                        return Progress.HUNGRY;
                    }
                    left = chunkSize(line);
                    state = left == 0 ? State.TRAILERS : State.DATA;
                }
                case AFTER_CHUNK -> {
                    if (in.readableBytes() < 2) {
                        return Progress.HUNGRY;
                    }
                    if (in.readByte() != '\r' || in.readByte() != '\n') {
                        throw new WireException(failure, "a chunk longer than it said");
                    }
                    state = State.SIZE;
                }
                case TRAILERS -> {
                    Headers read = trailers(in);
                    if (read == null) {
                        return Progress.HUNGRY;
                    }
                    trailers = read;
                    state = State.DONE;
                }
                case DONE -> throw new IllegalStateException("read past the end");
            }
        }
        return Progress.WHOLE;
    }

    private @Nullable Headers trailers(ByteBuf in) throws WireException {
        FieldReader by = trailerReader;
        if (by == null) {
            by = new FieldReader(MAX_TRAILER_BYTES, MAX_TRAILERS);
            trailerReader = by;
        }
        Headers read = by.read(in);
        if (read == null || read.size() == 0) {
            return read;
        }
        Headers.Builder allowed = Headers.builder();
        for (int i = 0; i < read.size(); i++) {
            if (Fields.allowedInTrailer(read.name(i))) {
                allowed.add(read.name(i), read.value(i));
            }
        }
        return allowed.build();
    }

    private long chunkSize(String line) throws WireException {
        long size = 0;
        int i = 0;
        while (i < line.length() && i <= MAX_HEX_DIGITS) {
            char c = line.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                break;
            }
            size = size * 16 + digit;
            i++;
        }
        boolean extension = i < line.length() && line.charAt(i) == ';';
        if (i == 0 || i > MAX_HEX_DIGITS || (i < line.length() && !extension)) {
            throw new WireException(failure, "a chunk size that is none");
        }
        return size;
    }
}
