package io.lacquer.store.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the masters of a cluster. Lettuce makes them, and makes them again, so the whole counts as open. Ages are computed by the clock of the master that holds the first slot: that is the same one for every node
 * of ours.
 *
 * @param namespace the first part of keys that may be asked for
 */
record ClusterWire(StatefulRedisClusterConnection<byte[], byte[]> connection, String namespace) implements Wire {
    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public RedisClusterAsyncCommands<byte[], byte[]> commands() {
        return connection.async();
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> speaker() {
        return to(connection.getPartitions().getMasterBySlot(0));
    }

    /**
     * Has a connection to every master it can have one to: what would have to wait for a connection is refused by
     * Lettuce.
     */
    CompletionStage<Wire> warm() {
        CompletableFuture<?>[] tries = masters().stream()
                .map(master -> to(master).exceptionally(lost -> commands()).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(tries).thenApply(done -> this);
    }

    /** Each time of another master, so that one that is lost does not speak for all; then as look-ups ask, of any. */
    @Override
    public CompletionStage<Health> probe(long number) {
        List<RedisClusterNode> masters = masters();
        if (masters.isEmpty()) {
            return CompletableFuture.failedStage(new RedisException("the cluster has no masters"));
        }
        warm(); // there may be new ones
        byte[] key = (namespace + ":probe:" + number).getBytes(StandardCharsets.UTF_8);
        return to(masters.get((int) (number % masters.size())))
                .thenCompose(server -> ServerWire.echo(server, number))
                .thenCompose(health -> commands().get(key).thenApply(value -> health));
    }

    private List<RedisClusterNode> masters() {
        return connection.getPartitions().stream()
                .filter(node -> node.is(NodeFlag.UPSTREAM) && !node.hasNoSlots())
                .toList();
    }

    private CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> to(@Nullable RedisClusterNode node) {
        if (node == null) {
            return CompletableFuture.failedStage(new RedisException("no node of the cluster serves the first slot"));
        }
        return connection
                .getConnectionAsync(node.getUri().getHost(), node.getUri().getPort())
                .thenApply(StatefulRedisConnection::async);
    }

    @Override
    public void close() {
        connection.closeAsync();
    }
}
