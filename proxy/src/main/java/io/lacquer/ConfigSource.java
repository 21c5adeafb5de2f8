package io.lacquer;

import io.lacquer.config.Complaint;
import io.lacquer.config.Config;
import io.lacquer.config.ConfigLoader;
import io.lacquer.config.HostPort;
import io.lacquer.config.Loaded;
import io.lacquer.config.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the configuration comes from: a file, or built-in defaults, with what the command line replaces.
 *
 * @param file null for built-in defaults
 * @param origin replaces the default origin's servers
 * @param listen replaces the main address
 * @param admin replaces the admin address
 */
record ConfigSource(
        @Nullable Path file,
        @Nullable String origin,
        @Nullable HostPort listen,
        @Nullable HostPort admin,
        Map<String, String> environment) {

    static final String DEFAULT_ORIGIN = "http://127.0.0.1:3000";
    private static final Path USUAL = Path.of("policies.yaml");
    private static final double HEAP_SHARE = 0.75;

    /**
     * What reading gave.
     *
     * @param config null where an error forbids it
     * @param complaints all lines, warnings included
     */
    record Read(@Nullable Config config, List<String> complaints) {}

    /** The file that is named, or {@code policies.yaml} in the current folder, or none. */
    static @Nullable Path file(@Nullable Path named) {
        return named != null ? named : Files.exists(USUAL) ? USUAL : null;
    }

    /** Reads it now, and checks what only the process that is to run it can know. */
    Read read() {
        Loaded loaded = load(new ConfigLoader(possible()));
        List<String> complaints = new ArrayList<>();
        loaded.complaints().stream().map(Complaint::toString).forEach(complaints::add);
        Config config = loaded.config();
        if (config == null) {
            return new Read(null, complaints);
        }
        Config ready = replaced(config);
        String tooLarge = tooLarge(ready);
        if (tooLarge != null) {
            complaints.add(tooLarge);
            return new Read(null, complaints);
        }
        return new Read(ready, complaints);
    }

    /** Reads it now, as any process would. */
    Loaded load() {
        return load(new ConfigLoader());
    }

    private Loaded load(ConfigLoader by) {
        return file == null
                ? new Loaded(ConfigLoader.defaults(origin == null ? DEFAULT_ORIGIN : origin), List.of())
                : by.load(file, environment);
    }

    /** What the heap can hold of L1, bytes. */
    private static long possible() {
        return (long) (Runtime.getRuntime().maxMemory() * HEAP_SHARE);
    }

    private Config replaced(Config config) {
        Map<String, Origin> origins = new LinkedHashMap<>(config.origins());
        if (origin != null) {
            Origin from =
                    ConfigLoader.defaults(origin).origins().values().iterator().next();
            origins.computeIfPresent(
                    config.defaults().origin(),
                    (name, was) -> new Origin(
                            name,
                            from.servers(),
                            was.host(),
                            was.connect(),
                            was.firstByte(),
                            was.betweenBytes(),
                            was.maxConnections(),
                            was.maxQueue(),
                            was.keepAlive()));
        }
        return new Config(
                listen == null ? config.listen() : listen,
                admin == null ? config.admin() : config.admin().at(admin),
                config.cache(),
                config.trustedProxies(),
                origins,
                config.tiers(),
                config.limits(),
                config.timeouts(),
                config.collapse(),
                config.drainTimeout(),
                config.accessLog(),
                config.serverTiming(),
                config.defaults(),
                config.policies(),
                config.purge(),
                config.implies(),
                config.schedule(),
                config.namespaceVersions());
    }

    /** Of a size that stands nowhere. */
    private @Nullable String tooLarge(Config config) {
        long possible = possible();
        long wanted = config.tiers().l1().size();
        return wanted <= possible
                ? null
                : name() + ": tiers.l1.size is " + mib(wanted) + ", more than the " + mib(possible)
                        + " that this JVM can hold; lower it, or raise the heap (LACQUER_JAVA_OPTS=-Xmx…)";
    }

    private String name() {
        return file == null ? "built-in defaults" : file.toString();
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + "MiB";
    }
}
