package io.lacquer.purge.redis;

import io.lacquer.http.Clock;
import io.lacquer.purge.Journal;
import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.Purges;
import io.lettuce.core.StreamMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's records as they are read and applied, in order. Each names its predecessor: where that is not applied, some
 * are missing, and the floor is raised. On the actor's thread.
 */
final class Tail {
    private static final Logger LOG = LoggerFactory.getLogger(Tail.class);
    private static final int MOST_RECENT = 10_000;
    private static final int MOST_PLACED = 1_000;
    private static final long LAG_COUNTS_NANOS = 30_000_000_000L;

    /** Records that come closer together than that are many. */
    private static final long BUSY_NANOS = 2_000_000;

    /** Of many, those of so long are read together. */
    private static final long PAUSE_NANOS = 3_000_000;

    private record Waiting(Position position, Runnable then) {}

    private record Kept(Position position, Purge purge) {}

    private final Purges purges;
    private final Clock clock;
    private final String node;
    private final @Nullable Journal journal;
    private final long youngMillis;
    private final Deque<Kept> recent = new ArrayDeque<>();
    private final Deque<Kept> appended = new ArrayDeque<>();
    private final Map<String, Position> placed = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Position> eldest) {
            return size() > MOST_PLACED;
        }
    };
    private final List<Waiting> waiting = new ArrayList<>();
    private @Nullable Session following;
    private boolean branched;
    private boolean whole;
    private Position appliedAt = Position.START;
    private String appliedId = "";
    private Position start = Position.START;
    private Position base = Position.START;
    private long serverOffsetMillis;
    private long readNanos;

    private volatile Position last = Position.START;
    private volatile double lagSeconds;
    private volatile long lagNanos;
    private volatile double maxLagSeconds;

    /**
     * Nothing was read yet.
     *
     * @param journal where this node's purges are kept, or null
     * @param youngMillis a generation that has not reached that age may not have all that was applied elsewhere
     */
    Tail(Purges purges, Clock clock, String node, @Nullable Journal journal, long youngMillis) {
        this.purges = purges;
        this.clock = clock;
        this.node = node;
        this.journal = journal;
        this.youngMillis = youngMillis;
    }

    /** The newest position that is known of. */
    Position last() {
        return last;
    }

    /** Of the last records; 0 once there were none for a while. */
    double lagSeconds() {
        return clock.nanos() - lagNanos > LAG_COUNTS_NANOS ? 0 : lagSeconds;
    }

    double maxLagSeconds() {
        return maxLagSeconds;
    }

    /** The server tells its time and its newest position. */
    void told(long serverMillis, Position newest) {
        serverOffsetMillis = serverMillis - clock.wallMillis();
        last = newest;
    }

    /** A generation was met, and the last position before it. */
    void met(long generation, Position before) {
        start = new Position(generation, 0);
        base = before;
    }

    /** The last position that has to be applied before what comes after one: nothing is at the start of a generation. */
    private Position needed(Position before) {
        return before.equals(start) ? base : before;
    }

    private boolean isBehind(Position position) {
        return needed(position).isAfter(purges.position());
    }

    /** What this node knows of the log, to be told with whatever it asks of it. */
    Session.Known known(long generation) {
        Position applied = purges.position();
        return new Session.Known(generation, applied, applied.equals(appliedAt) ? appliedId : "");
    }

    /** Whether all that the server held has been applied since it was connected to. */
    boolean isWhole() {
        return whole;
    }

    /** The server is lost. */
    void lost() {
        whole = false;
        following = null;
        branched = false;
    }

    /** Whether a record was met whose predecessor is another purge than the one that was applied here. */
    boolean isBranched() {
        return branched;
    }

    // ---- reading ----

    /** Applies all that the log held when it told of itself, page by page; {@code then} hears of a failure, or of none. */
    void catchUp(Session on, Session.Said told, Actor actor, Consumer<@Nullable Throwable> then) {
        if (whole && !isBehind(told.last())) {
            then.accept(null);
        } else if (purges.position().equals(Position.START)) {
            on.first()
                    .whenComplete((records, failure) -> actor.act(() -> {
                        if (failure != null) {
                            then.accept(failure);
                        } else {
                            begin(records, told);
                            page(on, told, actor, then);
                        }
                    }));
        } else {
            page(on, told, actor, then);
        }
    }

    /** What was stored before the oldest record's predecessor, or before a generation so young that records may still be lacking, is unknown. */
    private void begin(List<StreamMessage<String, String>> oldest, Session.Said told) {
        Position generation = new Position(told.generation(), 0);
        Position before = oldest.isEmpty() ? told.last() : predecessor(oldest.getFirst());
        Position unknown = before == null ? position(oldest.getFirst()) : before;
        Position below =
                unknown.equals(Position.START) ? Position.parse(told.rest().get(1)) : unknown; // it is whole
        boolean young = told.number() < youngMillis && generation.isAfter(below);
        purges.raiseFloor(young ? generation : below);
    }

    private void page(Session on, Session.Said told, Actor actor, Consumer<@Nullable Throwable> then) {
        on.page(purges.position())
                .whenComplete((records, failure) -> actor.act(() -> {
                    if (failure != null) {
                        then.accept(failure);
                        return;
                    }
                    take(records);
                    if (branched) {
                        return;
                    }
                    boolean behind = isBehind(told.last());
                    if (behind && !records.isEmpty()) {
                        page(on, told, actor, then);
                        return;
                    }
                    if (behind) {
                        gap(told.last(), "records are missing at its end");
                    }
                    whole = true;
                    then.accept(null);
                }));
    }

    /** Applies records as they come, until the session is lost. */
    void follow(Session on, Actor actor, Runnable asked, Consumer<Throwable> failed) {
        branched = false;
        if (on.equals(following) || !whole) {
            return;
        }
        following = on;
        await(on, actor, asked, failed);
    }

    private void await(Session on, Actor actor, Runnable asked, Consumer<Throwable> failed) {
        if (!on.equals(following)) {
            return;
        }
        on.await(purges.position())
                .whenComplete((records, failure) -> actor.act(() -> {
                    if (!on.equals(following)) {
                        return;
                    }
                    if (failure != null) {
                        following = null;
                        failed.accept(failure);
                        return;
                    }
                    if (take(records)) {
                        asked.run();
                    }
                    long now = clock.nanos();
                    boolean many = records.size() > 1 || (!records.isEmpty() && now - readNanos < BUSY_NANOS);
                    readNanos = now;
                    if (many) { // a wake-up for each would cost more than applying them
                        actor.act(() -> await(on, actor, asked, failed), PAUSE_NANOS);
                    } else {
                        await(on, actor, asked, failed);
                    }
                }));
    }

    /** Applies records; whether somebody elsewhere waits to hear that they are. */
    private boolean take(List<StreamMessage<String, String>> records) {
        boolean asked = false;
        for (StreamMessage<String, String> record : records) {
            Position at = position(record);
            if (!at.isAfter(purges.position())) {
                continue;
            }
            Position before = predecessor(record);
            if (isOther(before, record.getBody().get("pid"))) {
                following = null;
                branched = true; // the next sign says what was read last, and begins a generation where that differs
                return true;
            }
            if (before == null || isBehind(before)) {
                gap(at, "records are missing before " + at);
                continue;
            }
            Purge purge = Purge.parse(record.getBody().getOrDefault("what", ""));
            apply(at, purge, millis(record));
            boolean own = purge.issuer().equals(node);
            if (own && journal != null) {
                journal.done(purge, at); // another node may have written it again
            }
            asked |= purge.acked() && !own;
        }
        tellWaiting();
        return asked;
    }

    /** Whether a record's predecessor is another purge than the one that was applied at its position. */
    private boolean isOther(@Nullable Position before, @Nullable String id) {
        return id != null && !id.isEmpty() && !appliedId.isEmpty() && appliedAt.equals(before) && !appliedId.equals(id);
    }

    // ---- applying ----

    /** Applies one that follows what is applied. */
    void apply(Position at, Purge purge, long serverMillis) {
        double lag = Math.max(0, clock.wallMillis() + serverOffsetMillis - serverMillis) / 1e3;
        lagSeconds = Math.max(lag, lagSeconds());
        lagNanos = lag >= lagSeconds ? clock.nanos() : lagNanos;
        if (whole) {
            maxLagSeconds = Math.max(maxLagSeconds, lag);
        }
        purges.apply(purge, at, clock.nanos() - (long) (lag * 1e9));
        appliedAt = at;
        appliedId = purge.id();
        while (!appended.isEmpty() && !appended.getFirst().position().isAfter(at)) {
            appended.removeFirst();
        }
        keep(at, purge);
        if (at.isAfter(last)) {
            last = at;
        }
    }

    /** Where a purge of this node is, if it was of the last ones. */
    @Nullable
    Position placed(String id) {
        synchronized (placed) {
            return placed.get(id);
        }
    }

    /** One has its place in the log, and will be read from there. */
    void appended(Position at, Purge purge) {
        appended.addLast(new Kept(at, purge));
    }

    /** Those that the log has lost before they could be read from it. */
    List<Purge> lostUnread(NavigableMap<Long, Position> bases) {
        List<Purge> lost = new ArrayList<>();
        appended.removeIf(kept -> {
            Map.Entry<Long, Position> next = bases.higherEntry(kept.position().generation());
            boolean isRead = !kept.position().isAfter(purges.position());
            boolean isLost = next != null && kept.position().isAfter(next.getValue());
            if (isLost && !isRead) {
                lost.add(kept.purge());
            }
            return isLost || isRead;
        });
        return lost;
    }

    /** Remembers one for a log that may lose it. */
    void keep(Position at, Purge purge) {
        if (purge.issuer().equals(node) && !purge.reason().equals("mutation")) {
            synchronized (placed) {
                placed.put(purge.id(), at);
            }
        }
        recent.addLast(new Kept(at, purge));
        if (recent.size() > MOST_RECENT) {
            recent.removeFirst();
        }
    }

    /**
     * Those that the log has lost: the generation after theirs, which this node may have missed, began before them. They
     * are kept again where they will be.
     *
     * @param bases the last position before each generation
     */
    List<Purge> lost(NavigableMap<Long, Position> bases) {
        List<Purge> lost = new ArrayList<>();
        recent.removeIf(kept -> {
            Map.Entry<Long, Position> next = bases.higherEntry(kept.position().generation());
            boolean isLost = next != null && kept.position().isAfter(next.getValue());
            if (isLost) {
                lost.add(kept.purge());
            }
            return isLost;
        });
        return lost;
    }

    /** All that is kept: the log is not the one that they were read from. */
    List<Purge> other(Position newest) {
        List<Purge> all = Stream.concat(recent.stream(), appended.stream())
                .map(Kept::purge)
                .toList();
        recent.clear();
        appended.clear();
        branched = false;
        appliedAt = Position.START;
        appliedId = "";
        gap(newest, "it is not the one that was read before");
        return all;
    }

    /** What this node was told of the log may not be all. */
    void gap(Position at, String why) {
        LOG.warn("the purge log is not whole ({}); what was stored before {} is not served any more", why, at);
        purges.raiseFloor(at);
        tellWaiting();
    }

    /** Does something once a position is applied. */
    void whenApplied(Position at, Runnable then) {
        if (at.isAfter(purges.position())) {
            waiting.add(new Waiting(at, then));
        } else {
            then.run();
        }
    }

    /** Does what waited for what is applied now. */
    void tellWaiting() {
        Position at = purges.position();
        Iterator<Waiting> each = waiting.iterator();
        List<Runnable> due = new ArrayList<>();
        while (each.hasNext()) {
            Waiting one = each.next();
            if (!one.position().isAfter(at)) {
                due.add(one.then());
                each.remove();
            }
        }
        due.forEach(Runnable::run);
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
}
