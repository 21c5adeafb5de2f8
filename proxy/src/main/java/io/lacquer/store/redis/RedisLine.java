package io.lacquer.store.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One connection to Redis: made in the background, probed with an echo, and made anew once it is lost, silent
 * for some probes, or out of step, so that answers meet questions that they do not belong to.
 */
final class RedisLine {
    private static final int PROBES_TO_GIVE_UP = 12;

    /** Takes the result of a probe. */
    interface Heard {
        /** It answered as it should, or failed. */
        void with(@Nullable Throwable failure);
    }

    private final RedisClient client;
    private final RedisURI uri;
    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> connection;
    private boolean connecting;
    private int silent;
    private int unexplained;
    private long echoes;

    RedisLine(RedisClient client, RedisURI uri) {
        this.client = client;
        this.uri = uri;
    }

    /** Commands, or null while there is no connection. */
    @Nullable
    RedisAsyncCommands<byte[], byte[]> commands() {
        StatefulRedisConnection<byte[], byte[]> present = connection;
        return present == null || !present.isOpen() ? null : present.async();
    }

    /** Connects where there is no connection, asks for an echo where there is one. */
    synchronized void probe(Heard heard) {
        StatefulRedisConnection<byte[], byte[]> present = connection;
        if (present != null && !present.isOpen()) {
            drop(present);
            present = null;
        }
        if (present == null) {
            connect(heard);
        } else {
            echo(present, heard);
        }
    }

    private void connect(Heard heard) {
        if (connecting) {
            return;
        }
        connecting = true;
        CompletionStage<StatefulRedisConnection<byte[], byte[]>> attempt;
        try {
            attempt = client.connectAsync(ByteArrayCodec.INSTANCE, uri);
        } catch (RuntimeException refused) {
            connecting = false;
            throw refused;
        }
        attempt.whenComplete((made, failure) -> {
            boolean verdict;
            synchronized (this) {
                connecting = false;
                silent = 0;
                connection = failure == null ? made : null;
                unexplained = isUnexplained(failure) ? unexplained + 1 : 0;
                verdict = unexplained == 0 || unexplained >= PROBES_TO_GIVE_UP;
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

    private void echo(StatefulRedisConnection<byte[], byte[]> present, Heard heard) {
        byte[] asked = Long.toString(++echoes).getBytes(StandardCharsets.US_ASCII);
        present.async().echo(asked).whenComplete((said, failure) -> {
            boolean outOfStep = failure == null && !Arrays.equals(asked, said);
            synchronized (this) {
                silent = failure == null ? 0 : silent + 1;
                if (outOfStep || silent >= PROBES_TO_GIVE_UP) {
                    drop(present);
                }
            }
            heard.with(outOfStep ? new RedisException("its answers are out of step") : failure);
        });
    }

    private void drop(StatefulRedisConnection<byte[], byte[]> lost) {
        silent = 0;
        if (lost.equals(connection)) {
            connection = null;
        }
        lost.closeAsync();
    }
}
