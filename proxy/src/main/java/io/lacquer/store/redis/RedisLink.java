package io.lacquer.store.redis;

import io.lacquer.http.Clock;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final long LINE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(2);

    private final Clock clock;
    private final ClientResources resources;
    private final RedisClient reading;
    private final RedisClient writing;
    private final Breaker breaker = new Breaker(FAILURES_TO_OPEN);
    private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("redis-probe").factory());

    private final RedisLine reads;
    private final RedisLine writes;
    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private volatile boolean clockKnown;
    private volatile long offsetMillis;
    private volatile @Nullable Map<String, String> info;
    private volatile @Nullable Throwable lastFailure;
    private final AtomicLong troubleLoggedAt;
    private long stateLoggedAt;
    private boolean saidUp;
    private boolean saidDown;
    private long probes;

    RedisLink(String uri, Duration timeout, Clock clock) {
        RedisURI address = RedisURI.create(uri);
        address.setTimeout(HANDSHAKE_TIMEOUT);
        this.clock = clock;
        this.troubleLoggedAt = new AtomicLong(clock.nanos() - REPEAT_NANOS);
        this.stateLoggedAt = clock.nanos() - REPEAT_NANOS;
        this.resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .build();
        this.reading = client(timeout);
        this.writing = client(WRITE_TIMEOUT);
        this.reads = new RedisLine(reading, address);
        this.writes = new RedisLine(writing, address);
        prober.scheduleWithFixedDelay(this::probe, 0, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private RedisClient client(Duration timeout) {
        RedisClient client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false) // the line is made anew by its probe
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(QUEUE)
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
        return mayAsk() ? reads.commands() : null;
    }

    /** Commands for writes, or null while Redis can't be asked. */
    @Nullable
    RedisAsyncCommands<byte[], byte[]> writes() {
        return mayAsk() ? writes.commands() : null;
    }

    /** Without Redis' clock, ages would be wrong. */
    private boolean mayAsk() {
        return clockKnown && !breaker.isOpen();
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
        lastFailure = cause;
        breaker.failed();
    }

    /** One line a second at most, whatever happens. */
    void trouble(String sentence) {
        long now = clock.nanos();
        long last = troubleLoggedAt.get();
        if (now - last >= LINE_EVERY_NANOS && troubleLoggedAt.compareAndSet(last, now)) {
            LOG.warn(sentence);
        }
    }

    private void probe() {
        try {
            reads.probe(this::heard);
            writes.probe(failure -> {
                if (failure != null) {
                    lastFailure = failure;
                }
            });
            RedisAsyncCommands<byte[], byte[]> commands = reads();
            if (commands != null && probes++ % CLOCK_EVERY_PROBES == 0) {
                measureClock(commands);
                readInfo(commands);
            }
            sayState();
        } catch (RuntimeException failure) {
            trouble("L2 probe failed: " + failure);
        }
    }

    /** A probe that is answered ends an outage; it takes nothing back of what look-ups found. */
    private void heard(@Nullable Throwable failure) {
        RedisAsyncCommands<byte[], byte[]> commands = reads.commands();
        if (failure != null || commands == null) {
            failed(failure == null ? new RedisException("no connection") : failure);
            firstAttempt.countDown();
        } else if (!clockKnown) {
            measureClock(commands);
        } else if (breaker.isOpen()) {
            breaker.succeeded();
        }
    }

    /** Waits until the first attempt to connect has ended one way or the other, at most so long. */
    void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        if (!firstAttempt.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            trouble("L2 has not answered yet; starting without it");
        }
    }

    /** Says that it is lost or there: when that changes, and now and then while it is lost. */
    private void sayState() {
        long quiet = clock.nanos() - stateLoggedAt;
        Throwable failure = lastFailure;
        if (quiet < LINE_EVERY_NANOS) {
            return;
        }
        if (isUp() && !saidUp) {
            LOG.info(saidDown ? "L2 answers again" : "L2 connected");
            say(true);
        } else if (!isUp() && failure != null && (saidUp || !saidDown || quiet >= REPEAT_NANOS)) {
            LOG.warn("L2 can't be asked ({}); serving from L1 and the origin until it can", root(failure));
            say(false);
        }
    }

    private void say(boolean up) {
        stateLoggedAt = clock.nanos();
        saidUp = up;
        saidDown |= !up;
    }

    private static String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private void measureClock(RedisAsyncCommands<byte[], byte[]> commands) {
        long sent = clock.nanos();
        commands.time().whenComplete((time, failure) -> {
            if (failure == null && time.size() == 2) {
                long halfTrip = (clock.nanos() - sent) / 2_000_000L;
                offsetMillis = millis(time) + halfTrip - clock.wallMillis();
                if (!clockKnown) {
                    clockKnown = true;
                    breaker.succeeded();
                    firstAttempt.countDown();
                    readInfo(commands);
                }
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
        CompletableFuture.allOf(
                        reading.shutdownAsync(0, 100, TimeUnit.MILLISECONDS),
                        writing.shutdownAsync(0, 100, TimeUnit.MILLISECONDS))
                .whenComplete((done, failure) -> resources.shutdown(0, 100, TimeUnit.MILLISECONDS));
    }
}
