package io.lacquer.purge.redis;

import io.lacquer.http.Clock;
import io.lacquer.purge.Journal;
import io.lacquer.purge.Members;
import io.lacquer.purge.Planted;
import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.redis.RedisServers;
import io.lettuce.core.RedisClient;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that all nodes share: a stream in Redis, numbered by a script. One thread owns all state here; what Redis
 * answers comes back to it.
 *
 * <p>A node signs several times within a lease. What it is told of the log then, once applied, is the confirmation that
 * its serving lease counts from. A new generation that lacks what this node has applied gets it again.
 */
public final class RedisLog implements PurgeLog {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLog.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
    private static final int FAILURES_TO_RECONNECT = 3;
    private static final String LEFT = "left";
    private static final String UNSIGNED = "0";
    private static final String SIGNED_ANEW = "2";
    private static final Duration QUICK = Duration.ofMillis(700);
    private static final Duration PATIENT = Duration.ofSeconds(4);
    private static final long SAY_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long SAY_ANEW_NANOS = TimeUnit.SECONDS.toNanos(5);

    /**
     * How it is run.
     *
     * @param namespace first part of its keys
     * @param node this node's name
     * @param lease how long a node serves without a confirmation
     * @param minReplicas how many replicas must have what counts
     * @param mostKept records kept
     * @param passes whether this node serves nothing from its tiers once its lease has run out
     * @param besideL2 whether L2 is in the same Redis, so that both are lost together
     */
    public record Settings(
            String namespace,
            String node,
            Duration lease,
            int minReplicas,
            int mostKept,
            boolean passes,
            boolean besideL2) {}

    /** Granted by what is told after a sign that was made after it: what came before tells nothing of who signed since. */
    private record Wish(Position position, long untilNanos, long afterSign, CompletableFuture<Everywhere> told) {}

    private final Settings settings;
    private final Supplier<CompletionStage<? extends Session>> connects;
    private final Runnable ends;
    private final Purges purges;
    private final @Nullable Journal journal;
    private final Clock clock;
    private final String instance;
    private final Members members;
    private final Actor actor;
    private final Tail tail;
    private final Appends appends;

    private final List<Wish> wishes = new ArrayList<>();
    private @Nullable Session session;
    private boolean connecting;
    private boolean signing;
    private boolean signAgain;
    private boolean polling;
    private boolean closed;
    private boolean warned;
    private int failures;
    private long generation;
    private Position base = Position.START;
    private long signs;
    private boolean said;
    private long saidNanos;
    private boolean knownThere;
    private Position claimed = Position.START;

    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private volatile boolean reachable;
    private volatile boolean full;
    private volatile boolean reading = true;
    private volatile long length;
    private volatile long cutOff;
    private volatile List<Node> nodes = List.of();
    private volatile @Nullable String trouble;

    /**
     * Connects in the background, and stays connected.
     *
     * @param journal where this node's purges are kept, or null
     */
    public RedisLog(Settings settings, RedisServers servers, Purges purges, @Nullable Journal journal, Clock clock) {
        this(settings, connecting(settings, servers), servers::close, purges, journal, clock, new Actor());
    }

    /** The same by other connections and on another thread. */
    RedisLog(
            Settings settings,
            Supplier<CompletionStage<? extends Session>> connects,
            Runnable ends,
            Purges purges,
            @Nullable Journal journal,
            Clock clock,
            Actor actor) {
        this.settings = settings;
        this.connects = connects;
        this.ends = ends;
        this.purges = purges;
        this.journal = journal;
        this.clock = clock;
        this.actor = actor;
        byte[] id = new byte[8];
        new SecureRandom().nextBytes(id);
        this.instance = HexFormat.of().formatHex(id);
        this.members = new Members(settings.lease().toNanos());
        this.saidNanos = clock.nanos() - 2 * SAY_EVERY_NANOS;
        this.tail = new Tail(
                purges, clock, settings.node(), journal, 2 * settings.lease().toMillis());
        this.appends = new Appends(purges, tail, journal, clock, actor, settings.mostKept(), settings.minReplicas());
        appends.tell(this::refused, told -> met(told, 0));
        actor.act(appends::recall);
        actor.act(this::tend);
        actor.repeat(this::tend, Math.clamp(settings.lease().toMillis() / 5, 20, 400));
    }

    private static Supplier<CompletionStage<? extends Session>> connecting(Settings settings, RedisServers servers) {
        RedisSession.Keys keys = RedisSession.Keys.of(settings.namespace());
        RedisClient quick = servers.client(QUICK);
        RedisClient patient = servers.client(PATIENT);
        return () -> servers.masterFor(keys.log().getBytes(StandardCharsets.UTF_8))
                .thenCompose(server -> RedisSession.open(quick, patient, server, keys));
    }

    /** Waits until the log has been read once, or could not be, at most so long. */
    public void awaitFirstAttempt(Duration atMost) throws InterruptedException {
        if (!firstAttempt.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("the purge log has not been read yet; starting without what L2 holds");
        }
    }

    // ---- connecting ----

    private void tend() {
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
    }

    private void connect() {
        if (connecting || closed) {
            return;
        }
        connecting = true;
        connects.get()
                .whenComplete((made, failure) -> actor.act(() -> {
                    connecting = false;
                    if (failure != null) {
                        down(root(failure));
                    } else if (closed) {
                        made.close();
                    } else {
                        session = made;
                        failures = 0;
                        reading = true;
                        purges.known(false); // until all that is there has been read
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

    /** An append failed: a server that answers so is there, but takes nothing. */
    private void refused(Session of, Throwable failure) {
        if (!of.equals(session) || !Session.isAnswer(failure) || Session.isRoleLost(failure)) {
            failed(of, failure);
            return;
        }
        full = true;
        say("takes no purges (" + root(failure) + "); those of this node are not known elsewhere until it does");
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
            signing = false;
            failures = 0;
            tail.lost();
            if (settings.besideL2()) {
                purges.known(false); // L2 comes back with it, and may do so before it
            }
            if (reachable) {
                cutOff++;
            }
            down(why);
        }
    }

    private void down(String why) {
        reachable = false;
        reading = false;
        firstAttempt.countDown();
        say("can't be reached (" + why + "); purges of other nodes are not known until it can");
        appends.open(null);
    }

    private void again() {
        trouble = null;
        if (said) {
            LOG.info("the purge log is there again");
        }
        said = false;
    }

    private void say(String what) {
        trouble = what;
        long since = clock.nanos() - saidNanos;
        if (since > SAY_EVERY_NANOS || (!said && since > SAY_ANEW_NANOS)) {
            said = true;
            saidNanos = clock.nanos();
            LOG.warn("the purge log {}", what);
        }
    }

    private static String root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
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
        Position applied = purges.position();
        boolean met = applied.generation() <= generation; // else what that generation lacks is not known here yet
        if (met
                && !appends
                        .owes()) { // who waits for this node in a generation waits for all that it writes there again
            claimed = applied;
        }
        Members.Sign signature =
                new Members.Sign(Long.toString(sign), settings.lease().toMillis(), settings.passes());
        String words = signature.toText() + " " + claimed + " " + settings.node();
        CompletableFuture<Session.Said> told =
                on.sign(tail.known(generation), instance, words).toCompletableFuture();
        CompletableFuture<Long> held = settings.minReplicas() == 0
                ? CompletableFuture.completedFuture(0L)
                : on.replicas(true, settings.minReplicas()).toCompletableFuture();
        told.thenCombine(held, (said, replicas) -> {
                    boolean signed = !said.rest().get(2).equals(UNSIGNED);
                    boolean replicated = signed && replicas >= settings.minReplicas();
                    actor.act(() -> told(on, said, replicated, sent, sign));
                    return said;
                })
                .exceptionally(failure -> {
                    actor.act(() -> {
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
        long now = clock.nanos();
        met(told, told.number());
        if (tail.isBranched()) { // nobody can tell any more where this node's log and the other part
            appends.writeAgain(tail.other(told.last()));
        }
        String signed = told.rest().get(2);
        if (signed.equals(SIGNED_ANEW) && knownThere) {
            members.met(now, 0); // our last sign was lost, and so may be those of nodes that we have not heard of
        }
        knownThere |= !signed.equals(UNSIGNED);
        if (signed.equals(UNSIGNED)) {
            full = true;
        } else if (full) {
            full = false;
            again();
        }
        tail.told(told.serverMillis(), told.last());
        length = Long.parseLong(told.rest().getFirst());
        readMembers(told.rest(), now);
        tail.catchUp(on, told, actor, failure -> {
            if (failure != null) {
                failed(on, failure);
            } else if (on.equals(session)) {
                confirmed(on, told, replicated, sentNanos);
            }
        });
        grant(now, sign);
        if (signAgain) {
            sign();
        } else if (!wishes.isEmpty() && !polling) {
            polling = true;
            actor.act(this::poll, POLL_NANOS);
        }
    }

    private void poll() {
        polling = false;
        sign();
    }

    private void readMembers(List<String> rest, long now) {
        Set<String> ids = new HashSet<>();
        for (int i = 3; i + 1 < rest.size(); i += 2) {
            String[] words = rest.get(i + 1).split(" ", 4);
            if (words.length == 2 && words[1].equals(LEFT)) {
                members.left(rest.get(i));
                ids.add(rest.get(i));
            } else if (words.length == 4) {
                try {
                    members.told(rest.get(i), words[3], Position.parse(words[2]), words[1], now);
                    ids.add(rest.get(i));
                } catch (IllegalArgumentException odd) {
                    LOG.warn("the purge log has a member that makes no sense: {}", rest.get(i));
                }
            }
        }
        members.only(ids, now);
        nodes = members.nodes(tail.last(), now);
    }

    private void met(Session.Said told, long ageMillis) {
        long now = told.generation();
        if (now <= generation) {
            return; // an answer of before it began may come after one of since
        }
        boolean first = generation == 0;
        boolean other = told.other() || (!first && hasGoneAnotherWay(told));
        generation = now;
        base = baseOf(told.bases(), now);
        tail.met(now, base);
        purges.met(told.bases());
        appends.generation(now);
        members.met(clock.nanos(), ageMillis);
        if (!first) {
            LOG.info("the purge log has begun generation {}", now);
        }
        if (!first && !purges.isServing() && !Planted.DOUBT) { // what was acknowledged without this node may be lost
            members.doubt(instance, now, clock.nanos());
        }
        if (!other) {
            appends.recover(tail.lostUnread(told.bases()));
        }
        appends.met();
        List<Purge> lost = other ? tail.other(new Position(now, 0)) : tail.lost(told.bases());
        if (!lost.isEmpty()) {
            LOG.warn("the purge log lacks {} purges that were applied here; writing them again", lost.size());
            appends.writeAgain(lost);
        }
    }

    /**
     * Whether the log lacks the generation that was met last, and has something from before it that it did not have then:
     * nobody has read that here.
     */
    private boolean hasGoneAnotherWay(Session.Said told) {
        Long next = told.bases().higherKey(generation);
        return !told.bases().containsKey(generation)
                && next != null
                && baseOf(told.bases(), next).isAfter(base);
    }

    private static Position baseOf(NavigableMap<Long, Position> bases, long generation) {
        return bases.getOrDefault(generation, new Position(generation, 0)); // where it is not told: all of it is new
    }

    /** All that the log held when we signed is applied. */
    private void confirmed(Session on, Session.Said told, boolean replicated, long sentNanos) {
        purges.advance(new Position(told.generation(), 0)); // all of older generations is applied
        purges.known(true);
        if (replicated && isSure(told)) {
            members.settled();
            purges.confirm(sentNanos);
        }
        reading = false;
        if (!reachable) {
            reachable = true;
            again();
            appends.open(on);
        }
        firstAttempt.countDown();
        tail.follow(on, actor, this::sign, failure -> failed(on, failure));
    }

    /** Whether the generation lacks nothing that this node has missed; where nobody can tell, what was stored does not count. */
    private boolean isSure(Session.Said told) {
        if (members.isDoubtful() && members.isDoubtLate(clock.nanos())) {
            Position start = new Position(told.generation(), 0);
            tail.gap(
                    told.last().isAfter(start) ? told.last() : start,
                    "it began anew while this node was cut off, and a node that may know more is away");
            return true;
        }
        return !members.isDoubtful();
    }

    // ---- what nodes ask of it ----

    @Override
    public CompletionStage<Written> write(Purge purge, @Nullable Duration patience, boolean required) {
        CompletableFuture<Written> told = new CompletableFuture<>();
        actor.act(() -> appends.write(purge, told, patience, required));
        return told;
    }

    @Override
    public CompletionStage<Everywhere> everywhere(Position position, long timeoutNanos) {
        CompletableFuture<Everywhere> told = new CompletableFuture<>();
        actor.act(() -> {
            wishes.add(new Wish(position, clock.nanos() + timeoutNanos, signs, told));
            actor.act(this::expire, timeoutNanos);
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
    public @Nullable Position placed(String id) {
        return tail.placed(id);
    }

    @Override
    public void leave(String note) {
        actor.act(() -> {
            Session on = session;
            if (on != null) {
                on.leave(settings.node(), note);
            }
        });
    }

    @Override
    public CompletionStage<Map<String, String>> notes() {
        CompletableFuture<Map<String, String>> told = new CompletableFuture<>();
        actor.act(() -> {
            Session on = session;
            if (on == null) {
                told.completeExceptionally(new IllegalStateException("the purge log can't be reached"));
            } else {
                on.notes().whenComplete((notes, failure) -> {
                    if (failure == null) {
                        told.complete(notes);
                    } else {
                        told.completeExceptionally(failure);
                    }
                });
            }
        });
        return told;
    }

    @Override
    public void forget(String name) {
        actor.act(() -> {
            Session on = session;
            if (on != null) {
                on.forget(name);
            }
        });
    }

    @Override
    public boolean isReachable() {
        return reachable && !full;
    }

    @Override
    public Status status() {
        return new Status(
                true,
                isReachable(),
                !reading,
                purges.position(),
                tail.last(),
                nodes,
                length,
                tail.lagSeconds(),
                tail.maxLagSeconds(),
                cutOff,
                trouble);
    }

    /** Takes leave of the others: this node serves nothing any more. Completes when the log has heard of it, or could not. */
    CompletableFuture<?> goodbye() {
        CompletableFuture<?> left = new CompletableFuture<>();
        actor.act(() -> {
            closed = true;
            appends.end();
            Session on = session;
            if (on == null) {
                left.complete(null);
            } else {
                on.sign(tail.known(generation), instance, "").whenComplete((said, failure) -> left.complete(null));
            }
        });
        return left;
    }

    @Override
    public void close() {
        if (actor.isClosed()) {
            return;
        }
        CompletableFuture<?> over = goodbye()
                .orTimeout(300, TimeUnit.MILLISECONDS)
                .handle((done, failure) -> {
                    actor.act(() -> {
                        Session on = session;
                        session = null;
                        if (on != null) {
                            on.close();
                        }
                    });
                    actor.close();
                    ends.run();
                    return null;
                });
        try {
            over.get(1, TimeUnit.SECONDS); // or the process is gone before it has said so
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException unsaid) {
            LOG.debug("left the purge log without a word", unsaid);
        }
        if (journal != null) {
            journal.close();
        }
    }
}
