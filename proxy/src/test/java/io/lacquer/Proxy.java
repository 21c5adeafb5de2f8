package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import io.lacquer.http.Clock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.awaitility.Awaitility;

/** A real Lacquer in this process, on free ports, from the text of a policies file; {@code ${ORIGIN}} stands for the origin's URL. */
public final class Proxy implements AutoCloseable {
    private static final HostPort FREE = new HostPort("127.0.0.1", 0);

    static {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30)); // what does come is waited for on a busy machine too
    }

    private final Path file;
    private final Server server;

    private Proxy(Path file, Server server) {
        this.file = file;
        this.server = server;
    }

    /** Starts one. */
    public static Proxy start(String yaml, String originUrl, Clock clock) {
        return start(yaml, originUrl, clock, OutputStream.nullOutputStream(), Map.of());
    }

    /** Starts one, with a place for an access log without file, and more environment. */
    public static Proxy start(
            String yaml, String originUrl, Clock clock, OutputStream log, Map<String, String> environment) {
        try {
            Path file = Files.createTempFile("policies", ".yaml");
            Files.writeString(file, yaml);
            Map<String, String> all = new java.util.HashMap<>(environment);
            all.put("ORIGIN", originUrl);
            ConfigSource source = new ConfigSource(file, null, FREE, FREE, all);
            ConfigSource.Read read = source.read();
            Config config = read.config();
            if (config == null) {
                throw new IllegalArgumentException(String.join("\n", read.complaints()));
            }
            Server server = new Server(source, config, clock, log);
            if (config.tiers().l2() != null) {
                Awaitility.await()
                        .until(() -> server.isL2Up()
                                && server.isL2Writable()
                                && server.readiness().ready());
            }
            return new Proxy(file, server);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Starts one whose Redis may be away. */
    public static Proxy startWithoutWaiting(String yaml, String originUrl, Clock clock) throws IOException {
        Path file = Files.createTempFile("policies", ".yaml");
        Files.writeString(file, yaml);
        ConfigSource source = new ConfigSource(file, null, FREE, FREE, Map.of("ORIGIN", originUrl));
        return new Proxy(file, new Server(source, source.read().config(), clock, OutputStream.nullOutputStream()));
    }

    /** Replaces the file and reloads; the complaints. */
    public List<String> reload(String yaml) {
        try {
            Files.writeString(file, yaml);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return server.reload();
    }

    /**
     * Waits until each fetch that is under way is one that the origin holds back ({@code held} counts them). What it has answered is stored then
     * (a client may have its last byte before that), and what is refreshed in the background has asked.
     */
    public void settle(IntSupplier held) {
        if (flights() > 0) {
            Awaitility.await()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> flights() <= held.getAsInt());
        }
    }

    private int flights() {
        return server.metrics()
                .lines()
                .filter(line -> line.startsWith("lacquer_flights "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    /** The policies file. */
    public Path file() {
        return file;
    }

    /** Where clients connect. */
    public int port() {
        return server.address().port();
    }

    /** Where operators connect. */
    public int adminPort() {
        return server.adminAddress().port();
    }

    /** The process itself. */
    public Server server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
