package io.lacquer.exchange;

import io.lacquer.store.Body;
import org.jspecify.annotations.Nullable;

/** A stored body for one reader. A large one stays on the ledger's account for as long as it is being read. */
final class StoredSource implements BodySource {
    private static final long HELD_FROM = 64 * 1024;

    private final Body body;
    private boolean held;
    private int next;

    StoredSource(Body body) {
        this.body = body;
        this.held = body.length() > HELD_FROM && body.hold();
    }

    @Override
    public byte @Nullable [] poll() {
        return next < body.segments() ? body.segment(next++) : null;
    }

    @Override
    public boolean isEnded() {
        return next >= body.segments();
    }

    @Override
    public void close() {
        next = body.segments();
        if (held) {
            held = false;
            body.release();
        }
    }
}
