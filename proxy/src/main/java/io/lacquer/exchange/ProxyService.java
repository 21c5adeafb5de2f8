package io.lacquer.exchange;

import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import java.net.InetAddress;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The main listener's service: an {@link Exchange} a request. */
public final class ProxyService implements Service {
    private final Engine engine;
    private final Consumer<Outcome> refusals;
    private final boolean fast;
    private final LongAdder fastHits = new LongAdder();

    /**
     * Serves with an engine.
     *
     * @param refusals told of what never became a request
     * @param fast false takes the full path for everything, which gives the same answers
     */
    public ProxyService(Engine engine, Consumer<Outcome> refusals, boolean fast) {
        this.engine = engine;
        this.refusals = refusals;
        this.fast = fast;
    }

    /** Hits that took the short way, since start. */
    public long fastHitsGiven() {
        return fastHits.sum();
    }

    @Override
    public Handling handle(
            RequestHead head, @Nullable BodyStream body, long bodyLength, InetAddress peer, Downstream client) {
        if (PurgeMethod.isFor(engine, head, peer)) {
            return new PurgeMethod(engine, head, body, peer, client);
        }
        return new Exchange(engine, head, body, bodyLength, peer, client);
    }

    @Override
    public @Nullable FastHits fastHits() {
        return fast ? new FastHits(engine, fastHits) : null;
    }

    @Override
    public void refused(Failure failure, InetAddress peer) {
        long now = engine.clock().nanos();
        RequestHead unread = new RequestHead("-", "-", 1, Headers.EMPTY);
        Outcome outcome = new Outcome(unread, peer.getHostAddress(), now);
        outcome.failure = failure;
        outcome.status = failure.status();
        outcome.endNanos = now;
        refusals.accept(outcome);
    }
}
