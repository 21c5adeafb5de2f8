package io.lacquer.e2e;

import static org.awaitility.Awaitility.await;

import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A Redis Cluster of three masters with a replica each, quick to put a replica in a lost master's place. */
final class RedisClusterOf implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final int BUS = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<RedisProcess> nodes = new ArrayList<>();
    private final List<Integer> busPorts = new ArrayList<>();
    private final String password;
    private final @Nullable SelfSigned key;

    private RedisClusterOf(String password, @Nullable SelfSigned key) {
        this.password = password;
        this.key = key;
    }

    /** Starts it and returns once it is whole. */
    static RedisClusterOf start() throws IOException {
        return start("");
    }

    /** The same; its nodes ask for a password unless it is empty. */
    static RedisClusterOf start(String password) throws IOException {
        return start(password, null);
    }

    /** The same; with a key its nodes talk to each other, and to Lacquer, with TLS. */
    static RedisClusterOf start(String password, @Nullable SelfSigned key) throws IOException {
        RedisClusterOf cluster = new RedisClusterOf(password, key);
        try {
            cluster.launch();
            return cluster;
        } catch (IOException | RuntimeException failure) {
            cluster.close();
            throw failure;
        }
    }

    private void launch() throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--cluster-enabled", "yes", "--cluster-node-timeout", "1000"));
        arguments.addAll(List.of("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"));
        arguments.addAll(List.of("--cluster-replica-validity-factor", "0"));
        if (!password.isEmpty()) {
            arguments.addAll(List.of("--requirepass", password, "--masterauth", password));
        }
        for (int i = 0; i < 2 * MASTERS; i++) {
            nodes.add(startNode(arguments));
        }
        for (int i = 0; i < nodes.size(); i++) {
            try (RawRedis raw = raw(nodes.get(i))) {
                raw.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
                if (i < MASTERS) {
                    addSlots(raw, i * SLOTS / MASTERS, (i + 1) * SLOTS / MASTERS);
                }
                for (int port : busPorts.subList(0, i)) { // all of them: hearsay takes seconds
                    raw.call("CLUSTER", "MEET", "127.0.0.1", port);
                }
            }
        }
        await().atMost(PATIENCE).until(() -> nodes.stream().allMatch(node -> says(node, "cluster_known_nodes:6")));
        for (int i = MASTERS; i < nodes.size(); i++) {
            String master;
            try (RawRedis raw = raw(nodes.get(i - MASTERS))) {
                master = RawRedis.text(raw.call("CLUSTER", "MYID"));
            }
            try (RawRedis raw = raw(nodes.get(i))) {
                raw.call("CLUSTER", "REPLICATE", master);
            }
        }
        await().atMost(PATIENCE).until(() -> nodes.stream().allMatch(node -> says(node, "cluster_state:ok")));
        await().atMost(PATIENCE).until(() -> nodes.stream().skip(MASTERS).allMatch(this::isInStep));
        await().atMost(PATIENCE).until(() -> nodes.stream().allMatch(this::knowsReplicas));
    }

    /** With TLS a node has a port of its own for that, and keeps the plain one for the test. */
    private RedisProcess startNode(List<String> common) throws IOException {
        int port = portWithBus();
        busPorts.add(port);
        if (key == null) {
            return RedisProcess.startOn(port, common.toArray(String[]::new));
        }
        List<String> arguments = new ArrayList<>(common);
        arguments.addAll(List.of("--tls-port", String.valueOf(port), "--tls-cluster", "yes"));
        arguments.addAll(List.of("--tls-replication", "yes", "--tls-auth-clients", "no"));
        arguments.addAll(List.of("--tls-cert-file", key.certificate().toString()));
        arguments.addAll(List.of("--tls-ca-cert-file", key.certificate().toString()));
        arguments.addAll(List.of("--tls-key-file", key.key().toString()));
        return RedisProcess.start(arguments.toArray(String[]::new));
    }

    private static void addSlots(RawRedis raw, int from, int to) {
        List<Object> command = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
        for (int slot = from; slot < to; slot++) {
            command.add(slot);
        }
        raw.call(command.toArray());
    }

    /** A node's bus has the port above its own by a fixed distance. */
    private static int portWithBus() throws IOException {
        while (true) {
            try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                int low = port.getLocalPort() - (port.getLocalPort() + BUS > 65_535 ? 2 * BUS : 0);
                try (ServerSocket bus = new ServerSocket(low + BUS, 1, InetAddress.getLoopbackAddress())) {
                    if (bus.isBound()) {
                        return low;
                    }
                } catch (IOException taken) {
                    // another one
                }
            }
        }
    }

    private boolean says(RedisProcess node, String line) {
        try (RawRedis raw = raw(node)) {
            return RawRedis.text(raw.call("CLUSTER", "INFO")).contains(line + "\r");
        }
    }

    private boolean isInStep(RedisProcess replica) {
        try (RawRedis raw = raw(replica)) {
            return RawRedis.text(raw.call("INFO", "replication")).contains("master_link_status:up");
        }
    }

    /** Each range of slots has two servers: from, to, master, replica. */
    private boolean knowsReplicas(RedisProcess node) {
        try (RawRedis raw = raw(node)) {
            List<?> ranges = (List<?>) raw.call("CLUSTER", "SLOTS");
            return ranges.size() == MASTERS && ranges.stream().allMatch(range -> ((List<?>) range).size() == 4);
        }
    }

    /** A connection to one of the nodes, logged in. */
    RawRedis raw(RedisProcess node) {
        RawRedis raw = new RawRedis(node.port());
        if (!password.isEmpty()) {
            raw.call("AUTH", password);
        }
        return raw;
    }

    /** The master of the first slot, in the eyes of those that are there. */
    RedisProcess master() {
        for (RedisProcess node : nodes) {
            if (node.isAlive()) {
                try (RawRedis raw = raw(node)) {
                    for (Object each : (List<?>) raw.call("CLUSTER", "SLOTS")) {
                        List<?> range = (List<?>) each;
                        if (range.get(0).equals("0")) {
                            return at(((List<?>) range.get(2)).get(1));
                        }
                    }
                }
            }
        }
        throw new AssertionError("no node knows the first slot");
    }

    private RedisProcess at(Object port) {
        return nodes.stream()
                .filter(node -> String.valueOf(node.port()).equals(port))
                .findFirst()
                .orElseThrow();
    }

    /** The six servers. */
    List<RedisProcess> nodes() {
        return nodes;
    }

    /** Kills the master of the first slot, which is returned. */
    RedisProcess killMaster() {
        RedisProcess master = master();
        master.kill();
        return master;
    }

    /** Freezes the master of the first slot, which is returned; the last node must not be that. */
    RedisProcess freezeMaster() throws IOException {
        RedisProcess master = master();
        master.freeze();
        return master;
    }

    /** Waits until a node other than this one, which may be frozen, says that the cluster is whole without it. */
    void awaitAnother(RedisProcess old) {
        await().atMost(PATIENCE)
                .until(() -> nodes.stream()
                        .filter(node -> node.port() != old.port() && node.isAlive())
                        .allMatch(node -> says(node, "cluster_state:ok") && !names(node, old)));
    }

    private boolean names(RedisProcess node, RedisProcess master) {
        try (RawRedis raw = raw(node)) {
            return ((List<?>) raw.call("CLUSTER", "SLOTS"))
                    .stream()
                            .map(range -> (List<?>) ((List<?>) range).get(2))
                            .anyMatch(first -> first.get(1).equals(String.valueOf(master.port())));
        }
    }

    /** Waits until all replicas have what their masters have. */
    void settle() {
        for (RedisProcess node : nodes.subList(0, MASTERS)) {
            try (RawRedis raw = raw(node)) {
                raw.awaitReplicas(1);
            }
        }
    }

    /** Throws away all that its masters hold. */
    void empty() {
        for (RedisProcess node : nodes.subList(0, MASTERS)) {
            try (RawRedis raw = raw(node)) {
                raw.call("FLUSHALL");
            }
        }
    }

    /** Cached keys on all masters together. */
    int keys() {
        int keys = 0;
        for (RedisProcess node : nodes.subList(0, MASTERS)) {
            try (RawRedis raw = raw(node)) {
                keys += raw.keys().size();
            }
        }
        return keys;
    }

    /** Where Lacquer finds it. */
    String uri() {
        return uri(password.isEmpty() ? "" : ":" + password + "@");
    }

    /** The same with something else before the hosts. */
    String uri(String login) {
        return (key == null ? "redis" : "rediss") + "-cluster://" + login
                + busPorts.stream()
                        .limit(MASTERS)
                        .map(port -> "127.0.0.1:" + port)
                        .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }
}
