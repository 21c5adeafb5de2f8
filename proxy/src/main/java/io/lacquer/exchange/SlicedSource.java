package io.lacquer.exchange;

import io.lacquer.http.Span;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One range of a body that streams by. */
final class SlicedSource implements BodySource {
    private final BodySource whole;
    private long skip;
    private long left;

    SlicedSource(BodySource whole, Span span) {
        this.whole = whole;
        this.skip = span.first();
        this.left = span.length();
    }

    @Override
    public byte @Nullable [] poll() {
        while (left > 0) {
            byte[] bytes = whole.poll();
            if (bytes == null) {
                return null;
            }
            int from = (int) Math.min(skip, bytes.length);
            int to = (int) Math.min(bytes.length, from + left);
            skip -= from;
            if (to > from) {
                left -= to - from;
                return to - from == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
            }
        }
        return null;
    }

    @Override
    public boolean isEnded() {
        return left == 0 || whole.isEnded();
    }

    @Override
    public @Nullable Failure failure() {
        return left == 0 ? null : whole.failure();
    }

    @Override
    public void whenReady(Runnable ready) {
        whole.whenReady(ready);
    }

    @Override
    public void close() {
        whole.close();
    }
}
