package io.lacquer.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a server one thing, on a connection of its own, within a second. */
final class Enquiry {
    private static final long LIMIT_MILLIS = 1000;

    /** What to ask. */
    interface Question<T> {
        /** Its answer. */
        CompletionStage<T> to(RedisAsyncCommands<String, String> server);
    }

    private final RedisClient client;

    Enquiry(RedisClient client) {
        this.client = client;
    }

    /** The answer; its failure has no other failure within. */
    <T> CompletionStage<T> ask(RedisURI server, Question<T> question) {
        CompletableFuture<StatefulRedisConnection<String, String>> connected =
                client.connectAsync(StringCodec.UTF8, server).toCompletableFuture();
        CompletableFuture<T> answer = connected
                .thenCompose(connection -> question.to(connection.async()))
                .orTimeout(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        answer.whenComplete((said, failure) -> connected.thenAccept(StatefulRedisConnection::closeAsync));
        return answer.exceptionallyCompose(failure -> CompletableFuture.failedFuture(named(failure)));
    }

    private static Throwable named(Throwable failure) {
        Throwable cause = root(failure);
        return switch (cause) {
            case TimeoutException late -> new RedisException("no answer within a second");
            case IllegalStateException inLettuce -> new RedisException("it hung up");
            default -> cause;
        };
    }

    /** What lies at the bottom of a failure. */
    static Throwable root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
