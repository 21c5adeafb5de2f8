package io.lacquer.exchange;

import io.lacquer.store.Body;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stored body, or parts of it, for one reader. A large one stays on the ledger's account for as long as it is being read. */
final class StoredSource implements BodySource {
    private static final long HELD_FROM = 64 * 1024;

    private final Body body;
    private final List<byte[]> segments;
    private boolean held;
    private int next;

    /** All of it. */
    StoredSource(Body body) {
        this(body, body.all());
    }

    /** Segments that were made of it. */
    StoredSource(Body body, List<byte[]> segments) {
        this.body = body;
        this.segments = segments;
        this.held = body.length() > HELD_FROM && body.hold();
    }

    @Override
    public byte @Nullable [] poll() {
        return next < segments.size() ? segments.get(next++) : null;
    }

    @Override
    public boolean isEnded() {
        return next >= segments.size();
    }

    @Override
    public void close() {
        next = segments.size();
        if (held) {
            held = false;
            body.release();
        }
    }
}
