package io.lacquer.e2e;

import static org.awaitility.Awaitility.await;

import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A master, its replicas and three Sentinels that are quick to name another master. */
final class SentinelRedis implements AutoCloseable {
    static final String NAME = "main";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();
    private final Map<RedisProcess, Integer> tlsPorts = new HashMap<>();
    private final String password;
    private final @Nullable SelfSigned key;

    private SentinelRedis(String password, @Nullable SelfSigned key) {
        this.password = password;
        this.key = key;
    }

    /** Starts all and returns once they know each other. */
    static SentinelRedis start(int replicas) throws IOException {
        return start(replicas, "");
    }

    /** The same; servers and Sentinels ask for a password unless it is empty. */
    static SentinelRedis start(int replicas, String password) throws IOException {
        return start(replicas, password, null);
    }

    /** The same; with a key all of them talk to each other, and to Lacquer, with TLS. */
    static SentinelRedis start(int replicas, String password, @Nullable SelfSigned key) throws IOException {
        SentinelRedis redis = new SentinelRedis(password, key);
        try {
            redis.launch(replicas);
            return redis;
        } catch (IOException | RuntimeException failure) {
            redis.close();
            throw failure;
        }
    }

    private void launch(int replicas) throws IOException {
        for (int i = 0; i <= replicas; i++) {
            List<String> arguments = arguments();
            if (!servers.isEmpty()) {
                arguments.addAll(List.of("--replicaof", "127.0.0.1", String.valueOf(told(servers.getFirst()))));
            }
            servers.add(start(false, arguments));
        }
        await().atMost(PATIENCE).until(() -> servers.stream().skip(1).allMatch(this::isInStep));
        List<String> lines = new ArrayList<>(List.of(
                "sentinel monitor " + NAME + " 127.0.0.1 " + told(servers.getFirst()) + " 2",
                "sentinel down-after-milliseconds " + NAME + " 500",
                "sentinel failover-timeout " + NAME + " 2000"));
        if (!password.isEmpty()) {
            lines.addAll(List.of("sentinel auth-pass " + NAME + " " + password, "requirepass " + password));
        }
        for (int i = 0; i < 3; i++) {
            sentinels.add(start(true, lines));
        }
        await().atMost(PATIENCE).until(() -> sentinels.stream().allMatch(sentinel -> knowsAll(sentinel, replicas)));
    }

    private List<String> arguments() {
        List<String> arguments =
                new ArrayList<>(List.of("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"));
        if (!password.isEmpty()) {
            arguments.addAll(List.of("--requirepass", password, "--masterauth", password));
        }
        return arguments;
    }

    /** With TLS a process has a port of its own for that, and keeps the plain one for the test. */
    private RedisProcess start(boolean sentinel, List<String> common) throws IOException {
        List<String> all = new ArrayList<>(common);
        int tlsPort = 0;
        if (key != null) {
            tlsPort = freePort();
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("tls-port", tlsPort);
            settings.put("tls-replication", "yes");
            settings.put("tls-auth-clients", "no");
            settings.put("tls-cert-file", key.certificate());
            settings.put("tls-ca-cert-file", key.certificate());
            settings.put("tls-key-file", key.key());
            settings.forEach((name, value) ->
                    all.addAll(sentinel ? List.of(name + " " + value) : List.of("--" + name, String.valueOf(value))));
        }
        String[] arguments = all.toArray(String[]::new);
        RedisProcess process = sentinel ? RedisProcess.startSentinel(arguments) : RedisProcess.start(arguments);
        tlsPorts.put(process, tlsPort);
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return port.getLocalPort();
        }
    }

    /** The port by which the others, and Lacquer, know a process. */
    private int told(RedisProcess process) {
        int tlsPort = tlsPorts.getOrDefault(process, 0);
        return tlsPort == 0 ? process.port() : tlsPort;
    }

    private boolean isInStep(RedisProcess replica) {
        try (RawRedis raw = raw(replica)) {
            return RawRedis.text(raw.call("INFO", "replication")).contains("master_link_status:up");
        }
    }

    private boolean knowsAll(RedisProcess sentinel, int replicas) {
        try (RawRedis raw = raw(sentinel)) {
            List<String> facts = ((List<?>) raw.call("SENTINEL", "MASTER", NAME))
                    .stream().map(RawRedis::text).toList();
            return facts.get(facts.indexOf("num-slaves") + 1).equals(String.valueOf(replicas))
                    && facts.get(facts.indexOf("num-other-sentinels") + 1).equals("2");
        }
    }

    /** A connection to one of the processes, logged in. */
    RawRedis raw(RedisProcess process) {
        RawRedis raw = new RawRedis(process.port());
        if (!password.isEmpty()) {
            raw.call("AUTH", password);
        }
        return raw;
    }

    /** What the Sentinels call the master now. */
    RedisProcess master() {
        try (RawRedis raw = raw(sentinels.getFirst())) {
            List<?> address = (List<?>) raw.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME);
            int port = Integer.parseInt(RawRedis.text(address.get(1)));
            return servers.stream()
                    .filter(server -> told(server) == port)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** A server that is not this one. */
    RedisProcess other(RedisProcess server) {
        return servers.stream()
                .filter(each -> each.port() != server.port())
                .findFirst()
                .orElseThrow();
    }

    /** The Sentinels. */
    List<RedisProcess> sentinels() {
        return sentinels;
    }

    /** Kills the master, which is returned: who calls says what is to become of it. */
    RedisProcess killMaster() {
        RedisProcess master = master();
        master.kill();
        return master;
    }

    /** Freezes the master, which is returned. */
    RedisProcess freezeMaster() throws IOException {
        RedisProcess master = master();
        master.freeze();
        return master;
    }

    /** Waits until all replicas have what the master has. */
    void settle() {
        try (RawRedis raw = raw(master())) {
            raw.awaitReplicas(servers.size() - 1);
        }
    }

    /** Waits until another server than this is the master, and takes writes. */
    void awaitAnother(RedisProcess old) {
        await().atMost(PATIENCE).until(() -> {
            RedisProcess master = master();
            if (master.port() == old.port()) {
                return false;
            }
            try (RawRedis raw = raw(master)) {
                return RawRedis.text(raw.call("INFO", "replication")).contains("role:master");
            }
        });
    }

    /** Where Lacquer finds it. */
    String uri() {
        return uri(password.isEmpty() ? "" : ":" + password + "@", NAME);
    }

    /** The same with something else before the hosts and another name. */
    String uri(String login, String name) {
        return (key == null ? "redis" : "rediss") + "-sentinel://" + login
                + sentinels.stream()
                        .map(sentinel -> "127.0.0.1:" + told(sentinel))
                        .collect(Collectors.joining(","))
                + "#" + name;
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }
}
