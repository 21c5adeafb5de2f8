package io.lacquer.exchange;

import io.lacquer.http.Headers;
import java.nio.charset.StandardCharsets;

/** The content of a request that is part of its key: read whole, sent as often as needed. */
final class Content {
    private final byte[] bytes;

    /** Takes the bytes over. */
    Content(byte[] bytes) {
        this.bytes = bytes;
    }

    long length() {
        return bytes.length;
    }

    /** One char an octet. */
    String text() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes for one sending. */
    BodyStream stream() {
        BodyStream stream = new BodyStream(true);
        stream.append(bytes);
        stream.end(Headers.EMPTY);
        return stream;
    }
}
