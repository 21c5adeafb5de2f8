package io.lacquer.observe;

import io.lacquer.config.Config;
import io.lacquer.exchange.Outcome;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Clock;
import io.lacquer.http.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line a request, written by a thread of its own. An event loop only puts the outcome in a queue;
 * where the queue is full the line is dropped and counted.
 */
public final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int QUEUE = 16 * 1024;
    private static final int BATCH = 512;

    private static final int MOMENTS = 4;
    private static final long MOMENT_MILLIS = 25;

    private final Config.LogMode mode;
    private final double sample;
    /** A finished exchange, and the wall time at its end. */
    private record Entry(Outcome outcome, long endMillis) {}

    private final Clock clock;
    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
    private final LongAdder dropped = new LongAdder();
    private final @Nullable String ownFile;
    private volatile OutputStream out;
    private volatile boolean reopen;
    private final @Nullable Thread writer;
    private volatile boolean closing;

    /**
     * Opens the log.
     *
     * @throws UncheckedIOException naming the file, where it can't be written
     */
    public AccessLog(Config.AccessLog config, Clock clock, OutputStream standardOut) {
        this.clock = clock;
        this.mode = config.mode();
        this.sample = config.sample();
        String file = config.file();
        boolean on = mode != Config.LogMode.OFF;
        this.ownFile = on ? file : null;
        this.out = ownFile == null ? standardOut : open(ownFile);
        this.writer = on ? Thread.ofPlatform().daemon().name("access-log").start(this::write) : null;
    }

    private static OutputStream open(String file) {
        try {
            return Files.newOutputStream(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "access_log.file " + file + " can't be written: " + failure.getMessage(), failure);
        }
    }

    /** Takes a finished exchange, or one of a sample; never waits. */
    public void add(Outcome outcome) {
        if (wantsOne()) {
            take(outcome);
        }
    }

    /** Whether the next request is to be in the log. */
    public boolean wantsOne() {
        return switch (mode) {
            case OFF -> false;
            case FULL -> true;
            case SAMPLED -> ThreadLocalRandom.current().nextDouble() < sample;
        };
    }

    /** Takes what was wanted; never waits. */
    public void take(Outcome outcome) {
        if (!queue.offer(new Entry(outcome, clock.wallMillis()))) {
            dropped.increment();
        }
    }

    /** Lines that were dropped because the log could not keep up. */
    public long dropped() {
        return dropped.sum();
    }

    private void write() {
        List<Entry> batch = new ArrayList<>(BATCH);
        StringBuilder lines = new StringBuilder();
        try {
            while (!closing || !queue.isEmpty()) {
                Entry first = queue.poll(200, java.util.concurrent.TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                gather();
                batch.add(first);
                queue.drainTo(batch, BATCH - 1);
                batch.forEach(entry -> line(lines, entry));
                emit(lines, batch.size());
                batch.clear();
                lines.setLength(0);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** A line waits a moment for more: one by one each would cost a wake-up and a write. */
    private void gather() throws InterruptedException {
        for (int i = 0; i < MOMENTS && !closing && queue.size() < QUEUE / 4; i++) {
            Thread.sleep(MOMENT_MILLIS);
        }
    }

    /** Opens the file anew before the next line: it may have been renamed. */
    public void reopen() {
        reopen = true;
    }

    private void openAnew(String file) {
        reopen = false;
        OutputStream old = out;
        try {
            out = open(file);
            old.close();
        } catch (UncheckedIOException refused) {
            LOG.warn("{}; lines go on into the file that was there", refused.getMessage());
        } catch (IOException full) {
            dropped.increment();
        }
    }

    private void emit(StringBuilder lines, int count) {
        String file = ownFile;
        if (reopen && file != null) {
            openAnew(file);
        }
        try {
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException full) {
            dropped.add(count);
        }
    }

    /** One outcome as a JSON object. */
    private static void line(StringBuilder json, Entry entry) {
        Outcome outcome = entry.outcome();
        Target target = outcome.target();
        json.append("{\"time\":\"")
                .append(Instant.ofEpochMilli(entry.endMillis() - outcome.durationMicros() / 1000))
                .append('"');
        text(json, "client", outcome.client());
        text(json, "method", outcome.request().method());
        text(json, "scheme", target == null ? null : target.scheme());
        text(json, "host", target == null ? outcome.request().headers().get("Host") : target.host());
        text(json, "path", target == null ? outcome.request().target() : target.raw());
        number(json, "status", outcome.status());
        number(json, "bytes", outcome.bodyBytes());
        text(json, "policy", outcome.policyName());
        text(json, "namespace", outcome.namespace());
        text(json, "result", outcome.result().name().toLowerCase(Locale.ROOT));
        text(
                json,
                "tier",
                outcome.level() == Outcome.Level.NONE ? null : outcome.level().name());
        text(json, "fwd", outcome.forward() == null ? null : outcome.forward().word());
        text(json, "reason", outcome.detail());
        text(
                json,
                "not_stored",
                outcome.notStored() == null ? null : outcome.notStored().word());
        json.append(",\"stored\":").append(outcome.stored());
        json.append(",\"collapsed\":").append(outcome.collapsed());
        if (outcome.ageMillis() >= 0) {
            number(json, "age", outcome.ageMillis() / 1000);
        }
        Long ttl = outcome.ttlSeconds();
        if (ttl != null) {
            number(json, "ttl", ttl);
        }
        text(json, "key", outcome.keyText() == null ? null : CacheKey.hash(outcome.keyText()));
        number(json, "duration_us", outcome.durationMicros());
        if (outcome.lookupMicros() >= 0) {
            number(json, "lookup_us", outcome.lookupMicros());
        }
        if (outcome.originMicros() >= 0) {
            number(json, "origin_us", outcome.originMicros());
        }
        if (outcome.originStatus() > 0) {
            number(json, "origin_status", outcome.originStatus());
        }
        json.append("}\n");
    }

    private static void number(StringBuilder json, String name, long value) {
        json.append(",\"").append(name).append("\":").append(value);
    }

    private static void text(StringBuilder json, String name, @Nullable String value) {
        if (value == null) {
            return;
        }
        json.append(",\"").append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    @Override
    public void close() {
        closing = true;
        Thread by = writer;
        if (by == null) {
            return;
        }
        try {
            by.join(2_000);
            if (ownFile != null) {
                out.close();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } catch (IOException full) {
            dropped.increment();
        }
    }
}
