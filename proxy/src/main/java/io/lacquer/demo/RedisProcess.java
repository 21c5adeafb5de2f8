package io.lacquer.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis, or a Sentinel, of its own on the loopback interface, without persistence. It ends with this JVM, however that ends.
 *
 * <p>The server is the {@code redis-server} on the PATH, else the one that embedded-redis brings.
 */
public final class RedisProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final int PORTS_TO_TRY = 5;
    private static final int POLL_MILLIS = 10;
    private static final int PING_MILLIS = 1000;
    private static final String TAKEN = "Address already in use";

    private final int port;
    private final List<String> extraArgs;
    private final boolean sentinel;
    private final Path folder;
    private final RedisBinary binary;
    private final Thread hook = new Thread(this::end, "redis-end");
    private @Nullable Process process;
    private @Nullable Process watchdog;
    private boolean closed;

    private RedisProcess(int port, List<String> extraArgs, boolean sentinel) throws IOException {
        this.port = port;
        this.extraArgs = extraArgs;
        this.sentinel = sentinel;
        this.folder = Files.createTempDirectory("lacquer-redis-");
        try {
            this.binary = RedisBinary.find(folder);
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IOException | RuntimeException failure) {
            delete(folder);
            throw failure;
        }
    }

    /**
     * Starts one on a free port and returns once it answers.
     *
     * @param extraArgs as on Redis's command line, such as {@code "--maxmemory", "10mb"}
     * @throws IOException saying what Redis said and what to do
     */
    public static RedisProcess start(String... extraArgs) throws IOException {
        return startAnywhere(List.of(extraArgs), false);
    }

    /**
     * Starts a Sentinel on a free port and returns once it answers. What it finds out it keeps over restarts.
     *
     * @param lines of its file, such as {@code "sentinel monitor main 127.0.0.1 6379 2"}
     * @throws IOException saying what it said and what to do
     */
    public static RedisProcess startSentinel(String... lines) throws IOException {
        return startAnywhere(List.of(lines), true);
    }

    private static RedisProcess startAnywhere(List<String> extraArgs, boolean sentinel) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return startOn(freePort(), extraArgs, sentinel);
            } catch (IOException failure) {
                boolean lostRace = String.valueOf(failure.getMessage()).contains(TAKEN);
                if (!lostRace || attempt == PORTS_TO_TRY) {
                    throw failure;
                }
            }
        }
    }

    /**
     * Starts one on a port of 127.0.0.1 and returns once it answers.
     *
     * @param extraArgs as on Redis's command line, such as {@code "--maxmemory", "10mb"}
     * @throws IOException saying what Redis said and what to do
     */
    public static RedisProcess startOn(int port, String... extraArgs) throws IOException {
        return startOn(port, List.of(extraArgs), false);
    }

    private static RedisProcess startOn(int port, List<String> extraArgs, boolean sentinel) throws IOException {
        RedisProcess redis = new RedisProcess(port, extraArgs, sentinel);
        try {
            redis.launch();
            return redis;
        } catch (IOException | RuntimeException failure) {
            redis.close();
            throw failure;
        }
    }

    /** Its port on 127.0.0.1; the same over restarts. */
    public int port() {
        return port;
    }

    /** {@code redis://127.0.0.1:PORT}. */
    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** The process's id, or -1 if none runs. */
    public synchronized long pid() {
        Process running = process;
        return running == null || !running.isAlive() ? -1 : running.pid();
    }

    /** The program that runs. */
    public Path executable() {
        return binary.path();
    }

    /** Whether the process is there; a frozen one is. */
    public synchronized boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** Ends it at once (SIGKILL), frozen or not, and returns once it is gone; its data are lost. */
    public synchronized void kill() {
        kill(process);
        kill(watchdog);
        process = null;
        watchdog = null;
    }

    /** Stops it where it is (SIGSTOP): connections stay open, nothing is answered. */
    public void freeze() throws IOException {
        signal("STOP");
    }

    /** Lets a frozen one go on (SIGCONT). */
    public void thaw() throws IOException {
        signal("CONT");
    }

    /** Kills it if it runs and starts an empty one on the same port; returns once that answers. */
    public synchronized void restart() throws IOException {
        kill();
        launch();
    }

    /** Ends it and removes its folder. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // The hook does the same at this moment.
        }
        end();
    }

    private synchronized void end() {
        if (!closed) {
            closed = true;
            kill();
            delete(folder);
        }
    }

    private synchronized void launch() throws IOException {
        if (closed) {
            throw new IOException("this Redis is closed");
        }
        if (!isFree(port)) {
            throw new IOException("Redis can't start on port " + port + ": " + TAKEN + "; choose another port");
        }
        Path log = folder.resolve("redis.log");
        Process started = spawn(log);
        process = started;
        watchdog = watch(started);
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!answers() || !started.isAlive()) {
            boolean late = System.nanoTime() > deadline;
            if (late || !started.isAlive()) {
                kill();
                throw new IOException(binary.path() + (late ? " does not answer" : " ended at once") + ": " + tail(log)
                        + "; " + binary.remedy());
            }
            pause();
        }
    }

    private Process spawn(Path log) throws IOException {
        List<String> command = new ArrayList<>(binary.command());
        if (sentinel) {
            command.add(
                    command.indexOf(binary.path().toString()) + 1,
                    sentinelFile().toString()); // before any option
            command.add("--sentinel");
        } else {
            command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1", "--daemonize", "no"));
            command.addAll(List.of("--save", "", "--appendonly", "no", "--dir", folder.toString()));
            command.addAll(extraArgs);
        }
        try {
            return new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException failure) {
            throw new IOException(
                    binary.path() + " can't be run: " + failure.getMessage() + "; " + binary.remedy(), failure);
        }
    }

    /** A Sentinel rewrites its file, so that is made but once. */
    private Path sentinelFile() throws IOException {
        Path file = folder.resolve("sentinel.conf");
        if (!Files.exists(file)) {
            List<String> lines = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "dir \"" + folder + "\""));
            lines.addAll(extraArgs);
            Files.write(file, lines);
        }
        return file;
    }

    /** A shell whose standard input ends when this JVM does, killed or not; then it ends Redis and its folder. */
    private @Nullable Process watch(Process redis) {
        String script = "trap '' INT TERM HUP; read -r line; kill -9 \"$1\"; rm -rf \"$2\"";
        try {
            Process shell = new ProcessBuilder("sh", "-c", script, "sh", String.valueOf(redis.pid()), folder.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            redis.onExit().thenRun(shell::destroyForcibly);
            return shell;
        } catch (IOException noShell) {
            return null; // the shutdown hook remains
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PING_MILLIS);
            socket.setSoTimeout(PING_MILLIS);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(7);
            String text = new String(answer, StandardCharsets.US_ASCII);
            return text.startsWith("+PONG") || text.startsWith("-NOAUTH");
        } catch (IOException notYet) {
            return false;
        }
    }

    private void signal(String name) throws IOException {
        long pid = pid();
        if (pid < 0) {
            throw new IOException("this Redis does not run");
        }
        Process sent = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid).start();
        try {
            if (!sent.waitFor(5, TimeUnit.SECONDS) || sent.exitValue() != 0) {
                throw new IOException("SIG" + name + " could not be sent to process " + pid);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private static void kill(@Nullable Process process) {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    private static String tail(Path log) throws IOException {
        List<String> lines = Files.readString(log, StandardCharsets.ISO_8859_1)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        String text = String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        return text.isEmpty() ? "it said nothing" : text;
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Redis started", interrupted);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException gone) {
            // Nothing is left to remove.
        }
    }
}
