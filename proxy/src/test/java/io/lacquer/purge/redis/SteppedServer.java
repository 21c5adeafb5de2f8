package io.lacquer.purge.redis;

import io.lacquer.demo.RedisProcess;
import io.lacquer.purge.Position;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Two real Redis, of which one has the log at a time. What it held can be brought to the other one, as it is or as it
 * was, or be put back in the same one.
 */
final class SteppedServer implements AutoCloseable {
    private static final String TAG = "{shop:purge}:";
    private static final String STATE = TAG + "state";
    private static final List<String> NAMES = List.of(TAG + "log", STATE, TAG + "members", TAG + "again");

    /** A process, and what asks it. */
    private record One(
            RedisProcess process,
            RedisClient client,
            RedisSession session,
            StatefulRedisConnection<String, byte[]> raw) {
        static One start() throws IOException {
            RedisProcess process = RedisProcess.start();
            RedisClient client = RedisClient.create();
            RedisURI uri = RedisURI.create(process.uri());
            uri.setTimeout(Duration.ofSeconds(10));
            RedisSession session = RedisSession.open(client, client, uri, RedisSession.Keys.of("shop"))
                    .toCompletableFuture()
                    .join();
            return new One(
                    process,
                    client,
                    session,
                    client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE), uri));
        }
    }

    private record Blocked(long untilNanos, Runnable then) {}

    private final One[] both;
    private final Map<Long, Long> born = new HashMap<>();
    private final List<Blocked> blocked = new ArrayList<>();
    private Steps steps;
    private int active;

    SteppedServer() throws IOException {
        both = new One[] {One.start(), One.start()};
    }

    /** Empty, in another time. */
    void begin(Steps of) {
        steps = of;
        born.clear();
        blocked.clear();
        for (One one : both) {
            one.raw().sync().flushall();
        }
    }

    /** Of the one that has the log. */
    Session session() {
        return both[active].session();
    }

    private RedisCommands<String, byte[]> raw() {
        return both[active].raw().sync();
    }

    /** What it holds. */
    Map<String, byte[]> snapshot() {
        Map<String, byte[]> all = new HashMap<>();
        for (String name : NAMES) {
            byte[] dump = raw().dump(name);
            if (dump != null) {
                all.put(name, dump);
            }
        }
        return all;
    }

    /** The other one has the log from now on, as it was then. */
    void failOver(Map<String, byte[]> as) {
        active = 1 - active;
        restore(as);
        if (as.containsKey(STATE)) {
            raw().hset(STATE, "run", "another".getBytes(StandardCharsets.UTF_8)); // for this one is not started anew
        }
    }

    /** It holds what it held, and the first to ask it is somebody who has read up to there. */
    void rollBack(Map<String, byte[]> as, Position witness) {
        restore(as);
        Session.Known known = new Session.Known(witness.generation(), witness, "");
        session().sign(known, "witness", "").toCompletableFuture().join();
        changed();
    }

    private void restore(Map<String, byte[]> as) {
        raw().flushall();
        as.forEach((name, dump) -> raw().restore(name, dump, RestoreArgs.Builder.ttl(0)));
        changed();
    }

    /** Somebody throws away keys. */
    void delete(boolean all) {
        raw().del(all ? NAMES.toArray(new String[0]) : new String[] {NAMES.getFirst()});
        changed();
    }

    /** Somebody throws away old records. */
    void trim(int left) {
        raw().xtrim(NAMES.getFirst(), left);
        changed();
    }

    /** Its records, for people. */
    List<String> records() {
        List<String> all = new ArrayList<>();
        both[active]
                .session()
                .page(Position.START)
                .toCompletableFuture()
                .join()
                .forEach(record -> all.add(record.getId()
                        + " after " + record.getBody().get("prev") + " "
                        + record.getBody().get("what").split("\n", 2)[0]));
        return all;
    }

    /** What nodes have told of themselves. */
    List<String> members() {
        return raw().hgetall(TAG + "members").values().stream()
                .map(words -> new String(words, StandardCharsets.UTF_8))
                .toList();
    }

    /** What it said, with this time instead of its own. */
    Session.Said timed(Session.Said said, boolean aged) {
        long since = born.computeIfAbsent(said.generation(), unknown -> steps.nanos());
        long number = aged ? (steps.nanos() - since) / 1_000_000 : said.number();
        if (!aged) {
            changed();
        }
        return new Session.Said(
                said.generation(), said.bases(), steps.wallMillis(), said.last(), number, said.other(), said.rest());
    }

    /** Does something once records may have come, or at a time. */
    void whenChanged(long untilNanos, Steps.Line line, Runnable then) {
        Blocked one = new Blocked(untilNanos, then);
        blocked.add(one);
        line.later(untilNanos - steps.nanos(), () -> {
            if (blocked.remove(one)) {
                then.run();
            }
        });
    }

    private void changed() {
        List<Blocked> all = List.copyOf(blocked);
        blocked.clear();
        all.forEach(each -> each.then().run());
    }

    @Override
    public void close() {
        for (One one : both) {
            one.raw().close();
            one.session().close();
            one.client().shutdown(Duration.ZERO, Duration.ofSeconds(2));
            one.process().close();
        }
    }
}
