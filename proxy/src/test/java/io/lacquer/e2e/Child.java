package io.lacquer.e2e;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lacquer as a process of its own, with this test's class path. */
final class Child implements AutoCloseable {
    private static final Pattern READY =
            Pattern.compile("lacquer: ready on http://[^ ]*:(\\d+), admin on http://[^ ]*:(\\d+) .*");

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private int port;
    private int adminPort;

    private Child(List<String> jvm, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(jvm);
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.lacquer.Main"));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofVirtual().start(this::collect);
    }

    /** Starts any command. */
    static Child start(String... arguments) {
        return new Child(List.of("-Xmx128m"), List.of(arguments));
    }

    /** Starts {@code run} on free ports and waits until it is ready. */
    static Child ready(List<String> jvm, String... arguments) {
        List<String> all = new ArrayList<>(List.of("run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"));
        all.addAll(List.of(arguments));
        Child child = new Child(jvm, all);
        child.awaitReady();
        return child;
    }

    /** Like {@link #ready}, with the text of a policies file. */
    static Child policies(List<String> jvm, String yaml) throws IOException {
        Path file = Files.createTempFile("policies", ".yaml");
        Files.writeString(file, yaml);
        return ready(jvm, "--config", file.toString());
    }

    private void collect() {
        try (BufferedReader in = process.inputReader()) {
            in.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException ended) {
            // with the process
        }
    }

    private void awaitReady() {
        await().atMost(Duration.ofSeconds(60)).until(() -> !process.isAlive() || findReady());
        if (port == 0) {
            throw new IllegalStateException("not ready: " + lines);
        }
    }

    private boolean findReady() {
        for (String line : lines) {
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                port = Integer.parseInt(ready.group(1));
                adminPort = Integer.parseInt(ready.group(2));
                return true;
            }
        }
        return false;
    }

    /** Where clients connect. */
    int port() {
        return port;
    }

    /** Where operators connect. */
    int adminPort() {
        return adminPort;
    }

    /** What it has printed so far. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Waits for a line that holds this. */
    void awaitLine(String part) {
        await().atMost(Duration.ofSeconds(30)).until(() -> lines.stream().anyMatch(line -> line.contains(part)));
    }

    /** How many of them hold this. */
    long count(String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a signal by its name. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Waits for its end; the exit code. */
    int exit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("still running: " + lines);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
