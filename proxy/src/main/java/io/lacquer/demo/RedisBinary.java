package io.lacquer.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A program that is a Redis.
 *
 * @param path its file
 * @param bundled whether it is the one that embedded-redis brings
 */
record RedisBinary(Path path, boolean bundled) {
    private static final String INSTALL = "install Redis, so that redis-server is on the PATH"
            + " (Debian, Ubuntu: apt install redis-server; macOS: brew install redis)";

    /**
     * The one on the PATH, else the bundled one.
     *
     * @param folder where a bundled one is unpacked to
     */
    static RedisBinary find(Path folder) throws IOException {
        Path installed = onPath("redis-server");
        return installed == null ? new RedisBinary(unpack(folder), true) : new RedisBinary(installed, false);
    }

    /** What to run, arguments for every Redis included. Where it can be, it is out of reach of the terminal's Ctrl-C. */
    List<String> command() {
        List<String> command = new ArrayList<>();
        Path setsid = onPath("setsid");
        if (setsid != null) {
            command.add(setsid.toString());
        }
        command.add(path.toString());
        if (bundled && isLinuxOnArm()) {
            // It refuses kernels whose bug concerns snapshots, and there are none here.
            command.addAll(List.of("--ignore-warnings", "ARM64-COW-BUG"));
        }
        return command;
    }

    /** What to do where it doesn't start. */
    String remedy() {
        return bundled
                ? INSTALL + ", or what the bundled one needs (libssl.so.3: apt install libssl3)"
                : "repair that Redis, or take it off the PATH to use the bundled one";
    }

    private static Path unpack(Path folder) throws IOException {
        try {
            return ExecutableProvider.newJarResourceProvider(folder.toFile())
                    .get()
                    .toPath()
                    .toAbsolutePath();
        } catch (IOException | RuntimeException unknownSystem) {
            throw new IOException(
                    "there is no redis-server on the PATH, and none in embedded-redis for this system ("
                            + System.getProperty("os.name") + ", " + System.getProperty("os.arch") + "): "
                            + unknownSystem.getMessage() + "; " + INSTALL,
                    unknownSystem);
        }
    }

    private static @Nullable Path onPath(String name) {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
            Path file = Path.of(folder, name).toAbsolutePath();
            if (!folder.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    private static boolean isLinuxOnArm() {
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return arch.equals("aarch64")
                && System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    }
}
