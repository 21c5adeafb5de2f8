package io.lacquer.store.redis;

import io.lacquer.http.Clock;
import io.lacquer.redis.RedisServers;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one Redis, of one server or many: made in the background, made again when lost, guarded by a breaker that a
 * probe closes, with Redis' clock measured against ours. Reads and writes have a connection each, so that
 * a large write never stands before a look-up.
 */
final class RedisLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final int FAILURES_TO_OPEN = 3;

    /** A share of the keys may be with a master that is lost: that must not cut off all others. */
    private static final int FAILURES_TO_OPEN_A_CLUSTER = 12;

    private static final int PROBES_TO_GIVE_UP = 12;

    /** Where there may be a new master, waiting for the old one is of less use. */
    private static final int PROBES_TO_LOOK_FOR_ANOTHER = 4;

    private static final int PROBES_OF_ONE_MASTER = 3;
    private static final long PROBE_MILLIS = 250;
    private static final long CLOCK_EVERY_PROBES = 40;
    private static final long LINE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(2);

    private final Clock clock;
    private final RedisServers servers;
    private final Breaker breaker;
    private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("redis-probe").factory());

    private final RedisLine reads;
    private final RedisLine writes;
    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private final CountDownLatch firstAttemptToWrite = new CountDownLatch(1);
    private volatile boolean clockKnown;
    private volatile long offsetMillis;
    private volatile @Nullable Map<String, String> info;
    private volatile @Nullable Throwable lastFailure;
    private final AtomicLong troubleLoggedAt;
    private long stateLoggedAt;
    private boolean saidUp;
    private boolean saidDown;
    private long probes;
    private final AtomicInteger unanswered = new AtomicInteger();

    RedisLink(RedisServers servers, String namespace, Duration timeout, Clock clock) {
        this.servers = servers;
        this.clock = clock;
        this.breaker = new Breaker(servers.isCluster() ? FAILURES_TO_OPEN_A_CLUSTER : FAILURES_TO_OPEN);
        this.troubleLoggedAt = new AtomicLong(clock.nanos() - REPEAT_NANOS);
        this.stateLoggedAt = clock.nanos() - REPEAT_NANOS;
        int patience = servers.isReplicated() ? PROBES_TO_LOOK_FOR_ANOTHER : PROBES_TO_GIVE_UP;
        Wiring reading = new Wiring(servers, namespace, timeout);
        Wiring writing = new Wiring(servers, namespace, WRITE_TIMEOUT);
        this.reads = new RedisLine(reading::connect, patience, () -> clockKnown = false);
        this.writes = new RedisLine(writing::connect, patience, () -> {});
        prober.scheduleWithFixedDelay(this::probe, 0, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Commands for look-ups, or null while Redis can't be asked. */
    @Nullable
    RedisClusterAsyncCommands<byte[], byte[]> reads() {
        return mayAsk() ? reads.commands() : null;
    }

    /** Commands for writes, or null while Redis can't be asked. */
    @Nullable
    RedisClusterAsyncCommands<byte[], byte[]> writes() {
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

    boolean isWritable() {
        return writes() != null;
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
                firstAttemptToWrite.countDown();
            });
            Wire wire = reads() == null ? null : reads.wire();
            if (wire != null && probes++ % CLOCK_EVERY_PROBES == 0) {
                measureClock(wire);
                readInfo(wire);
            }
            sayState();
        } catch (RuntimeException failure) {
            trouble("L2 probe failed: " + failure);
        }
    }

    /** A probe that is answered ends an outage; it takes nothing back of what look-ups found. */
    private void heard(@Nullable Throwable failure) {
        Wire wire = reads.wire();
        if (failure != null || wire == null) {
            int times = unanswered.incrementAndGet();
            if (wire == null || !servers.isCluster() || times >= PROBES_OF_ONE_MASTER) {
                failed(failure == null ? new RedisException("no connection") : failure);
            }
            firstAttempt.countDown();
            return;
        }
        unanswered.set(0);
        if (!clockKnown) {
            measureClock(wire);
        } else if (breaker.isOpen()) {
            breaker.succeeded();
        }
    }

    /** Looks for another master where the one that refused a write may have been demoted. */
    void refused(Throwable failure) {
        if (failure instanceof RedisReadOnlyException && servers.isReplicated()) {
            reads.giveUp();
            writes.giveUp();
        }
    }

    /** Waits until the first attempts to connect have ended one way or the other, at most so long. */
    void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        long end = clock.nanos() + atMost.toNanos();
        if (!firstAttempt.await(atMost.toNanos(), TimeUnit.NANOSECONDS)
                || !firstAttemptToWrite.await(end - clock.nanos(), TimeUnit.NANOSECONDS)) {
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
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private void measureClock(Wire wire) {
        wire.speaker().thenCompose(server -> {
            long sent = clock.nanos();
            return server.time().thenAccept(time -> clockTold(wire, time, sent));
        });
    }

    private void clockTold(Wire wire, List<byte[]> time, long sent) {
        if (time.size() != 2 || !wire.equals(reads.wire())) {
            return;
        }
        long halfTrip = (clock.nanos() - sent) / 2_000_000L;
        offsetMillis = millis(time) + halfTrip - clock.wallMillis();
        if (!clockKnown) {
            clockKnown = true;
            breaker.succeeded();
            firstAttempt.countDown();
            readInfo(wire);
        }
    }

    private static long millis(List<byte[]> time) {
        return Long.parseLong(new String(time.get(0), StandardCharsets.US_ASCII)) * 1000
                + Long.parseLong(new String(time.get(1), StandardCharsets.US_ASCII)) / 1000;
    }

    private void readInfo(Wire wire) {
        wire.speaker().thenCompose(RedisClusterAsyncCommands::info).thenAccept(text -> {
            Map<String, String> fields = new TreeMap<>();
            for (String line : text.split("\r?\n")) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    fields.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
            info = fields;
            warnOfVersion(fields);
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
    public synchronized void close() {
        if (!prober.isShutdown()) {
            prober.execute(servers::close); // behind a probe that is under way
            prober.shutdown();
        }
    }
}
