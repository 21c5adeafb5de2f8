package io.lacquer.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The servers of one Redis: one that stands alone, a master that Sentinels watch, or a Cluster. Says which server is
 * the master now, and makes clients that share their threads with all others of this process. Nothing here blocks.
 */
public final class RedisServers implements AutoCloseable {
    private static final int QUEUE = 4096;

    /** Longer than Lettuce's timer of a handshake, which Netty calls an error where the thread is gone. */
    private static final long QUIET_MILLIS = 1500;

    private static final long END_MILLIS = 5000;
    private static final Duration TLS_LIMIT = Duration.ofSeconds(3);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);
    private static final Duration TOPOLOGY_EVERY = Duration.ofSeconds(5);
    private static final Duration TOPOLOGY_AT_MOST_EVERY = Duration.ofMillis(500);

    private final Address address;
    private final SslOptions ssl;
    private final ClientResources resources;
    private final Queue<RedisClient> clients = new ConcurrentLinkedQueue<>();
    private final Queue<RedisClusterClient> clusterClients = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Masters masters;

    private RedisServers(Address address, SslOptions ssl) {
        this.address = address;
        this.ssl = ssl;
        this.resources = SharedResources.acquire();
        this.masters = switch (address.topology()) {
            case ALONE -> key -> CompletableFuture.completedFuture(seeds().getFirst());
            case SENTINEL -> new SentinelMasters(address, new Enquiry(client(CONNECT_LIMIT)));
            case CLUSTER -> new ClusterMasters(address, new Enquiry(client(CONNECT_LIMIT)));
        };
    }

    /**
     * Those at an address in the form that the configuration gives it. Connects to none yet.
     *
     * @param caFile the certificates, in PEM, that a server's must lead to; null is those of the system
     * @param verify false takes any certificate
     * @throws IllegalArgumentException if that file can't be read
     */
    public static RedisServers of(String uri, @Nullable String caFile, boolean verify) {
        SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider().handshakeTimeout(TLS_LIMIT);
        if (caFile != null) {
            check(Path.of(caFile));
            ssl.trustManager(Path.of(caFile).toFile());
        }
        return new RedisServers(Address.parse(uri, verify), ssl.build());
    }

    private static void check(Path caFile) {
        try (InputStream pem = Files.newInputStream(caFile)) {
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(pem)
                    .isEmpty()) {
                throw new CertificateException("it is empty");
            }
        } catch (IOException | CertificateException unusable) {
            throw new IllegalArgumentException(
                    "the file of certificates " + caFile + " can't be used (" + unusable.getMessage()
                            + "); name one in PEM form in tiers.l2.tls.ca",
                    unusable);
        }
    }

    /** Whether the master can become another server: with Sentinel and in a Cluster. */
    public boolean isReplicated() {
        return address.topology() != Address.Topology.ALONE;
    }

    /** Whether keys are spread over several masters. */
    public boolean isCluster() {
        return address.topology() == Address.Topology.CLUSTER;
    }

    /**
     * The server that takes writes of a key now, with user, password, TLS and database. Asks sentinels or nodes, for a
     * second each at most; fails saying why none could tell. What it names may be gone, or be demoted, by the time it
     * is connected to.
     */
    public CompletionStage<RedisURI> masterFor(byte[] key) {
        return masters.masterFor(key);
    }

    /** A new client to single servers, without any of its own; ended by {@link #close}. It does not reconnect. */
    public RedisClient client(Duration commandTimeout) {
        RedisClient client = RedisClient.create(resources);
        ClientOptions.Builder options = ClientOptions.builder().autoReconnect(false); // who uses it makes a new one
        common(options, commandTimeout);
        client.setOptions(options.build());
        clients.add(client);
        return client;
    }

    /** A new client to the whole cluster, ended by {@link #close}; it follows the cluster's changes by itself. */
    public RedisClusterClient clusterClient(Duration commandTimeout) {
        RedisClusterClient client = RedisClusterClient.create(resources, seeds());
        ClusterClientOptions.Builder options = ClusterClientOptions.builder()
                .autoReconnect(true) // it keeps a node's closed connection for ever otherwise
                .validateClusterNodeMembership(false)
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(TOPOLOGY_EVERY)
                        .refreshTriggersReconnectAttempts(1)
                        .adaptiveRefreshTriggersTimeout(TOPOLOGY_AT_MOST_EVERY)
                        .build());
        common(options, commandTimeout);
        options.replayFilter(command -> true); // what was under way when a connection broke has failed
        client.setOptions(options.build());
        clusterClients.add(client);
        return client;
    }

    private void common(ClientOptions.Builder options, Duration commandTimeout) {
        options.sslOptions(ssl)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(QUEUE)
                .timeoutOptions(
                        TimeoutOptions.builder().fixedTimeout(commandTimeout).build())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_LIMIT)
                        .tcpNoDelay(true)
                        .build());
    }

    private List<RedisURI> seeds() {
        return address.places().stream().map(address::at).toList();
    }

    /** Ends every client that was made here, without waiting. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<?>[] ends = Stream.concat(
                        clients.stream()
                                .map(client -> client.shutdownAsync(QUIET_MILLIS, END_MILLIS, TimeUnit.MILLISECONDS)),
                        clusterClients.stream()
                                .map(client -> client.shutdownAsync(QUIET_MILLIS, END_MILLIS, TimeUnit.MILLISECONDS)))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(ends).whenComplete((done, failure) -> SharedResources.release());
    }

    /** Never the password. */
    @Override
    public String toString() {
        return address.toString();
    }
}
