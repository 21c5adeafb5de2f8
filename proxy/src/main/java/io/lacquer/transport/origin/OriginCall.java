package io.lacquer.transport.origin;

import io.lacquer.exchange.BodyStream;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.OriginClient;
import io.lacquer.transport.Loops;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One request on its way: waiting for a connection, then on one; heard of no more once cancelled. */
final class OriginCall implements OriginClient.Call {
    private final ServerPool pool;
    private final OriginClient.Request request;
    private final Loops.NettyLoop preferred;
    private final OriginClient.Listener listener;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable OriginConnection connection;
    private boolean retried;

    OriginCall(
            ServerPool pool, OriginClient.Request request, Loops.NettyLoop preferred, OriginClient.Listener listener) {
        this.pool = pool;
        this.request = request;
        this.preferred = preferred;
        this.listener = listener;
    }

    OriginClient.Request request() {
        return request;
    }

    Loops.NettyLoop preferred() {
        return preferred;
    }

    OriginClient.Listener listener() {
        return listener;
    }

    boolean isOver() {
        return over.get();
    }

    /** Ends it; false if it had ended already. */
    boolean finish() {
        return over.compareAndSet(false, true);
    }

    /** Gives it a connection, on that connection's loop. */
    void startOn(OriginConnection with) {
        with.loop().execute(() -> {
            connection = with;
            with.start(this);
        });
    }

    /** A kept connection was closed under it before a byte of the answer: once more on another, if that is safe (RFC 9110 §9.2.2). */
    boolean retry() {
        BodyStream body = request.body();
        boolean repeatable = body == null || body.isRepeatable();
        if (retried || over.get() || !repeatable || !request.head().isIdempotent()) {
            return false;
        }
        retried = true;
        connection = null;
        pool.acquireFresh(this);
        return true;
    }

    /** Its connection had gone before anything was sent: another one, once. */
    void startElsewhere() {
        if (retried) {
            fail(Failure.RESET);
            return;
        }
        retried = true;
        connection = null;
        pool.acquireFresh(this);
    }

    /** There will be no answer. */
    void fail(Failure failure) {
        if (finish()) {
            preferred.execute(() -> listener.failed(failure));
        }
    }

    @Override
    public void cancel() {
        if (finish()) {
            OriginConnection on = connection;
            if (on != null) {
                on.abandon(this);
            }
            pool.forget(this);
        }
    }

    @Override
    public void resume() {
        OriginConnection on = connection;
        if (on != null) {
            on.resume(this);
        }
    }
}
