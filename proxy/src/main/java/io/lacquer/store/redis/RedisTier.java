package io.lacquer.store.redis;

import io.lacquer.config.Config;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Clock;
import io.lacquer.redis.RedisServers;
import io.lacquer.store.Body;
import io.lacquer.store.Leases;
import io.lacquer.store.Ledger;
import io.lacquer.store.RemoteTier;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.redis.ValueFormat.Pieces;
import io.lacquer.store.redis.ValueFormat.Written;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * L2 in Redis. Keys are {@code namespace:v<version>:{<hash of the primary key>}:<hash of the slot>}, so that
 * a resource and its variants share a slot; every one has a time to live. A large body stands in pieces under keys of its
 * own, {@code :p:0} and so on behind the key that tells of them, which is written last. A look-up is bounded by the
 * timeout, a run of failures by the breaker; writes are encoded off the event loops and dropped under load. What is
 * done to one key is done by one thread: the last write is what stays.
 */
public final class RedisTier implements RemoteTier, AutoCloseable {
    private static final int ENCODERS = 2;
    private static final int QUEUED_WRITES = 1024;
    private static final long MAX_PENDING_BYTES = 32L << 20;
    private static final long LONGEST_KEEP_MILLIS = TimeUnit.DAYS.toMillis(30);

    /** Who has read what tells of pieces should still find them. */
    private static final long PIECES_OUTLIVE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final Config.L2 config;
    private final Clock clock;
    private final Ledger ledger;
    private final RedisLink link;
    private final RedisLeases leases;
    private final List<ThreadPoolExecutor> encoders = new ArrayList<>(ENCODERS);
    private final AtomicLong pendingBytes = new AtomicLong();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder writes = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    /** Connects in the background; until then every look-up is {@link RemoteTier.Kind#DOWN}. */
    public RedisTier(Config.L2 config, Clock clock, Ledger ledger) {
        this.config = config;
        this.clock = clock;
        this.ledger = ledger;
        RedisServers servers = RedisServers.of(
                config.uri(), config.tls().caFile(), config.tls().verify());
        this.link = new RedisLink(servers, config.namespace(), config.timeout(), clock);
        String channel = config.namespace() + ":v" + config.version() + ":leases";
        this.leases = new RedisLeases(link, servers, this::leaseKey, channel);
        for (int i = 0; i < ENCODERS; i++) {
            ThreadPoolExecutor encoder = new ThreadPoolExecutor(
                    1,
                    1,
                    10,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(QUEUED_WRITES / ENCODERS),
                    Thread.ofPlatform().daemon().name("l2-encoder-" + i).factory());
            encoder.allowCoreThreadTimeOut(true);
            encoders.add(encoder);
        }
    }

    @Override
    public void find(String slotKey, Callback callback) {
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.reads();
        if (commands == null) {
            errors.increment();
            callback.answered(new Answer.Trouble(Kind.DOWN));
            return;
        }
        long began = clock.nanos();
        try {
            commands.get(redisKey(slotKey)).whenComplete((value, failure) -> {
                if (failure != null) {
                    callback.answered(failed(slotKey, failure));
                    return;
                }
                link.succeeded();
                Pieces pieces = value == null ? null : ValueFormat.pieces(value, config.maxObject());
                if (pieces == null) {
                    callback.answered(read(slotKey, value, null));
                } else {
                    gather(commands, slotKey, value, pieces, began, callback);
                }
            });
        } catch (RuntimeException rejected) {
            callback.answered(trouble(rejected));
        }
    }

    private void gather(
            RedisClusterAsyncCommands<byte[], byte[]> commands,
            String slotKey,
            byte[] value,
            Pieces pieces,
            long began,
            Callback callback) {
        new PieceReader(
                        pieces,
                        index -> commands.get(pieceKey(slotKey, index)),
                        () -> clock.nanos() - began < config.timeout().toNanos(),
                        end -> callback.answered(gathered(slotKey, value, end)))
                .read();
    }

    private Answer gathered(String slotKey, byte[] value, PieceReader.End end) {
        return switch (end) {
            case PieceReader.End.Whole(byte[] body) -> {
                link.succeeded();
                yield read(slotKey, value, body);
            }
            case PieceReader.End.Missing missing -> {
                misses.increment();
                remove(slotKey); // Redis has evicted a piece; without it the others are good for nothing
                yield new Answer.Nothing();
            }
            case PieceReader.End.Overwritten overwritten -> {
                misses.increment();
                yield new Answer.Nothing();
            }
            case PieceReader.End.Garbage garbage -> corrupt(slotKey);
            case PieceReader.End.TooSlow slow -> {
                errors.increment();
                link.trouble("L2: a large answer did not come within tiers.l2.timeout; the origin is asked for it");
                yield new Answer.Trouble(Kind.TIMEOUT);
            }
            case PieceReader.End.Failed(Throwable cause) -> failed(slotKey, cause);
        };
    }

    private Answer failed(String slotKey, Throwable failure) {
        return isOfAnotherType(failure) ? corrupt(slotKey) : trouble(failure);
    }

    private Answer trouble(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        errors.increment();
        link.failed(cause);
        return new Answer.Trouble(cause instanceof RedisCommandTimeoutException ? Kind.TIMEOUT : Kind.DOWN);
    }

    /** Redis is well; it is the key that somebody else has made a list or the like. */
    private static boolean isOfAnotherType(Throwable failure) {
        return failure instanceof RedisCommandExecutionException
                && String.valueOf(failure.getMessage()).startsWith("WRONGTYPE");
    }

    private Answer corrupt(String slotKey) {
        errors.increment();
        link.trouble("L2 holds something under one of our keys that is no value of ours; it is ignored and removed");
        remove(slotKey);
        return new Answer.Trouble(Kind.CORRUPT);
    }

    private Answer read(String slotKey, byte @Nullable [] value, byte @Nullable [] pieces) {
        if (value == null) {
            misses.increment();
            return new Answer.Nothing();
        }
        if (ValueFormat.isOfAnotherRelease(value)) {
            misses.increment(); // that release may still want it
            return new Answer.Nothing();
        }
        Slot slot = ValueFormat.decode(value, pieces, link.redisMillis(), clock.nanos(), config.maxObject(), ledger);
        if (slot == null) {
            return corrupt(slotKey);
        }
        hits.increment();
        return new Answer.Found(slot);
    }

    @Override
    public void write(String slotKey, Slot slot, long keepMillis) {
        long size = slot.overhead()
                + (slot instanceof StoredResponse response ? response.body().length() : 0);
        if (pendingBytes.addAndGet(size) > MAX_PENDING_BYTES || link.writes() == null) {
            pendingBytes.addAndGet(-size);
            dropped.increment();
            return;
        }
        try {
            encoder(slotKey)
                    .execute(() -> encodeAndSend(slotKey, slot, Math.min(keepMillis, LONGEST_KEEP_MILLIS), size));
        } catch (RejectedExecutionException full) {
            pendingBytes.addAndGet(-size);
            dropped.increment();
        }
    }

    private void encodeAndSend(String slotKey, Slot slot, long keepMillis, long size) {
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.writes();
        if (commands == null) {
            pendingBytes.addAndGet(-size);
            dropped.increment();
            return;
        }
        try {
            Written written = ValueFormat.encode(slot, link.redisMillis(), clock.nanos(), config.compressAbove());
            List<byte[]> pieces = written.pieces();
            for (int i = 0; i < pieces.size(); i++) {
                SetArgs forLonger = SetArgs.Builder.px(keepMillis + PIECES_OUTLIVE_MILLIS);
                commands.set(pieceKey(slotKey, i), pieces.get(i), forLonger).exceptionally(this::refused);
            }
            commands.set(redisKey(slotKey), written.value(), SetArgs.Builder.px(keepMillis)) // behind what it tells of
                    .whenComplete((ok, failure) -> {
                        pendingBytes.addAndGet(-size);
                        if (failure == null) {
                            writes.increment();
                        } else {
                            refused(failure);
                        }
                    });
        } catch (Body.Gone left) {
            pendingBytes.addAndGet(-size);
            dropped.increment();
        } catch (RuntimeException failure) {
            pendingBytes.addAndGet(-size);
            errors.increment();
            link.trouble("L2 write failed: " + failure.getMessage());
        }
    }

    private @Nullable String refused(Throwable failure) {
        errors.increment();
        link.refused(failure);
        link.trouble("L2 refused a write: " + failure.getMessage());
        return null;
    }

    @Override
    public void remove(String slotKey) {
        try {
            encoder(slotKey).execute(() -> removeNow(slotKey)); // behind what is still to be written of it
        } catch (RejectedExecutionException full) {
            removeNow(slotKey);
        }
    }

    private ThreadPoolExecutor encoder(String slotKey) {
        return encoders.get(Math.floorMod(primary(slotKey).hashCode(), ENCODERS));
    }

    private void removeNow(String slotKey) {
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.writes();
        if (commands != null) {
            int pieces = (int) (config.maxObject() / ValueFormat.PIECE_BYTES) + 1;
            byte[][] keys = new byte[1 + pieces][];
            keys[0] = redisKey(slotKey);
            for (int i = 0; i < pieces; i++) {
                keys[1 + i] = pieceKey(slotKey, i); // that there may be
            }
            commands.unlink(keys).exceptionally(failure -> {
                errors.increment();
                link.refused(failure);
                return 0L;
            });
        }
    }

    @Override
    public long patienceMillis() {
        return config.timeout().toMillis();
    }

    @Override
    public long maxObject() {
        return config.maxObject();
    }

    /** A primary key's slots share a hash tag; the variant's text starts with the primary's. */
    private byte[] redisKey(String slotKey) {
        String primary = primary(slotKey);
        boolean variant = primary.length() < slotKey.length();
        String key = place(primary) + (variant ? ":" + CacheKey.hash(slotKey) : "");
        return key.getBytes(StandardCharsets.US_ASCII);
    }

    /** Beside what it is a piece of, and in the same slot. */
    private byte[] pieceKey(String slotKey, int index) {
        byte[] of = redisKey(slotKey);
        byte[] suffix = (":p:" + index).getBytes(StandardCharsets.US_ASCII);
        byte[] key = Arrays.copyOf(of, of.length + suffix.length);
        System.arraycopy(suffix, 0, key, of.length, suffix.length);
        return key;
    }

    /** Whatever is of one resource is in one slot. */
    private String place(String primary) {
        return config.namespace() + ":v" + config.version() + ":{" + CacheKey.hash(primary) + "}";
    }

    private static String primary(String slotKey) {
        int variant = slotKey.indexOf("\n~\n");
        return variant < 0 ? slotKey : slotKey.substring(0, variant);
    }

    private byte[] leaseKey(String slotKey) {
        return (place(primary(slotKey)) + ":l:" + CacheKey.hash(slotKey)).getBytes(StandardCharsets.US_ASCII);
    }

    /** Which node fetches. A lease is given back behind what is still to be written of its slot. */
    public Leases leases() {
        return new Leases() {
            @Override
            public void take(String slotKey, Consumer<Taken> told) {
                leases.take(slotKey, told);
            }

            @Override
            public void awaitEnd(String slotKey, long millis, Consumer<Ended> told) {
                leases.awaitEnd(slotKey, millis, told);
            }

            @Override
            public void release(String slotKey, boolean uncacheable) {
                try {
                    encoder(slotKey).execute(() -> leases.release(slotKey, uncacheable));
                } catch (RejectedExecutionException full) {
                    leases.release(slotKey, uncacheable);
                }
            }

            @Override
            public Tally tally() {
                return leases.tally();
            }
        };
    }

    /** Whether Redis can be asked now. */
    public boolean isUp() {
        return link.isUp();
    }

    /** Whether Redis can be written to now. */
    public boolean isWritable() {
        return link.isWritable();
    }

    /** Waits until Redis has answered or refused once, at most so long: who starts with a Redis serves from it at once. */
    public void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        link.awaitFirstAttempt(atMost);
    }

    @Override
    public State state() {
        return new State(link.isUp(), hits.sum(), misses.sum(), errors.sum(), writes.sum(), dropped.sum(), link.info());
    }

    @Override
    public void close() {
        encoders.forEach(ThreadPoolExecutor::shutdownNow);
        leases.close();
        link.close();
    }
}
