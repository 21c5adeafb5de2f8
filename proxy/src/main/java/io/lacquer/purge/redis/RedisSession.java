package io.lacquer.purge.redis;

import io.lacquer.purge.Position;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * The connections to one server of the log, for as long as it is the same process: one for commands, one that waits for
 * records, and one for signs of life, which may wait for replicas.
 */
final class RedisSession implements Session {
    private static final long BLOCK_MILLIS = 1_000;
    private static final int PAGE = 1_000;
    private static final long REPLICA_MILLIS = 300;
    private static final String NOTES_SECONDS = "7200";

    /** The names of the log's keys, and of the notes that nodes leave there; all of one slot. */
    record Keys(String log, String state, String members, String again, String notes) {
        static Keys of(String namespace) {
            String tag = "{" + namespace + ":purge}:";
            return new Keys(tag + "log", tag + "state", tag + "members", tag + "again", tag + "hits");
        }

        private String[] all() {
            return new String[] {log, state, members, again};
        }
    }

    private final Keys keys;
    private final StatefulRedisConnection<String, String> commands;
    private final StatefulRedisConnection<String, String> tail;
    private final StatefulRedisConnection<String, String> signs;
    private final String run;
    private final boolean evicts;
    private final String appendSha;
    private final String beatSha;

    private RedisSession(
            Keys keys,
            StatefulRedisConnection<String, String> commands,
            StatefulRedisConnection<String, String> tail,
            StatefulRedisConnection<String, String> signs,
            String run,
            boolean evicts) {
        this.evicts = evicts;
        this.keys = keys;
        this.commands = commands;
        this.tail = tail;
        this.signs = signs;
        this.run = run;
        this.appendSha = commands.async().digest(Scripts.APPEND);
        this.beatSha = commands.async().digest(Scripts.BEAT);
    }

    /** Connects to a server that must be a master. */
    static CompletionStage<RedisSession> open(RedisClient quick, RedisClient patient, RedisURI server, Keys keys) {
        var commands = connect(quick, server);
        var tail = connect(patient, server);
        var signs = connect(quick, server);
        return CompletableFuture.allOf(commands, tail, signs)
                .thenCompose(all -> commands.resultNow().async().info())
                .thenApply(info -> new RedisSession(
                        keys, commands.resultNow(), tail.resultNow(), signs.resultNow(), identity(info), evicts(info)))
                .whenComplete((made, failure) -> {
                    if (failure != null) {
                        List.of(commands, tail, signs)
                                .forEach(each -> each.thenAccept(StatefulRedisConnection::closeAsync));
                    }
                });
    }

    private static CompletableFuture<StatefulRedisConnection<String, String>> connect(
            RedisClient client, RedisURI server) {
        return client.connectAsync(io.lettuce.core.codec.StringCodec.UTF8, server)
                .toCompletableFuture();
    }

    /** The server's own id, new with each start of it; fails where it is no master. */
    private static String identity(String info) {
        if (!"master".equals(field(info, "role"))) {
            throw new CompletionException(new RedisException("the purge log's server is not a master"));
        }
        return field(info, "run_id");
    }

    /** Whether it may throw away what has no time to live. */
    private static boolean evicts(String info) {
        return field(info, "maxmemory_policy").startsWith("allkeys") && !"0".equals(field(info, "maxmemory"));
    }

    private static String field(String info, String name) {
        for (String line : info.split("\r?\n")) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        throw new CompletionException(new RedisException("INFO has no " + name));
    }

    @Override
    public boolean mayEvict() {
        return evicts;
    }

    @Override
    public boolean isOpen() {
        return commands.isOpen() && tail.isOpen() && signs.isOpen();
    }

    @Override
    public CompletionStage<Said> append(Known known, int mostKept, List<String> records) {
        List<String> args = args(known);
        args.add(Integer.toString(mostKept));
        args.addAll(records);
        return script(commands, appendSha, Scripts.APPEND, args).thenApply(RedisSession::said);
    }

    @Override
    public CompletionStage<Said> sign(Known known, String id, String words) {
        List<String> args = args(known);
        Collections.addAll(args, id, words);
        return script(signs, beatSha, Scripts.BEAT, args).thenApply(RedisSession::said);
    }

    private List<String> args(Known known) {
        List<String> args = new ArrayList<>();
        args.add(run);
        args.addAll(known.words());
        return args;
    }

    @Override
    public CompletionStage<Long> replicas(boolean ofSigns, int wanted) {
        return (ofSigns ? signs : commands).async().waitForReplication(wanted, REPLICA_MILLIS);
    }

    private CompletionStage<List<Object>> script(
            StatefulRedisConnection<String, String> on, String sha, String script, List<String> args) {
        String[] values = args.toArray(new String[0]);
        RedisAsyncCommands<String, String> async = on.async();
        return async.<List<Object>>evalsha(sha, ScriptOutputType.MULTI, keys.all(), values)
                .exceptionallyCompose(failure -> isUnknownScript(failure)
                        ? async.<List<Object>>eval(script, ScriptOutputType.MULTI, keys.all(), values)
                        : CompletableFuture.failedStage(failure));
    }

    private static boolean isUnknownScript(Throwable failure) {
        return failure instanceof RedisNoScriptException || failure.getCause() instanceof RedisNoScriptException;
    }

    private static Said said(List<Object> out) {
        List<String> texts = out.stream().map(String::valueOf).toList();
        return new Said(
                Long.parseLong(texts.get(0)),
                bases(texts.get(1)),
                Long.parseLong(texts.get(2)),
                Position.parse(texts.get(3)),
                Long.parseLong(texts.get(4)),
                texts.get(5).equals("1"),
                texts.subList(6, texts.size()));
    }

    private static NavigableMap<Long, Position> bases(String text) {
        NavigableMap<Long, Position> bases = new TreeMap<>();
        for (String each : text.split(" ")) {
            int sign = each.indexOf('=');
            if (sign > 0) {
                bases.put(Long.valueOf(each.substring(0, sign)), Position.parse(each.substring(sign + 1)));
            }
        }
        return bases;
    }

    @Override
    @SuppressWarnings("unchecked") // the one offset of a list of such
    public CompletionStage<List<StreamMessage<String, String>>> await(Position after) {
        return tail.async()
                .xread(
                        XReadArgs.Builder.block(BLOCK_MILLIS).count(PAGE),
                        XReadArgs.StreamOffset.from(keys.log(), after.toString()));
    }

    @Override
    public CompletionStage<List<StreamMessage<String, String>>> page(Position after) {
        return commands.async()
                .xrange(
                        keys.log(),
                        Range.from(Range.Boundary.excluding(after.toString()), Range.Boundary.unbounded()),
                        Limit.from(PAGE));
    }

    @Override
    public CompletionStage<List<StreamMessage<String, String>>> first() {
        return commands.async().xrange(keys.log(), Range.unbounded(), Limit.from(1));
    }

    @Override
    public void leave(String name, String note) {
        signs.async()
                .eval(Scripts.LEAVE, ScriptOutputType.INTEGER, new String[] {keys.notes()}, name, note, NOTES_SECONDS);
    }

    @Override
    public CompletionStage<Map<String, String>> notes() {
        return signs.async().hgetall(keys.notes());
    }

    @Override
    public void forget(String name) {
        signs.async().hdel(keys.notes(), name);
    }

    @Override
    public void close() {
        List.of(commands, tail, signs).forEach(StatefulRedisConnection::closeAsync);
    }
}
