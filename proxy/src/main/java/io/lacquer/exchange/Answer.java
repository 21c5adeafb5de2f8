package io.lacquer.exchange;

import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small answer made here: a failure, or the admin's.
 *
 * @param head with its length
 * @param body all bytes
 */
public record Answer(ResponseHead head, byte[] body) {
    /** A failure's answer. */
    public static Answer of(Failure failure) {
        byte[] body = Reply.text(failure);
        return new Answer(Reply.failure(failure, body), body);
    }

    /** An answer with a body of a type. */
    public static Answer of(int status, String type, byte[] body) {
        Headers headers = Headers.of(
                "Content-Type", type, "Content-Length", Integer.toString(body.length), "Cache-Control", "no-store");
        return new Answer(ResponseHead.of(status, headers), body);
    }

    /** The body as a source. */
    public BodySource source() {
        return new Bytes(body);
    }

    private static final class Bytes implements BodySource {
        private final List<byte[]> all;
        private boolean given;

        Bytes(byte[] body) {
            all = List.of(body);
            given = body.length == 0;
        }

        @Override
        public byte @Nullable [] poll() {
            if (given) {
                return null;
            }
            given = true;
            return all.getFirst();
        }

        @Override
        public boolean isEnded() {
            return given;
        }

        @Override
        public void close() {
            given = true;
        }
    }
}
