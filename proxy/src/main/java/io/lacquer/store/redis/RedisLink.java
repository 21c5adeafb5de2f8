package io.lacquer.store.redis;

import io.lacquer.http.Clock;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one Redis: made in the background, made again when lost, guarded by a breaker that a
 * probe closes, with Redis' clock measured against ours. Reads and writes have a connection each, so that
 * a large write never stands before a look-up.
 */
final class RedisLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final int FAILURES_TO_OPEN = 3;
    private static final int QUEUE = 4096;
    private static final long PROBE_MILLIS = 250;
    private static final long CLOCK_EVERY_PROBES = 40;
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(2);

    private final RedisURI uri;
    private final Clock clock;
    private final ClientResources resources;
    private final RedisClient reading;
    private final RedisClient writing;
    private final Breaker breaker = new Breaker(FAILURES_TO_OPEN);
    private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("redis-probe").factory());

    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> reads;
    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> writes;
    private volatile long offsetMillis;
    private volatile @Nullable Map<String, String> info;
    private volatile long troubleLoggedAt;
    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private boolean toldUp;
    private boolean readsPending;
    private boolean writesPending;
    private long probes;

    RedisLink(String uri, Duration timeout, Clock clock) {
        this.uri = RedisURI.create(uri);
        this.uri.setTimeout(HANDSHAKE_TIMEOUT);
        this.clock = clock;
        this.troubleLoggedAt = clock.nanos() - TimeUnit.SECONDS.toNanos(60);
        this.resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .build();
        this.reading = client(timeout);
        this.writing = client(WRITE_TIMEOUT);
        prober.scheduleWithFixedDelay(this::probe, 0, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private RedisClient client(Duration timeout) {
        RedisClient client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(QUEUE)
                .replayFilter(command -> true) // true: never replayed
                .timeoutOptions(TimeoutOptions.builder().fixedTimeout(timeout).build())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofSeconds(1))
                        .tcpNoDelay(true)
                        .build())
                .build());
        return client;
    }

    /** Commands for look-ups, or null while Redis can't be asked. */
    @Nullable
    RedisAsyncCommands<byte[], byte[]> reads() {
        StatefulRedisConnection<byte[], byte[]> connection = reads;
        return connection == null || breaker.isOpen() || !connection.isOpen() ? null : connection.async();
    }

    /** Commands for writes, or null while Redis can't be asked. */
    @Nullable
    RedisAsyncCommands<byte[], byte[]> writes() {
        StatefulRedisConnection<byte[], byte[]> connection = writes;
        return connection == null || breaker.isOpen() || !connection.isOpen() ? null : connection.async();
    }

    /** Redis' time now, by our clock and the measured offset. */
    long redisMillis() {
        return clock.wallMillis() + offsetMillis;
    }

    boolean isUp() {
        return reads() != null;
    }

    @Nullable
    Map<String, String> info() {
        return isUp() ? info : null;
    }

    void succeeded() {
        breaker.succeeded();
    }

    void failed(Throwable cause) {
        if (breaker.failed()) {
            LOG.debug("L2 is left alone after {}", cause.toString());
        }
    }

    /** One line a second at most, whatever happens. */
    void trouble(String sentence) {
        long now = clock.nanos();
        if (now - troubleLoggedAt >= 1_000_000_000L) {
            troubleLoggedAt = now;
            LOG.warn(sentence);
        }
    }

    private synchronized void probe() {
        try {
            connectWhereMissing();
            tellOfChange();
            StatefulRedisConnection<byte[], byte[]> connection = reads;
            if (connection == null) {
                return;
            }
            if (breaker.isOpen()) {
                connection.async().ping().whenComplete((pong, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                    }
                });
            } else if (probes++ % CLOCK_EVERY_PROBES == 0) {
                measureClock(connection.async());
                readInfo(connection.async());
            }
        } catch (RuntimeException failure) {
            trouble("L2 probe failed: " + failure);
        }
    }

    /** One line when it goes, one when it comes. */
    private void tellOfChange() {
        boolean up = isUp();
        if (up != toldUp) {
            toldUp = up;
            if (up) {
                LOG.info("L2 connected");
            } else {
                trouble("L2 can't be asked; serving from L1 and the origin until it answers again");
            }
        }
    }

    private void connectWhereMissing() {
        if (reads == null && !readsPending) {
            readsPending = true;
            connect(reading, connection -> {
                if (connection == null) {
                    readsPending = false;
                    firstAttempt.countDown();
                } else {
                    measureClock(connection.async()).whenComplete((measured, failure) -> nowReading(connection));
                }
            });
        }
        if (writes == null && !writesPending) {
            writesPending = true;
            connect(writing, connection -> {
                writesPending = false;
                writes = connection;
            });
        }
    }

    /** Look-ups begin once Redis' clock is known, since ages are computed with it. */
    private void nowReading(StatefulRedisConnection<byte[], byte[]> connection) {
        breaker.succeeded();
        reads = connection;
        firstAttempt.countDown();
        readInfo(connection.async());
    }

    /** Waits until the first attempt to connect has ended one way or the other, at most so long. */
    void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        if (!firstAttempt.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            trouble("L2 has not answered yet; starting without it");
        }
    }

    private interface Connected {
        void with(@Nullable StatefulRedisConnection<byte[], byte[]> connection);
    }

    private void connect(RedisClient client, Connected then) {
        CompletionStage<StatefulRedisConnection<byte[], byte[]>> attempt =
                client.connectAsync(ByteArrayCodec.INSTANCE, uri);
        attempt.whenComplete((connection, failure) -> {
            synchronized (this) {
                then.with(failure == null ? connection : null);
            }
            if (failure != null) {
                trouble("L2 can't be reached (" + root(failure) + "); serving from L1 and the origin");
            }
        });
    }

    private static String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private CompletionStage<?> measureClock(RedisAsyncCommands<byte[], byte[]> commands) {
        long sent = clock.nanos();
        return commands.time().whenComplete((time, failure) -> {
            if (failure == null && time.size() == 2) {
                long halfTrip = (clock.nanos() - sent) / 2_000_000L;
                offsetMillis = millis(time) + halfTrip - clock.wallMillis();
            }
        });
    }

    private static long millis(List<byte[]> time) {
        return Long.parseLong(new String(time.get(0), StandardCharsets.US_ASCII)) * 1000
                + Long.parseLong(new String(time.get(1), StandardCharsets.US_ASCII)) / 1000;
    }

    private void readInfo(RedisAsyncCommands<byte[], byte[]> commands) {
        commands.info().whenComplete((text, failure) -> {
            if (failure == null) {
                Map<String, String> fields = new TreeMap<>();
                for (String line : text.split("\r?\n")) {
                    int colon = line.indexOf(':');
                    if (colon > 0) {
                        fields.put(line.substring(0, colon), line.substring(colon + 1));
                    }
                }
                info = fields;
                warnOfVersion(fields);
            }
        });
    }

    private boolean versionWarned;

    private void warnOfVersion(Map<String, String> fields) {
        String policy = fields.get("maxmemory_policy");
        if (!versionWarned && "0".equals(fields.get("maxmemory")) && "noeviction".equals(policy)) {
            versionWarned = true;
            LOG.info("L2: this Redis has no maxmemory; cached keys expire, but nothing bounds them");
        }
    }

    @Override
    public void close() {
        prober.shutdownNow();
        reading.shutdownAsync(0, 100, TimeUnit.MILLISECONDS);
        writing.shutdownAsync(0, 100, TimeUnit.MILLISECONDS);
        resources.shutdown(0, 100, TimeUnit.MILLISECONDS);
    }
}
