package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.Purging;
import io.lacquer.http.Clock;
import io.lacquer.purge.Journal;
import io.lacquer.purge.LocalLog;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.redis.RedisLog;
import io.lacquer.redis.RedisServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which purge log a node has, under which name, and where its journal is. */
final class PurgeWiring {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeWiring.class);

    private PurgeWiring() {}

    /** The node's name: as configured, else its host name and port. */
    static String node(Config config) {
        String given = config.purge().node();
        if (given != null) {
            return given;
        }
        int port = config.listen().port();
        String last = port == 0
                ? HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt())
                : Integer.toString(port);
        return hostName() + ":" + last;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "localhost";
        }
    }

    /**
     * The log.
     *
     * @throws IOException where a journal that is asked for can't be had
     */
    static PurgeLog log(Config config, String node, Purges purges, Clock clock, Map<String, String> environment)
            throws IOException {
        Purging purge = config.purge();
        Config.L2 l2 = config.tiers().l2();
        String uri = purge.redis() != null ? purge.redis() : l2 == null ? null : l2.uri();
        if (uri == null) {
            return new LocalLog(purges, clock, node);
        }
        if (purge.whenCutOff() == Purging.WhenCutOff.PASS) {
            purges.serveWithin(purge.lease());
        }
        Config.RedisTls tls = l2 == null ? Config.RedisTls.DEFAULT : l2.tls();
        RedisServers servers = RedisServers.of(uri, tls.caFile(), tls.verify());
        Integer replicas = purge.minReplicas();
        RedisLog.Settings settings = new RedisLog.Settings(
                l2 == null ? "lacquer" : l2.namespace(),
                node,
                purge.lease(),
                replicas == null ? (servers.isReplicated() ? 1 : 0) : replicas,
                purge.logLength(),
                purge.whenCutOff() == Purging.WhenCutOff.PASS,
                purge.redis() == null);
        return new RedisLog(settings, servers, purges, journal(config, environment), clock);
    }

    private static @Nullable Journal journal(Config config, Map<String, String> environment) throws IOException {
        String named = config.purge().journal();
        if (Purging.NO_JOURNAL.equals(named)) {
            return null;
        }
        if (named != null) {
            try {
                return Journal.open(Path.of(named));
            } catch (IOException unusable) {
                throw new IOException("purge.journal can't be used: " + unusable.getMessage(), unusable);
            }
        }
        Path folder = stateFolder(environment);
        if (folder == null || config.listen().port() == 0) {
            return null;
        }
        Path file = folder.resolve("purges-" + config.listen().toString().replace(':', '-') + ".journal");
        try {
            return Journal.open(file);
        } catch (IOException unusable) {
            LOG.warn(
                    "no purge journal: {}; purges are lost if this node ends before the log has them (set"
                            + " purge.journal)",
                    unusable.toString());
            return null;
        }
    }

    /** Where programs keep what outlives them: as systemd says, else as the XDG base directories do. */
    private static @Nullable Path stateFolder(Map<String, String> environment) {
        String given = environment.get("STATE_DIRECTORY");
        if (given != null && !given.isBlank()) {
            return Path.of(given.split(":", 2)[0]);
        }
        String state = environment.get("XDG_STATE_HOME");
        if (state != null && !state.isBlank()) {
            return Path.of(state, "lacquer");
        }
        String home = environment.get("HOME");
        return home == null || home.isBlank() ? null : Path.of(home, ".local", "state", "lacquer");
    }

    /** Waits until the log has been read once, or could not be, at most so long. */
    static void await(PurgeLog log, Duration atMost) throws InterruptedException {
        if (log instanceof RedisLog shared) {
            shared.awaitFirstAttempt(atMost);
        }
    }
}
