package io.lacquer.e2e;

import static org.awaitility.Awaitility.await;

import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A master, its replicas and three Sentinels that are quick to name another master. */
final class SentinelRedis implements AutoCloseable {
    static final String NAME = "main";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();
    private final String password;

    private SentinelRedis(String password) {
        this.password = password;
    }

    /** Starts all and returns once they know each other. */
    static SentinelRedis start(int replicas) throws IOException {
        return start(replicas, "");
    }

    /** The same; servers and Sentinels ask for a password unless it is empty. */
    static SentinelRedis start(int replicas, String password) throws IOException {
        SentinelRedis redis = new SentinelRedis(password);
        try {
            redis.launch(replicas);
            return redis;
        } catch (IOException | RuntimeException failure) {
            redis.close();
            throw failure;
        }
    }

    private void launch(int replicas) throws IOException {
        RedisProcess first = RedisProcess.start(arguments().toArray(String[]::new));
        servers.add(first);
        for (int i = 0; i < replicas; i++) {
            List<String> arguments = arguments();
            arguments.addAll(List.of("--replicaof", "127.0.0.1", String.valueOf(first.port())));
            servers.add(RedisProcess.start(arguments.toArray(String[]::new)));
        }
        await().atMost(PATIENCE).until(() -> servers.stream().skip(1).allMatch(this::isInStep));
        List<String> lines = new ArrayList<>(List.of(
                "sentinel monitor " + NAME + " 127.0.0.1 " + first.port() + " 2",
                "sentinel down-after-milliseconds " + NAME + " 500",
                "sentinel failover-timeout " + NAME + " 2000"));
        if (!password.isEmpty()) {
            lines.addAll(List.of("sentinel auth-pass " + NAME + " " + password, "requirepass " + password));
        }
        for (int i = 0; i < 3; i++) {
            sentinels.add(RedisProcess.startSentinel(lines.toArray(String[]::new)));
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
                    .filter(server -> server.port() == port)
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
            raw.call("WAIT", servers.size() - 1, 5000);
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
        return "redis-sentinel://" + login
                + sentinels.stream()
                        .map(sentinel -> "127.0.0.1:" + sentinel.port())
                        .collect(Collectors.joining(","))
                + "#" + name;
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }
}
