package io.lacquer.purge.redis;

import io.lacquer.http.Clock;
import io.lacquer.purge.Journal;
import io.lacquer.purge.Members;
import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.redis.RedisServers;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that all nodes share: a stream in Redis, numbered by a script. One thread owns all state here; what Redis
 * answers comes back to it.
 *
 * <p>A node signs several times within a lease. What it is told of the log then, once applied, is the confirmation that
 * its serving lease counts from. Records name their predecessor; a gap, a log that is gone or cut short raises the
 * floor. A new generation that lacks what this node has applied gets it again; so do purges that could not be appended.
 */
public final class RedisLog implements PurgeLog {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLog.class);
    private static final int BATCH = 256;
    private static final int MOST_QUEUED = 20_000;
    private static final int MOST_RECENT = 10_000;
    private static final long RETRY_MILLIS = 200;
    private static final long POLL_MILLIS = 4;
    private static final long REPLICA_MILLIS = 300;
    private static final int FAILURES_TO_RECONNECT = 3;
    private static final Duration QUICK = Duration.ofMillis(700);
    private static final Duration PATIENT = Duration.ofSeconds(4);
    private static final long SAY_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * How it is run.
     *
     * @param namespace first part of its keys
     * @param node this node's name
     * @param lease how long a node serves without a confirmation
     * @param minReplicas how many replicas must have what counts
     * @param mostKept records kept
     */
    public record Settings(String namespace, String node, Duration lease, int minReplicas, int mostKept) {}

    private record Queued(
            Purge purge, boolean again, @Nullable CompletableFuture<Written> told) {}

    private record Waiting(Position position, Runnable then) {}

    /** Granted by what is told after a sign that was made after it: what came before tells nothing of who signed since. */
    private record Wish(Position position, long untilNanos, long afterSign, CompletableFuture<Everywhere> told) {}

    private record Kept(Position position, Purge purge) {}

    private final Settings settings;
    private final RedisServers servers;
    private final Purges purges;
    private final @Nullable Journal journal;
    private final Clock clock;
    private final Session.Keys keys;
    private final RedisClient quick;
    private final RedisClient patient;
    private final String instance;
    private final Members members;
    private final ScheduledExecutorService actor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("purge-log").factory());

    private final Deque<Queued> queue = new ArrayDeque<>();
    private final Deque<Purge> pending = new ArrayDeque<>();
    private final Set<String> unplaced = new HashSet<>();
    private final Deque<Kept> recent = new ArrayDeque<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Wish> wishes = new ArrayList<>();
    private @Nullable Session session;
    private boolean connecting;
    private boolean replayed;
    private boolean appending;
    private boolean signing;
    private boolean signAgain;
    private boolean fetching;
    private boolean closed;
    private boolean warned;
    private int failures;
    private long generation;
    private long signs;
    private long serverOffsetMillis;
    private boolean said;
    private long saidNanos;

    private volatile boolean reachable;
    private volatile boolean attempted;
    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private volatile boolean everReplayed;
    private volatile Position last = Position.START;
    private volatile long length;
    private volatile double lagSeconds;
    private volatile double maxLagSeconds;
    private volatile long cutOff;
    private volatile List<Node> nodes = List.of();
    private volatile @Nullable String trouble;

    /**
     * Connects in the background, and stays connected.
     *
     * @param journal where this node's purges are kept, or null
     */
    public RedisLog(Settings settings, RedisServers servers, Purges purges, @Nullable Journal journal, Clock clock) {
        this.settings = settings;
        this.servers = servers;
        this.purges = purges;
        this.journal = journal;
        this.clock = clock;
        this.keys = Session.Keys.of(settings.namespace());
        this.quick = servers.client(QUICK);
        this.patient = servers.client(PATIENT);
        byte[] id = new byte[8];
        new java.security.SecureRandom().nextBytes(id);
        this.instance = HexFormat.of().formatHex(id);
        this.members = new Members(settings.lease().toNanos());
        this.saidNanos = clock.nanos() - SAY_EVERY_NANOS;
        long every = Math.clamp(settings.lease().toMillis() / 5, 20, 400);
        actor.execute(this::recall);
        actor.scheduleWithFixedDelay(this::tend, 0, every, TimeUnit.MILLISECONDS);
    }

    private void recall() {
        if (journal != null) {
            for (Journal.Entry entry : journal.entries()) {
                Position position = entry.position();
                if (position == null) {
                    purges.apply(entry.purge(), null, clock.nanos());
                    pending.add(entry.purge());
                } else {
                    keep(position, entry.purge());
                }
            }
            purges.pending(pending.size());
        }
    }

    // ---- connecting ----

    private void tend() {
        try {
            Session now = session;
            if (now != null && !now.isOpen()) {
                lost(now, "the connection was closed");
                now = null;
            }
            if (now == null) {
                connect();
            } else {
                sign();
            }
        } catch (RuntimeException failure) {
            LOG.warn("tending the purge log failed", failure);
        }
    }

    private void connect() {
        if (connecting || closed) {
            return;
        }
        connecting = true;
        servers.masterFor(keys.log().getBytes(StandardCharsets.UTF_8))
                .thenCompose(server -> Session.open(quick, patient, server, keys))
                .whenComplete((made, failure) -> act(() -> {
                    connecting = false;
                    if (failure != null) {
                        attempted = true;
                        down(failure);
                    } else if (closed) {
                        made.close();
                    } else {
                        session = made;
                        failures = 0;
                        warnOfEviction(made);
                        sign();
                    }
                }));
    }

    private void warnOfEviction(Session of) {
        if (of.mayEvict() && !warned) {
            warned = true;
            LOG.warn("the purge log's Redis has an allkeys eviction policy: short of memory it throws the log away, and"
                    + " what was stored before is not served any more; set maxmemory-policy volatile-lru or noeviction,"
                    + " or give the log a Redis of its own (purge.redis)");
        }
    }

    private void act(Runnable step) {
        try {
            actor.execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException failure) {
                    LOG.warn("a step of the purge log failed", failure);
                }
            });
        } catch (RejectedExecutionException ending) {
            return; // nothing is expected of it any more
        }
    }

    private void failed(Session of, Throwable failure) {
        if (of.equals(session)) {
            failures++;
            if (failures >= FAILURES_TO_RECONNECT || Session.isRoleLost(failure) || !of.isOpen()) {
                lost(of, root(failure));
            }
        }
    }

    private void lost(Session of, String why) {
        of.close();
        if (of.equals(session)) {
            session = null;
            replayed = false;
            fetching = false;
            signing = false;
            failures = 0;
            attempted = true;
            if (reachable) {
                cutOff++;
            }
            reachable = false;
            say(why);
            keepQueued();
        }
    }

    private void down(Throwable failure) {
        reachable = false;
        say(root(failure));
        keepQueued();
    }

    private void say(String why) {
        trouble = why;
        firstAttempt.countDown();
        if (!said || clock.nanos() - saidNanos > SAY_EVERY_NANOS) {
            said = true;
            saidNanos = clock.nanos();
            LOG.warn("the purge log can't be reached ({}); purges of other nodes are not known until it can", why);
        }
    }

    private static String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** Waits until the log has been read once, or could not be, at most so long. */
    public void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        if (!firstAttempt.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("the purge log has not been read yet; starting without what L2 holds");
        }
    }

    // ---- signs of life, and what they tell ----

    private void sign() {
        Session on = session;
        if (on == null || closed) {
            return;
        }
        if (signing) {
            signAgain = true;
            return;
        }
        signing = true;
        signAgain = false;
        long sent = clock.nanos();
        long sign = ++signs;
        String words = sign + " " + purges.position() + " " + settings.node();
        var told = on.sign(generation, instance, words).toCompletableFuture();
        var held = settings.minReplicas() == 0
                ? CompletableFuture.completedFuture(0L)
                : on.replicas(true, settings.minReplicas(), REPLICA_MILLIS).toCompletableFuture();
        told.thenCombine(held, (said, replicas) -> {
                    act(() -> told(on, said, replicas >= settings.minReplicas(), sent, sign));
                    return said;
                })
                .exceptionally(failure -> {
                    act(() -> {
                        if (on.equals(session)) {
                            signing = false;
                            failed(on, failure);
                        }
                    });
                    return null;
                });
    }

    private void told(Session on, Session.Said told, boolean replicated, long sentNanos, long sign) {
        if (!on.equals(session)) {
            return;
        }
        signing = false;
        failures = 0;
        attempted = true;
        long now = clock.nanos();
        serverOffsetMillis = told.serverMillis() - clock.wallMillis();
        met(told.generation(), told.base(), told.number());
        last = told.last();
        length = Long.parseLong(told.rest().getFirst());
        readMembers(told.rest(), now);
        if (purges.position().compareTo(last) >= 0 && replayed) {
            confirmed(told, replicated, sentNanos);
        } else {
            catchUp(on, told, replicated, sentNanos);
        }
        grant(now, sign);
        if (signAgain) {
            sign();
        } else if (!wishes.isEmpty() && !closed) {
            actor.schedule(this::sign, POLL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void readMembers(List<String> rest, long now) {
        Set<String> ids = new HashSet<>();
        for (int i = 1; i + 1 < rest.size(); i += 2) {
            String[] words = rest.get(i + 1).split(" ", 4);
            if (words.length == 4) {
                try {
                    members.told(rest.get(i), words[3], Position.parse(words[2]), words[1], now);
                    ids.add(rest.get(i));
                } catch (IllegalArgumentException odd) {
                    LOG.warn("the purge log has a member that makes no sense: {}", rest.get(i));
                }
            }
        }
        members.only(ids, now);
        nodes = members.nodes(last, now);
    }

    private void met(long now, Position base, long ageMillis) {
        if (now == generation) {
            return;
        }
        boolean first = generation == 0;
        generation = now;
        members.met(clock.nanos(), ageMillis);
        if (!first) {
            LOG.info("the purge log has begun generation {}", now);
        }
        writeAgain(base);
    }

    /** The log lost its tail: what this node has applied of it is written once more. */
    private void writeAgain(Position base) {
        int count = 0;
        for (Kept kept : recent) {
            if (kept.position().isAfter(base) && kept.position().generation() < generation) {
                queue.add(new Queued(kept.purge(), true, null));
                count++;
            }
        }
        if (count > 0) {
            LOG.warn("the purge log lacks {} purges that were applied here; writing them again", count);
            append();
        }
    }

    private void confirmed(Session.Said told, boolean replicated, long sentNanos) {
        purges.advance(new Position(told.generation(), 0)); // all of older generations is applied
        if (replicated) {
            purges.confirm(sentNanos);
        }
        if (!reachable) {
            reachable = true;
            trouble = null;
            if (said) {
                LOG.info("the purge log is there again");
            }
            said = false;
            append();
        }
        everReplayed = true;
        purges.known(true);
        firstAttempt.countDown();
        follow();
    }

    /** The log holds what is not applied here: all of it at once, page by page. */
    private void catchUp(Session on, Session.Said told, boolean replicated, long sentNanos) {
        if (purges.position().equals(Position.START)) {
            on.first().whenComplete((records, failure) -> act(() -> {
                if (failure != null) {
                    failed(on, failure);
                    return;
                }
                Position first = records.isEmpty() ? told.last() : position(records.getFirst());
                boolean young = told.number() < 2 * settings.lease().toMillis();
                Position below = records.isEmpty() ? first : new Position(first.generation(), first.sequence() - 1);
                Position newest = new Position(told.generation(), 0);
                purges.raiseFloor(young && newest.isAfter(below) ? newest : below.equals(Position.START) ? newest : below);
                pages(on, told, replicated, sentNanos);
            }));
        } else {
            pages(on, told, replicated, sentNanos);
        }
    }

    private void pages(Session on, Session.Said told, boolean replicated, long sentNanos) {
        on.page(purges.position()).whenComplete((records, failure) -> act(() -> {
            if (failure != null || !on.equals(session)) {
                if (failure != null) {
                    failed(on, failure);
                }
                return;
            }
            take(records);
            if (!records.isEmpty() && purges.position().compareTo(told.last()) < 0) {
                pages(on, told, replicated, sentNanos);
                return;
            }
            if (purges.position().compareTo(told.last()) < 0) {
                gap(told.last(), "records are missing at its end");
            }
            replayed = true;
            confirmed(told, replicated, sentNanos);
        }));
    }

    // ---- records ----

    private void follow() {
        Session on = session;
        if (on == null || fetching || !replayed) {
            return;
        }
        fetching = true;
        on.await(purges.position()).whenComplete((records, failure) -> act(() -> {
            if (!on.equals(session)) {
                return;
            }
            fetching = false;
            if (failure != null) {
                failed(on, failure);
            } else {
                take(records);
                follow();
            }
        }));
    }

    private void take(List<StreamMessage<String, String>> records) {
        boolean asked = false;
        for (StreamMessage<String, String> record : records) {
            Position at = position(record);
            if (!at.isAfter(purges.position())) {
                continue;
            }
            Position before = predecessor(record);
            if (before == null || before.isAfter(purges.position())) {
                gap(at, "records are missing before " + at);
                continue;
            }
            Purge purge = Purge.parse(record.getBody().getOrDefault("what", ""));
            long millis = millis(record);
            applied(at, purge, millis);
            asked |= purge.acked() && !purge.issuer().equals(settings.node());
        }
        tellWaiting();
        if (asked) {
            sign();
        }
    }

    private void applied(Position at, Purge purge, long serverMillis) {
        double lag = Math.max(0, clock.wallMillis() + serverOffsetMillis - serverMillis) / 1e3;
        lagSeconds = lag;
        if (replayed) {
            maxLagSeconds = Math.max(maxLagSeconds, lag);
        }
        purges.apply(purge, at, clock.nanos() - (long) (lag * 1e9));
        keep(at, purge);
        if (at.isAfter(last)) {
            last = at;
        }
    }

    private void keep(Position at, Purge purge) {
        recent.addLast(new Kept(at, purge));
        if (recent.size() > MOST_RECENT) {
            recent.removeFirst();
        }
    }

    private void gap(Position at, String why) {
        LOG.warn("the purge log is not whole ({}); what was stored before {} is not served any more", why, at);
        purges.raiseFloor(at);
        tellWaiting();
    }

    private static Position position(StreamMessage<String, String> record) {
        return Position.parse(record.getId());
    }

    private static @Nullable Position predecessor(StreamMessage<String, String> record) {
        try {
            return Position.parse(record.getBody().getOrDefault("prev", ""));
        } catch (IllegalArgumentException odd) {
            return null;
        }
    }

    private static long millis(StreamMessage<String, String> record) {
        try {
            return Long.parseLong(record.getBody().getOrDefault("ms", "0"));
        } catch (NumberFormatException odd) {
            return 0;
        }
    }

    private void tellWaiting() {
        Position at = purges.position();
        Iterator<Waiting> each = waiting.iterator();
        List<Runnable> due = new ArrayList<>();
        while (each.hasNext()) {
            Waiting one = each.next();
            if (one.position().compareTo(at) <= 0) {
                due.add(one.then());
                each.remove();
            }
        }
        due.forEach(Runnable::run);
    }

    // ---- appending ----

    @Override
    public CompletionStage<Written> write(Purge purge, @Nullable Duration patience) {
        CompletableFuture<Written> told = new CompletableFuture<>();
        if (patience != null) {
            actor.schedule(() -> act(() -> goOnWithout(purge, told)), patience.toNanos(), TimeUnit.NANOSECONDS);
        }
        act(() -> {
            if (closed || queue.size() >= MOST_QUEUED) {
                told.completeExceptionally(new IllegalStateException(
                        closed ? "this node is ending" : "too many purges are waiting for the log; try again"));
                return;
            }
            if (purge.reason().equals("mutation") && joinsQueued(purge, told)) {
                return;
            }
            queue.addLast(new Queued(purge, false, told));
            if (reachable && session != null) {
                append();
            } else {
                keepQueued();
            }
        });
        return told;
    }

    /** The log takes too long for who waits: in force here at once, and unplaced until the log has it. */
    private void goOnWithout(Purge purge, CompletableFuture<Written> told) {
        if (!told.isDone()) {
            unplaced.add(purge.id());
            count();
            purges.apply(purge, null, clock.nanos());
            told.complete(new Written(null, false, false));
        }
    }

    private void placed(Purge purge) {
        if (unplaced.remove(purge.id())) {
            count();
        }
    }

    private void count() {
        purges.pending(pending.size() + unplaced.size());
    }

    /** A write that wants gone what an unsent purge is about needs none of its own. */
    private boolean joinsQueued(Purge purge, CompletableFuture<Written> told) {
        for (Queued each : queue) {
            boolean same = each.purge().scope().equals(purge.scope()) && each.purge().soft() == purge.soft();
            if (each.told() != null && same && each.purge().acked() == purge.acked()) {
                each.told().whenComplete((written, failure) -> {
                    act(() -> placed(purge));
                    if (failure == null) {
                        told.complete(written);
                    } else {
                        told.completeExceptionally(failure);
                    }
                });
                return true;
            }
        }
        return false;
    }

    private void append() {
        Session on = session;
        if (appending || on == null || !reachable) {
            return;
        }
        List<Queued> batch = new ArrayList<>();
        for (Purge purge : pending) {
            batch.add(new Queued(purge, true, null)); // it may be there: its first appending may have been heard
        }
        int late = pending.size();
        while (batch.size() < late + BATCH && !queue.isEmpty()) {
            batch.add(queue.removeFirst());
        }
        if (batch.isEmpty()) {
            return;
        }
        appending = true;
        List<Purge> fresh = batch.stream()
                .filter(each -> !each.again() && isForJournal(each.purge()))
                .map(Queued::purge)
                .toList();
        CompletableFuture<Boolean> journaled = journal == null || fresh.isEmpty()
                ? CompletableFuture.completedFuture(false)
                : journal.append(fresh).toCompletableFuture();
        List<String> records = new ArrayList<>(batch.size() * 3);
        for (Queued each : batch) {
            records.add(each.purge().id());
            records.add(each.again() || each.purge().reason().equals("schedule") ? "1" : "0");
            records.add(each.purge().toText());
        }
        var told = on.append(generation, settings.mostKept(), records).toCompletableFuture();
        var held = settings.minReplicas() == 0
                ? CompletableFuture.completedFuture(0L)
                : on.replicas(false, settings.minReplicas(), REPLICA_MILLIS).toCompletableFuture();
        told.thenCombine(held, (said, replicas) -> {
                    act(() -> appended(batch, late, said, replicas >= settings.minReplicas(), journaled));
                    return said;
                })
                .exceptionally(failure -> {
                    act(() -> {
                        appending = false;
                        LOG.debug("an append to the purge log failed", failure);
                        batch.subList(late, batch.size()).forEach(each -> postpone(each, journaled));
                        if (on.equals(session)) {
                            failed(on, failure);
                        }
                        if (!reachable) {
                            keepQueued();
                        } else {
                            actor.schedule(this::append, RETRY_MILLIS, TimeUnit.MILLISECONDS);
                        }
                    });
                    return null;
                });
    }

    /** A write's purge that the log takes is as lasting as the log; the journal is for those that somebody is told of. */
    private static boolean isForJournal(Purge purge) {
        return !purge.reason().equals("mutation");
    }

    private void appended(
            List<Queued> batch,
            int late,
            Session.Said told,
            boolean replicated,
            CompletableFuture<Boolean> journaled) {
        appending = false;
        boolean isNew = told.generation() != generation;
        length = told.number();
        for (int i = 0; i < late; i++) {
            Purge purge = batch.get(i).purge();
            pending.remove(purge);
        }
        Position before = told.last();
        for (int i = 0; i < batch.size(); i++) {
            Queued each = batch.get(i);
            long sequence = Long.parseLong(told.rest().get(i));
            if (sequence == 0) { // somebody else has written it
                tell(each, before, replicated, journaled);
                continue;
            }
            Position at = new Position(told.generation(), sequence);
            if (before.compareTo(purges.position()) <= 0 && at.isAfter(purges.position()) && !isNew) {
                applied(at, each.purge(), told.serverMillis());
            }
            before = at;
            if (journal != null) {
                journal.done(each.purge(), at);
            }
            tell(each, at, replicated, journaled);
            whenApplied(at, () -> placed(each.purge()));
        }
        if (late > 0) {
            whenApplied(before, this::count);
        }
        tellWaiting();
        if (isNew) {
            met(told.generation(), told.base(), 0);
        }
        append();
    }

    private void tell(Queued each, Position at, boolean replicated, CompletableFuture<Boolean> journaled) {
        CompletableFuture<Written> waits = each.told();
        if (waits != null) {
            whenApplied(
                    at,
                    () -> journaled.whenComplete((ok, failure) ->
                            waits.complete(new Written(at, Boolean.TRUE.equals(ok), replicated))));
        }
    }

    private void whenApplied(Position at, Runnable then) {
        if (at.compareTo(purges.position()) <= 0) {
            then.run();
        } else {
            waiting.add(new Waiting(at, then));
        }
    }

    /** The log can't be written to: in force here, and kept. */
    private void keepQueued() {
        List<Queued> all = List.copyOf(queue);
        queue.clear();
        List<Purge> fresh = new ArrayList<>();
        for (Queued each : all) {
            if (each.told() != null) {
                fresh.add(each.purge());
            } else {
                pending.add(each.purge());
            }
        }
        CompletableFuture<Boolean> journaled = journal == null || fresh.isEmpty()
                ? CompletableFuture.completedFuture(false)
                : journal.append(fresh).toCompletableFuture();
        for (Queued each : all) {
            if (each.told() != null) {
                postpone(each, journaled);
            }
        }
        count();
    }

    private void postpone(Queued each, CompletableFuture<Boolean> journaled) {
        pending.add(each.purge());
        unplaced.remove(each.purge().id());
        count();
        if (!each.again()) {
            purges.apply(each.purge(), null, clock.nanos());
        }
        CompletableFuture<Written> waits = each.told();
        if (waits != null) {
            journaled.whenComplete(
                    (ok, failure) -> waits.complete(new Written(null, Boolean.TRUE.equals(ok), false)));
        }
    }

    // ---- everywhere ----

    @Override
    public CompletionStage<Everywhere> everywhere(Position position, long timeoutNanos) {
        CompletableFuture<Everywhere> told = new CompletableFuture<>();
        act(() -> {
            wishes.add(new Wish(position, clock.nanos() + timeoutNanos, signs, told));
            actor.schedule(this::expire, timeoutNanos, TimeUnit.NANOSECONDS);
            sign();
        });
        return told;
    }

    /** Looks which wishes have come true; members have just been told of. */
    private void grant(long now, long sign) {
        wishes.removeIf(wish -> {
            Everywhere standing = standing(wish, now);
            boolean granted = standing.complete() && sign > wish.afterSign();
            if (granted) {
                wish.told().complete(standing);
            }
            return granted;
        });
    }

    private Everywhere standing(Wish wish, long now) {
        Everywhere standing = members.standing(wish.position(), now);
        if (wish.position().generation() != generation) {
            return new Everywhere(false, standing.nodes(), "the log's server changed meanwhile; purge again");
        }
        return standing;
    }

    private void expire() {
        long now = clock.nanos();
        wishes.removeIf(wish -> {
            boolean late = now - wish.untilNanos() >= 0;
            if (late) {
                Everywhere standing = standing(wish, now);
                String why = reachable ? standing.why() : "the purge log can't be reached";
                wish.told().complete(new Everywhere(false, standing.nodes(), why == null ? "too late" : why));
            }
            return late;
        });
    }

    // ---- state ----

    @Override
    public boolean isReachable() {
        return reachable;
    }

    @Override
    public Status status() {
        return new Status(
                true,
                reachable,
                attempted && (everReplayed || !reachable) && !(session != null && !replayed),
                purges.position(),
                last,
                nodes,
                length,
                lagSeconds,
                maxLagSeconds,
                cutOff,
                trouble);
    }

    @Override
    public void close() {
        CompletableFuture<?> left = new CompletableFuture<>();
        act(() -> {
            closed = true;
            Session on = session;
            if (on == null) {
                left.complete(null);
            } else {
                on.sign(generation, instance, "").whenComplete((said, failure) -> left.complete(null));
            }
        });
        left.orTimeout(300, TimeUnit.MILLISECONDS).whenComplete((done, failure) -> {
            act(() -> {
                Session on = session;
                session = null;
                if (on != null) {
                    on.close();
                }
            });
            actor.shutdown();
            servers.close();
        });
        if (journal != null) {
            journal.close();
        }
    }
}
