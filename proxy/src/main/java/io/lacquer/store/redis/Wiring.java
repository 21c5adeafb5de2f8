package io.lacquer.store.redis;

import io.lacquer.redis.RedisServers;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Makes wires to a Redis: to the server, to the master that Sentinels name at that moment, or to a cluster. */
final class Wiring {
    private final RedisServers servers;
    private final String namespace;
    private final Supplier<CompletionStage<Wire>> way;

    Wiring(RedisServers servers, String namespace, Duration commandTimeout) {
        this.servers = servers;
        this.namespace = namespace;
        if (servers.isCluster()) {
            RedisClusterClient client = servers.clusterClient(commandTimeout);
            this.way = () -> connectToCluster(client);
        } else {
            RedisClient client = servers.client(commandTimeout);
            this.way = () -> connectToServer(client);
        }
    }

    /** A new wire to a master; fails saying why there is none. */
    CompletionStage<Wire> connect() {
        return way.get();
    }

    private CompletionStage<Wire> connectToServer(RedisClient client) {
        return servers.masterFor(new byte[0])
                .thenCompose(master -> client.connectAsync(ByteArrayCodec.INSTANCE, master))
                .thenCompose(connection -> verified(new ServerWire(connection, servers.isReplicated())));
    }

    /** Sentinels name a demoted master for a while. */
    private static CompletionStage<Wire> verified(ServerWire wire) {
        if (!wire.replaceable()) {
            return CompletableFuture.completedStage(wire);
        }
        return wire.probe(0)
                .handle((health, failure) -> {
                    if (health == Wire.Health.WELL) {
                        return CompletableFuture.<Wire>completedStage(wire);
                    }
                    wire.close();
                    return CompletableFuture.<Wire>failedStage(
                            failure == null
                                    ? new RedisException("the Sentinels name a server that is no master")
                                    : failure);
                })
                .thenCompose(made -> made);
    }

    /** What is wrong with a cluster is clearer in the words of one node than in Lettuce's about all of them. */
    private CompletionStage<Wire> connectToCluster(RedisClusterClient cluster) {
        return servers.masterFor(namespace.getBytes(StandardCharsets.UTF_8))
                .thenCompose(known -> cluster.refreshPartitionsAsync())
                .thenCompose(known -> cluster.connectAsync(ByteArrayCodec.INSTANCE))
                .thenCompose(connection -> new ClusterWire(connection, namespace).warm());
    }
}
