package io.lacquer.store.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One way to Redis: made in the background, probed with an echo, and made anew once it is lost, silent for some
 * probes, out of step, so that answers meet questions that they do not belong to, or leads to a server that is the
 * master no more.
 */
final class RedisLine {
    private static final int UNEXPLAINED_TO_TELL = 12;

    /** Takes the result of a probe. */
    interface Heard {
        /** It answered as it should, or failed. */
        void with(@Nullable Throwable failure);
    }

    private final Supplier<CompletionStage<Wire>> wiring;
    private final int patience;
    private final Runnable beforeUse;
    private volatile @Nullable Wire wire;
    private boolean connecting;
    private int silent;
    private int unexplained;
    private long probes;

    /**
     * Not connected yet.
     *
     * @param patience so many probes without an answer in a row, and it is made anew
     * @param beforeUse runs whenever it was made anew and nobody has it yet
     */
    RedisLine(Supplier<CompletionStage<Wire>> wiring, int patience, Runnable beforeUse) {
        this.wiring = wiring;
        this.patience = patience;
        this.beforeUse = beforeUse;
    }

    /** Commands that concern keys, or null while there is no connection. */
    @Nullable
    RedisClusterAsyncCommands<byte[], byte[]> commands() {
        Wire present = wire;
        return present == null || !present.isOpen() ? null : present.commands();
    }

    /** The connection, or null while there is none. */
    @Nullable
    Wire wire() {
        Wire present = wire;
        return present == null || !present.isOpen() ? null : present;
    }

    /** Connects where there is no connection, asks for an echo where there is one. */
    synchronized void probe(Heard heard) {
        Wire present = wire;
        if (present != null && !present.isOpen()) {
            drop(present);
            present = null;
        }
        if (present == null) {
            connect(heard);
        } else {
            check(present, heard);
        }
    }

    /** Gives the connection up; the next probe makes another. */
    synchronized void giveUp() {
        Wire present = wire;
        if (present != null) {
            drop(present);
        }
    }

    private void connect(Heard heard) {
        if (connecting) {
            return;
        }
        connecting = true;
        CompletionStage<Wire> attempt;
        try {
            attempt = wiring.get();
        } catch (RuntimeException refused) {
            connecting = false;
            throw refused;
        }
        attempt.whenComplete((made, failure) -> {
            boolean verdict;
            synchronized (this) {
                connecting = false;
                silent = 0;
                if (failure == null) {
                    beforeUse.run();
                }
                wire = failure == null ? made : null;
                unexplained = isUnexplained(failure) ? unexplained + 1 : 0;
                verdict = unexplained == 0 || unexplained >= UNEXPLAINED_TO_TELL;
            }
            if (verdict) {
                heard.with(isUnexplained(failure) ? new RedisException("it hangs up on every connection") : failure);
            }
        });
    }

    /** The channel closed under Lettuce's own set-up: that says nothing of Redis, the next attempt will. */
    static boolean isUnexplained(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof IllegalStateException;
    }

    private void check(Wire present, Heard heard) {
        present.probe(++probes).whenComplete((health, failure) -> {
            synchronized (this) {
                silent = failure == null || !present.equals(wire) ? 0 : silent + 1;
                if ((failure == null && health != Wire.Health.WELL) || silent >= patience) {
                    drop(present);
                }
            }
            heard.with(failure == null ? complaint(health) : failure);
        });
    }

    private static @Nullable Throwable complaint(Wire.Health health) {
        return switch (health) {
            case WELL -> null;
            case OUT_OF_STEP -> new RedisException("its answers are out of step");
            case DEMOTED -> new RedisException("it is the master no more");
        };
    }

    private void drop(Wire lost) {
        if (lost.equals(wire)) {
            silent = 0;
            wire = null;
            lost.close();
        }
    }
}
