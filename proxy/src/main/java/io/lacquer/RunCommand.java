package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lacquer run}: serves in the foreground until TERM has drained it, or INT ends it. */
@Command(
        name = "run",
        description = "Serve in the foreground.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Signals: TERM drains (a second one ends at once), INT ends at once, HUP reloads.",
            "The configuration file is watched as well; a bad one is reported and the last good one stays."
        })
final class RunCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The policies file. Default: policies.yaml in the current folder, else built-in defaults.")
    private @Nullable Path config;

    @Option(
            names = "--origin",
            paramLabel = "URL",
            converter = OriginUrls.class,
            description = "Replaces the servers of the default origin, e.g. http://127.0.0.1:3000.")
    private @Nullable String origin;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = HostPorts.class,
            description = "Where clients connect. Default: 0.0.0.0:8080.")
    private @Nullable HostPort listen;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            converter = HostPorts.class,
            description = "The admin listener. Default: 127.0.0.1:9090.")
    private @Nullable HostPort admin;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path file = ConfigSource.file(config);
        ConfigSource source = new ConfigSource(file, origin, listen, admin, System.getenv());
        ConfigSource.Read read = source.read();
        read.complaints().forEach(System.err::println);
        Config ready = read.config();
        if (ready == null) {
            return Main.EXIT_CONFIG;
        }
        try {
            return serve(new Server(source, ready, new SystemClock(), System.out), ready, file);
        } catch (AdminAccess.Unusable wrong) {
            System.err.println("lacquer: " + wrong.getMessage());
            return Main.EXIT_CONFIG;
        }
    }

    private static int serve(Server server, Config ready, @Nullable Path file)
            throws IOException, InterruptedException {
        Signals signals = new Signals();
        signals.install(server::reload);
        ConfigWatcher watcher = file == null ? null : new ConfigWatcher(file, server::reload);
        if (watcher != null) {
            watcher.start();
        }
        System.err.println(readyLine(server, ready, file));
        signals.awaitTerm();
        System.err.println("lacquer: draining");
        boolean clean = server.drain();
        if (watcher != null) {
            watcher.close();
        }
        server.close();
        System.err.println(clean ? "lacquer: done" : "lacquer: done; some answers were cut off by drain.timeout");
        return clean ? 0 : 1;
    }

    static String readyLine(Server server, Config config, @Nullable Path file) {
        String l2 = config.tiers().l2() == null ? "L1 only, no Redis configured" : "L1 and L2 in Redis";
        String from = file == null ? "built-in defaults" : file.toString();
        return "lacquer: ready on http://" + server.address() + ", admin on http://" + server.adminAddress() + " (" + l2
                + "; " + from + ")";
    }
}
