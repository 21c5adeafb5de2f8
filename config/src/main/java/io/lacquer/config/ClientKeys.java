package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The keys that are about clients: {@code limits}, {@code timeouts}, {@code collapse}, {@code access_log}. */
final class ClientKeys {
    private static final int LARGEST_HEAD = 1 << 20;
    private static final int MOST = 10_000_000;

    private static final Key<Long> REQUEST_LINE =
            Key.of("request_line", Scalars.size(256, LARGEST_HEAD), "8KiB", "the longest request line; beyond it 414");
    private static final Key<Long> HEADER_BYTES = Key.of(
            "header_bytes", Scalars.size(1024, LARGEST_HEAD), "32KiB", "all header fields together; beyond it 431");
    private static final Key<Integer> HEADER_COUNT =
            Key.of("header_count", Scalars.integer(1, 10_000), "100", "header fields; beyond it 431");
    private static final Key<Long> BODY =
            Key.of("body", Scalars.SIZE, "0", "the largest request body; beyond it 413; 0 is no limit");
    private static final Key<Integer> CONNECTIONS = Key.of(
            "connections", Scalars.integer(1, MOST), "10000", "open client connections; beyond it 503 and closed");

    private static final Key<Integer> TAGS = Key.of(
            "tags", Scalars.integer(1, 1000), "64", "how many purge tags a stored answer keeps; the next are dropped");
    private static final Key<Integer> TAG_LENGTH = Key.of(
            "tag_length", Scalars.integer(16, 1024), "128", "the longest purge tag, in characters; longer are dropped");

    /** {@code limits}. */
    static final Section<Config.Limits> LIMITS = new Section<>(
            List.of(REQUEST_LINE, HEADER_BYTES, HEADER_COUNT, BODY, CONNECTIONS, TAGS, TAG_LENGTH),
            fields -> new Config.Limits(
                    Math.toIntExact(fields.get(REQUEST_LINE)),
                    Math.toIntExact(fields.get(HEADER_BYTES)),
                    fields.get(HEADER_COUNT),
                    fields.get(BODY),
                    fields.get(CONNECTIONS),
                    fields.get(TAGS),
                    fields.get(TAG_LENGTH)));

    private static final Key<Duration> HEADER =
            Key.of("header", Scalars.TIMEOUT, "10s", "from the first byte of a request's head to its last; 408");
    private static final Key<Duration> BODY_READ =
            Key.of("body", Scalars.TIMEOUT, "30s", "between two reads of a request's body; 408");
    private static final Key<Duration> IDLE =
            Key.of("idle", Scalars.TIMEOUT, "75s", "between requests on one connection; closed");
    private static final Key<Duration> WRITE =
            Key.of("write", Scalars.TIMEOUT, "30s", "without progress while an answer waits to be read; closed");

    /** {@code timeouts}. */
    static final Section<Config.ClientTimeouts> TIMEOUTS = new Section<>(
            List.of(HEADER, BODY_READ, IDLE, WRITE),
            fields -> new Config.ClientTimeouts(
                    fields.get(HEADER), fields.get(BODY_READ), fields.get(IDLE), fields.get(WRITE)));

    private static final Key<Duration> WAIT =
            Key.of("wait", Scalars.TIMEOUT, "5s", "how long a request waits for another's fetch of the same key");
    private static final Key<Integer> MAX_WAITERS = Key.of(
            "max_waiters", Scalars.integer(0, MOST), "10000", "how many wait for one fetch; the next fetch alone");

    /** {@code collapse}. */
    static final Section<Config.Collapse> COLLAPSE = new Section<>(
            List.of(WAIT, MAX_WAITERS), fields -> new Config.Collapse(fields.get(WAIT), fields.get(MAX_WAITERS)));

    private static final Key<Config.LogMode> LOG_MODE = Key.of(
            "mode",
            Scalars.choice(
                    Map.of("off", Config.LogMode.OFF, "sampled", Config.LogMode.SAMPLED, "full", Config.LogMode.FULL)),
            "off",
            "how much is logged");
    private static final Key<String> LOG_FILE = Key.optional("file", Scalars.TEXT, "a path; else standard output");
    private static final Key<Double> SAMPLE =
            Key.of("sample", Scalars.number(0, 1), "0.01", "the share that is logged with `mode: sampled`");

    /** {@code access_log}. */
    static final Section<Config.AccessLog> ACCESS_LOG = new Section<>(
            List.of(LOG_MODE, LOG_FILE, SAMPLE),
            fields -> new Config.AccessLog(fields.get(LOG_MODE), fields.find(LOG_FILE), fields.get(SAMPLE)));

    private ClientKeys() {}
}
