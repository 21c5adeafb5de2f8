package io.lacquer.store.redis;

import io.lacquer.redis.RedisServers;
import io.lacquer.store.Leases;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Leases as keys in Redis that expire. Who gives one back says so on a channel that each node listens to; who waits
 * looks now and then as well, for a message can be lost.
 */
final class RedisLeases implements Leases, AutoCloseable {
    private static final long LEASE_MILLIS = 3_000;
    private static final long RENEW_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 250;
    private static final String UNCACHEABLE = "!"; // no key begins so
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final String RENEW =
            "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
    private static final String RELEASE =
            "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end return 0";

    private final RedisLink link;
    private final RedisServers servers;
    private final Function<String, byte[]> keys;
    private final String channel;
    private final RedisClient client;
    private final byte[] owner;
    private final Map<String, byte[]> held = new ConcurrentHashMap<>();
    private final Map<String, List<Wait>> waits = new ConcurrentHashMap<>();
    private final LongAdder taken = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("leases").factory());
    private volatile @Nullable StatefulRedisPubSubConnection<String, String> news;
    private final AtomicBoolean connecting = new AtomicBoolean();
    private volatile boolean wanted;

    private static final class Wait {
        final Consumer<Ended> told;
        final AtomicBoolean over = new AtomicBoolean();

        Wait(Consumer<Ended> told) {
            this.told = told;
        }

        void end(Ended ended) {
            if (over.compareAndSet(false, true)) {
                told.accept(ended);
            }
        }
    }

    /**
     * Leases in the Redis of a link.
     *
     * @param keys the key of a slot's lease
     */
    RedisLeases(RedisLink link, RedisServers servers, Function<String, byte[]> keys, String channel) {
        this.link = link;
        this.servers = servers;
        this.keys = keys;
        this.channel = channel;
        this.client = servers.client(TIMEOUT);
        byte[] id = new byte[12];
        new SecureRandom().nextBytes(id);
        this.owner = HexFormat.of().formatHex(id).getBytes(StandardCharsets.US_ASCII);
        timer.scheduleWithFixedDelay(this::tend, RENEW_MILLIS, RENEW_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void take(String slotKey, Consumer<Taken> told) {
        if (!wanted) {
            wanted = true;
            listen();
        }
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.writes();
        if (commands == null) {
            told.accept(Taken.UNAVAILABLE);
            return;
        }
        byte[] key = keys.apply(slotKey);
        try {
            commands.set(key, owner, SetArgs.Builder.nx().px(LEASE_MILLIS)).whenComplete((ok, failure) -> {
                if (failure != null) {
                    told.accept(Taken.UNAVAILABLE);
                } else if ("OK".equals(ok)) {
                    held.put(slotKey, key);
                    taken.increment();
                    told.accept(Taken.MINE);
                } else {
                    told.accept(Taken.OTHERS);
                }
            });
        } catch (RuntimeException rejected) {
            told.accept(Taken.UNAVAILABLE);
        }
    }

    @Override
    public void awaitEnd(String slotKey, long millis, Consumer<Ended> told) {
        waited.increment();
        Wait wait = new Wait(told);
        String name = new String(keys.apply(slotKey), StandardCharsets.US_ASCII);
        waits.compute(name, (key, present) -> {
            List<Wait> all = present == null ? new ArrayList<>(1) : present;
            all.add(wait);
            return all;
        });
        try {
            timer.schedule(() -> wait.end(Ended.LATE), millis, TimeUnit.MILLISECONDS);
            look(name, wait); // it may have ended before we listened
        } catch (RejectedExecutionException ending) {
            wait.end(Ended.LATE);
        }
    }

    private void look(String name, Wait wait) {
        if (wait.over.get()) {
            forget(name, wait);
            return;
        }
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.reads();
        if (commands == null) {
            wait.end(Ended.LATE);
            forget(name, wait);
            return;
        }
        commands.get(name.getBytes(StandardCharsets.US_ASCII)).whenComplete((value, failure) -> {
            if (failure == null && value == null) {
                ended(name, Ended.GIVEN_BACK);
            } else {
                later(() -> look(name, wait));
            }
        });
    }

    private void later(Runnable step) {
        try {
            timer.schedule(step, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            return; // nobody waits any more
        }
    }

    private void forget(String name, Wait wait) {
        waits.computeIfPresent(name, (key, all) -> {
            all.remove(wait);
            return all.isEmpty() ? null : all;
        });
    }

    private void ended(String name, Ended how) {
        List<Wait> all = waits.remove(name);
        if (all != null) {
            all.forEach(wait -> wait.end(how));
        }
    }

    @Override
    public void release(String slotKey, boolean uncacheable) {
        byte[] key = held.remove(slotKey);
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.writes();
        if (key == null || commands == null) {
            return; // it ends by itself
        }
        try {
            commands.eval(RELEASE, ScriptOutputType.INTEGER, new byte[][] {key}, owner);
            byte[] told = uncacheable
                    ? (UNCACHEABLE + new String(key, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII)
                    : key;
            commands.publish(channel.getBytes(StandardCharsets.US_ASCII), told);
        } catch (RuntimeException rejected) {
            link.trouble("a lease was not given back: " + rejected.getMessage());
        }
    }

    private void tend() {
        RedisClusterAsyncCommands<byte[], byte[]> commands = link.writes();
        if (commands != null) {
            byte[] time = Long.toString(LEASE_MILLIS).getBytes(StandardCharsets.US_ASCII);
            held.values()
                    .forEach(key -> commands.eval(RENEW, ScriptOutputType.INTEGER, new byte[][] {key}, owner, time));
        }
        StatefulRedisPubSubConnection<String, String> present = news;
        if (wanted && (present == null || !present.isOpen())) {
            listen();
        }
    }

    /** One connection for news of all leases; in a cluster every server passes them on. */
    private void listen() {
        if (!connecting.compareAndSet(false, true)) {
            return;
        }
        servers.masterFor(channel.getBytes(StandardCharsets.US_ASCII))
                .thenCompose(server -> client.connectPubSubAsync(StringCodec.ASCII, server))
                .thenCompose(made -> {
                    made.addListener(new RedisPubSubAdapter<>() {
                        @Override
                        public void message(String from, String key) {
                            boolean uncacheable = key.startsWith(UNCACHEABLE);
                            ended(
                                    uncacheable ? key.substring(UNCACHEABLE.length()) : key,
                                    uncacheable ? Ended.UNCACHEABLE : Ended.GIVEN_BACK);
                        }
                    });
                    StatefulRedisPubSubConnection<String, String> old = news;
                    news = made;
                    if (old != null) {
                        old.closeAsync();
                    }
                    return made.async().subscribe(channel);
                })
                .whenComplete((done, failure) -> connecting.set(false));
    }

    @Override
    public Tally tally() {
        return new Tally(held.size(), taken.sum(), waited.sum());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        waits.keySet().forEach(name -> ended(name, Ended.LATE));
    }
}
