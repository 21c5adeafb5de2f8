package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import io.lacquer.demo.DemoApi;
import io.lacquer.demo.DemoScreen;
import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lacquer demo}: a Redis, an API and Lacquer in front of it, until Ctrl-C. */
@Command(
        name = "demo",
        description = "Start a Redis, a demo API and Lacquer in front of it, and say what to try.",
        mixinStandardHelpOptions = true,
        footer = {"", "Ctrl-C ends all of it. Everything listens on 127.0.0.1 only; nothing is kept."})
final class DemoCommand implements Callable<Integer> {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int PORTS_TO_TRY = 100;
    private static final int LARGEST_PORT = 65_535;
    private static final Duration L2_LIMIT = Duration.ofSeconds(5);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);
    private static final int POLL_MILLIS = 10;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Where Lacquer listens; if taken, the next free port. Default: ${DEFAULT-VALUE}.")
    private int port = 8080;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "Where its admin listener is; if taken, the next free port. Default: ${DEFAULT-VALUE}.")
    private int adminPort = 9090;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final List<String> remarks = new ArrayList<>();
    private final Object lock = new Object();
    private boolean ending;
    private volatile @Nullable RedisProcess redis;
    private @Nullable DemoApi api;
    private @Nullable Server server;
    private @Nullable ConfigSource source;
    private @Nullable ConfigWatcher watcher;

    @Override
    public Integer call() throws IOException, InterruptedException {
        for (int wanted : new int[] {port, adminPort}) {
            if (wanted < 0 || wanted > LARGEST_PORT) {
                throw new ParameterException(spec.commandLine(), wanted + " is no port; choose one from 0 to 65535");
            }
        }
        Path policies = policies();
        if (System.getenv("LACQUER_LOG_LEVEL") == null) {
            System.setProperty("LACQUER_LOG_LEVEL", "WARN"); // before the first logger: the screen stays calm
        }
        Thread hook = new Thread(this::endAndHalt, "demo-end");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            int code = start(policies);
            if (code == 0) {
                new CountDownLatch(1).await(); // until a signal runs the hook
            }
            return code;
        } finally {
            withdraw(hook);
            end();
        }
    }

    /** The hook is for signals only; a failure has an exit code of its own. */
    private static void withdraw(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // A signal came as well; the hook is at work.
        }
    }

    /** Everything in order; what was started before a failure is ended by the caller. */
    private int start(Path policies) throws IOException, InterruptedException {
        int mainPort = free("Lacquer", port, -1);
        int secondPort = free("the admin listener", adminPort, mainPort);
        RedisProcess startedRedis = RedisProcess.start("--maxmemory", "128mb", "--maxmemory-policy", "volatile-lru");
        synchronized (lock) {
            redis = startedRedis;
            api = DemoApi.start(Map.of(DemoScreen.RESTART, this::restart));
            String origin = api.uri();
            // Nothing else from the environment: what is printed shall be what happens.
            Map<String, String> environment = Map.of(
                    "REDIS_URL", startedRedis.uri(),
                    "ORIGIN_URL", origin,
                    "CACHE_TTL", String.valueOf(DemoScreen.FRESH_SECONDS));
            ConfigSource source = new ConfigSource(
                    policies, null, new HostPort(LOOPBACK, mainPort), new HostPort(LOOPBACK, secondPort), environment);
            ConfigSource.Read read = source.read();
            read.complaints().forEach(System.err::println);
            Config config = read.config();
            if (config == null) {
                return Main.EXIT_CONFIG;
            }
            serve(source, config);
            watcher = new ConfigWatcher(policies, this::reload);
            watcher.start();
            System.out.print(new DemoScreen(
                            "http://" + LOOPBACK + ":" + mainPort,
                            "http://" + LOOPBACK + ":" + secondPort,
                            origin,
                            startedRedis.uri(),
                            policies,
                            remarks,
                            DemoScreen.wantsColour())
                    .text());
            System.out.flush();
        }
        return 0;
    }

    /** Starts Lacquer, and waits for its connection to Redis. */
    private void serve(ConfigSource from, Config config) throws IOException, InterruptedException {
        source = from;
        // The access log goes nowhere: the screen stays as it is.
        Server started = new Server(from, config, new SystemClock(), OutputStream.nullOutputStream());
        server = started;
        long deadline = System.nanoTime() + L2_LIMIT.toNanos();
        while (!started.isL2Up() && System.nanoTime() < deadline) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Lacquer ends and starts again on the same ports; its L1 is empty, Redis stays. */
    private void restart() {
        synchronized (lock) {
            Server running = server;
            ConfigSource from = source;
            if (ending || running == null || from == null) {
                return;
            }
            Config config = running.config();
            running.drain();
            running.close();
            try {
                serve(from, config);
                System.err.println("lacquer: restarted; L1 is empty, Redis is as it was");
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void reload() {
        synchronized (lock) {
            if (!ending && server != null && server.reload().isEmpty()) {
                System.err.println("lacquer: the edited policies are in force");
            }
        }
    }

    /** The signals' way out: a JVM that a signal ends has another exit code than 0 otherwise. */
    private void endAndHalt() {
        Thread ends = Thread.ofPlatform().daemon().start(this::end);
        try {
            ends.join(END_LIMIT);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        RedisProcess last = redis;
        if (last != null) {
            last.close();
        }
        Runtime.getRuntime().halt(0);
    }

    private void end() {
        synchronized (lock) {
            ending = true;
            close(watcher);
            close(server);
            close(api);
            close(redis);
        }
    }

    private static void close(@Nullable AutoCloseable part) {
        if (part != null) {
            try {
                part.close();
            } catch (Exception failure) {
                System.err.println("lacquer: " + failure.getMessage());
            }
        }
    }

    /** The shipped file, or one in the current folder. */
    private static Path policies() throws IOException {
        String property = System.getProperty("lacquer.home", "");
        String variable = String.valueOf(System.getenv("LACQUER_HOME"));
        for (String folder : List.of(property, variable, ".")) {
            Path file = Path.of(folder, "policies.yaml").toAbsolutePath().normalize();
            if (!folder.isEmpty() && Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new IOException("there is no policies.yaml here or in LACQUER_HOME; run the demo from the checkout");
    }

    /** The wanted port, or the next one that is free, and a remark then. */
    private int free(String who, int wanted, int except) throws IOException {
        int last = Math.min(wanted + PORTS_TO_TRY, LARGEST_PORT);
        for (int candidate = wanted; candidate <= last; candidate++) {
            try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getByName(LOOPBACK))) {
                int found = socket.getLocalPort();
                if (found == except) {
                    continue;
                }
                if (wanted != 0 && found != wanted) {
                    remarks.add("port " + wanted + " is taken, so " + who + " is on " + found);
                }
                return found;
            } catch (IOException taken) {
                // The next one.
            }
        }
        throw new IOException("no port from " + wanted + " to " + last + " is free for " + who + "; choose another");
    }
}
