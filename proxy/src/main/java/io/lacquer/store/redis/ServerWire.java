package io.lacquer.store.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A connection to one server.
 *
 * @param replaceable whether another server can become the master in its place, so that its role is to be asked
 */
record ServerWire(StatefulRedisConnection<byte[], byte[]> connection, boolean replaceable) implements Wire {
    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public RedisClusterAsyncCommands<byte[], byte[]> commands() {
        return connection.async();
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> speaker() {
        return CompletableFuture.completedStage(commands());
    }

    @Override
    public CompletionStage<Health> probe(long number) {
        CompletionStage<Health> echo = echo(commands(), number);
        return replaceable ? echo.thenCompose(health -> health == Health.WELL ? role() : done(health)) : echo;
    }

    /** Who may not ask for it takes a demotion for granted only when a write is refused. */
    private CompletionStage<Health> role() {
        return commands()
                .info("replication")
                .thenApply(text -> text.contains("role:slave") ? Health.DEMOTED : Health.WELL)
                .exceptionally(failure -> {
                    if (failure.getCause() instanceof RedisCommandExecutionException) {
                        return Health.WELL;
                    }
                    throw new CompletionException(failure);
                });
    }

    /** What an echo of one server says. */
    static CompletionStage<Health> echo(RedisClusterAsyncCommands<byte[], byte[]> commands, long number) {
        byte[] asked = Long.toString(number).getBytes(StandardCharsets.US_ASCII);
        return commands.echo(asked).thenApply(said -> Arrays.equals(asked, said) ? Health.WELL : Health.OUT_OF_STEP);
    }

    private static CompletionStage<Health> done(Health health) {
        return CompletableFuture.completedStage(health);
    }

    @Override
    public void close() {
        connection.closeAsync();
    }
}
