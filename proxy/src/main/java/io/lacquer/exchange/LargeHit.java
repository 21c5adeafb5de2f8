package io.lacquer.exchange;

import io.lacquer.store.StoredResponse;
import org.jspecify.annotations.Nullable;

/** A hit of the short way whose body is more than one write. It is counted when it has left. */
public final class LargeHit implements Service.Handling {
    private final HitAgain again;
    private final StoredResponse stored;
    private final StoredSource body;
    private final String client;
    private final long startNanos;
    private final FastHits hits;

    LargeHit(HitAgain again, StoredResponse stored, StoredSource body, String client, long startNanos, FastHits hits) {
        this.again = again;
        this.stored = stored;
        this.body = body;
        this.client = client;
        this.startNanos = startNanos;
        this.hits = hits;
    }

    /** What follows the head; closed by whoever sends it. */
    public BodySource body() {
        return body;
    }

    @Override
    public void responded(long bodyBytes, @Nullable Failure failure) {
        body.close();
        if (failure == null) {
            again.given(stored, false, client, startNanos);
        } else {
            again.sent(stored, client, startNanos, bodyBytes, failure);
        }
        hits.sent(stored);
    }

    @Override
    public void clientLeft() {
        responded(0, Failure.CLIENT_LEFT);
    }
}
