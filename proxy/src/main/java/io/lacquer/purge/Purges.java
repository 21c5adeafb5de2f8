package io.lacquer.purge;

import io.lacquer.http.Clock;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.function.ObjLongConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of purges. A purge raises an epoch and touches no entry; a read compares what was known when the
 * entry was fetched or last looked at with the epochs that concern it. That check is the guarantee, whatever is in the
 * tiers.
 *
 * <p>What this process fetched is compared in the order in which it applied purges ({@code tick}); what another one
 * wrote to L2, in the order of the log. Once looked at here, that too is in this process' order. A purge that the log
 * does not have yet has no place in its order: until it has, nothing foreign is believed.
 */
public final class Purges {
    /** More soft purges that wait for their hour are hardened before it. */
    private static final int MAX_HARDENING = 10_000;

    /** How a stored response stands. */
    public enum Standing {
        /** No purge concerns it. */
        LIVE,
        /** A soft purge made it stale. */
        STALE,
        /** A purge ended it. */
        GONE
    }

    /** So many of the purges applied last are known one by one. */
    private static final int RECENT = 1_024;

    private record Hardening(long atNanos, Scope scope, Epoch epoch) {}

    private final Clock clock;
    private final Epochs hard = new Epochs(false);
    private final Epochs soft = new Epochs(true);
    private final Deque<Hardening> hardening = new ArrayDeque<>();
    private final Scope[] recent = new Scope[RECENT]; // by tick
    private volatile ObjLongConsumer<Purge> heard = (purge, at) -> {};
    private volatile boolean hardens;
    private volatile long hardensNanos;
    private volatile long tick;
    private volatile Position applied = Position.START;
    private volatile Fence newest = new Fence(0, 0, 0);
    private volatile Generations generations = Generations.NONE;
    private volatile Position floor = Position.START;
    private long floorsRaised;
    private volatile boolean known;
    private volatile int pending;
    private volatile long leaseNanos;
    private volatile long confirmedNanos;
    private volatile long holdNanos;
    private volatile UnaryOperator<Scope> forms = UnaryOperator.identity();
    private volatile ObjLongConsumer<Scope> ended = (scope, at) -> {};

    /** Nothing purged yet, and nothing known of the log. */
    public Purges(Clock clock) {
        this.clock = clock;
        this.confirmedNanos = clock.nanos();
    }

    /**
     * Who is told of what has just been ended for good, and before which tick it must have been known unharmed; not to
     * block.
     */
    public void whenEnded(ObjLongConsumer<Scope> told) {
        ended = told;
    }

    /** How what a purge names is written in the keys of this node; it keeps what it was given. */
    public void writtenAs(UnaryOperator<Scope> ofThisNode) {
        forms = ofThisNode;
    }

    /** Who is told of each purge just before it is in force, with the tick of its application; not to block. */
    public void whenApplied(ObjLongConsumer<Purge> told) {
        heard = told;
    }

    /** Serves from the tiers only while the last confirmation is younger than that; null always. */
    public void serveWithin(@Nullable Duration lease) {
        confirmedNanos = clock.nanos() - (lease == null ? 0 : lease.toNanos());
        leaseNanos = lease == null ? 0 : lease.toNanos();
    }

    /** What is fetched within so long of a purge that concerns it is not stored. */
    public void hold(Duration time) {
        holdNanos = time.toNanos();
    }

    /** All that the log held at that monotonic time has been applied. */
    public void confirm(long nanos) {
        if (nanos - confirmedNanos > 0) {
            confirmedNanos = nanos;
        }
    }

    /** Whether the tiers may be served from: the serving lease has not run out. */
    public boolean isServing(long nowNanos) {
        long lease = leaseNanos;
        return lease == 0 || nowNanos - confirmedNanos < lease || Planted.LEASE;
    }

    /** The same for now. */
    public boolean isServing() {
        return leaseNanos == 0 || isServing(clock.nanos());
    }

    /** What a fetch that begins now carries. */
    public Fence fence() {
        long order = tick; // before the position, so that neither claims more than was applied
        Position at = applied;
        Fence known = newest;
        if (known.tick() != order || known.sequence() != at.sequence() || known.generation() != at.generation()) {
            known = new Fence(at.generation(), at.sequence(), order);
            newest = known; // one for all that is fetched until the next purge
        }
        return known;
    }

    /**
     * What a write's answer carries that is stored for reading: as new as its own purge, which is not to end it, if no
     * other purge since its own fence concerns it; else its own fence, which is purged.
     *
     * @param fence from when the write was sent
     * @param own what the write's purge, and no other, names as a URL
     */
    public synchronized Fence fenceBut(Fence fence, Subject subject, String own) {
        if (tick - fence.tick() > RECENT) {
            return fence;
        }
        for (long each = fence.tick() + 1; each <= tick; each++) {
            Scope scope = recent[(int) (each % RECENT)];
            if (scope.concerns(subject) && !scope.urls().contains(own)) {
                return fence;
            }
        }
        return fence();
    }

    /** Whether no hard purge has hit a stored response. One comparison unless there was a purge since the last look. */
    public boolean isAlive(StoredResponse stored) {
        return stored.checkedTo() == tick || look(stored) != Standing.GONE;
    }

    /** Whether a hard purge is known to have hit a stored response: not where this node can't tell. */
    public boolean isPurged(StoredResponse stored) {
        return !(stored.checkedTo() == Fence.FOREIGN && isBeyondUs(stored.fence())) && !isAlive(stored);
    }

    /** Whether no purge at all has hit a stored response. */
    public boolean isUntouched(StoredResponse stored) {
        return stored.checkedTo() == tick || look(stored) == Standing.LIVE;
    }

    private Standing look(StoredResponse stored) {
        long now = tick;
        long checked = stored.checkedTo();
        boolean foreign = checked == Fence.FOREIGN;
        if (foreign && Planted.PROMOTION) {
            stored.checkedTo(now);
            return Standing.LIVE;
        }
        Fence fence = foreign ? stored.fence() : new Fence(0, 0, checked);
        Subject subject = Subject.of(stored);
        if (!isAlive(fence, subject)) {
            return Standing.GONE;
        }
        if (soft.newerThan(fence, subject) != null) {
            return Standing.STALE;
        }
        stored.checkedTo(now);
        return Standing.LIVE;
    }

    /** Since when a soft purge has made a stored response stale, monotonic nanoseconds; null where none has. */
    public @Nullable Long staleSince(StoredResponse stored) {
        long checked = stored.checkedTo();
        if (checked == tick) {
            return null;
        }
        return staleSince(checked == Fence.FOREIGN ? stored.fence() : new Fence(0, 0, checked), Subject.of(stored));
    }

    /** Since when a soft purge has made what was fetched then stale, monotonic nanoseconds; null where none has. */
    public @Nullable Long staleSince(Fence fence, Subject subject) {
        return soft.since(fence, subject);
    }

    /** Whether no purge at all since a fetch began concerns what it brought. */
    public boolean isUntouched(Fence fence, Subject subject) {
        return isAlive(fence, subject) && soft.newerThan(fence, subject) == null;
    }

    /** Whether no hard purge since a fetch began concerns what it brought. */
    public boolean isAlive(Fence fence, Subject subject) {
        if (fence.tick() == Fence.FOREIGN && isBeyondUs(fence)) {
            return false;
        }
        if (hardens && clock.nanos() - hardensNanos >= 0) {
            harden();
        }
        return hard.newerThan(fence, subject) == null;
    }

    /**
     * Whether nobody here can tell how a fence of another process stands to what was purged: the log was not read, or lacks
     * purges of this node, or has not been where the other one was.
     */
    private boolean isBeyondUs(Fence foreign) {
        return !known || pending > 0 || !generations.have(foreign, applied);
    }

    /**
     * Whether what a fetch brought may be stored.
     *
     * @param sentNanos when the origin was asked
     */
    public boolean mayStore(Fence fence, Subject subject, long sentNanos) {
        return Planted.FENCE || (isAlive(fence, subject) && !isHeld(subject, sentNanos));
    }

    /** The fence that what a fetch brought is stored with: its own. */
    public Fence stamp(Fence fence) {
        return Planted.FENCE ? fence() : fence;
    }

    private boolean isHeld(Subject subject, long sentNanos) {
        long hold = holdNanos;
        return hold > 0 && (isHeld(hard.lastNanos(subject), sentNanos) || isHeld(soft.lastNanos(subject), sentNanos));
    }

    private boolean isHeld(@Nullable Long purgedNanos, long sentNanos) {
        return purgedNanos != null && sentNanos - purgedNanos < holdNanos;
    }

    /**
     * Applies a purge, in force when it returns.
     *
     * @param at its place in the log, or null where the log does not have it yet
     * @param sinceNanos when it came into force
     * @return false where it was applied before
     */
    public synchronized boolean apply(Purge purge, @Nullable Position at, long sinceNanos) {
        if (at != null && !at.isAfter(applied)) {
            return false;
        }
        long next = tick + 1;
        Scope scope = forms.apply(purge.scope());
        Epoch epoch = new Epoch(next, at == null ? Position.START : at, sinceNanos);
        if (purge.soft()) {
            soft.raise(scope, epoch);
            if (purge.hardenMillis() >= 0) {
                hardenLater(new Hardening(sinceNanos + purge.hardenMillis() * 1_000_000, scope, epoch));
            }
        } else {
            hard.raise(scope, epoch);
        }
        if (at != null) {
            applied = at;
        }
        heard.accept(purge, next);
        recent[(int) (next % RECENT)] = scope;
        tick = next;
        if (!purge.soft()) {
            ended.accept(scope, next);
        }
        return true;
    }

    private void hardenLater(Hardening later) {
        if (hardening.size() >= MAX_HARDENING) {
            Hardening first = hardening.removeFirst();
            hard.raise(first.scope(), first.epoch());
            ended.accept(first.scope(), first.epoch().tick());
        }
        hardening.addLast(later);
        hardensNanos = hardens ? Math.min(hardensNanos, later.atNanos()) : later.atNanos();
        hardens = true;
    }

    private synchronized void harden() {
        long now = clock.nanos();
        List<Hardening> due = new ArrayList<>();
        long next = Long.MAX_VALUE;
        for (Hardening each : hardening) {
            if (now - each.atNanos() >= 0) {
                due.add(each);
            } else {
                next = Math.min(next, each.atNanos());
            }
        }
        hardening.removeAll(due);
        due.forEach(each -> hard.raise(each.scope(), each.epoch()));
        hardensNanos = next;
        hardens = !hardening.isEmpty();
        due.forEach(each -> ended.accept(each.scope(), each.epoch().tick()));
    }

    /** Everything older than a position counts as purged: this node can't know what else was. */
    public synchronized void raiseFloor(Position below) {
        long next = tick + 1;
        hard.raiseFloor(new Epoch(next, below, clock.nanos()));
        if (below.isAfter(applied)) {
            applied = below;
        }
        floor = below;
        floorsRaised++;
        recent[(int) (next % RECENT)] = Scope.ALL;
        tick = next;
        ended.accept(Scope.ALL, next);
    }

    /**
     * What other nodes have stored until now counts as purged: the keys of this one are written in a new way, in which it
     * does not know what was purged before.
     */
    public synchronized void distrustOthers() {
        hard.raiseFloor(new Epoch(0, applied, clock.nanos()));
    }

    /** Below it everything counts as purged. */
    public Position floor() {
        return floor;
    }

    /** How often this node could not know what was purged, its start among them. */
    public synchronized long floorsRaised() {
        return floorsRaised;
    }

    /**
     * A generation of the log was met.
     *
     * @param bases the last position before each that the log knows of, that one included
     */
    public synchronized void met(NavigableMap<Long, Position> bases) {
        generations = generations.with(bases, applied);
    }

    /** Nothing was purged between what is applied and a position. */
    public synchronized void advance(Position to) {
        if (to.isAfter(applied)) {
            applied = to;
        }
    }

    /** Whether all that the log holds has been applied once, so that what others stored can be judged. */
    public void known(boolean all) {
        known = all;
    }

    /** How many purges are in force here that the log does not have yet. */
    public void pending(int count) {
        pending = count;
    }

    /** How many purges are in force here that the log does not have yet. */
    public int pending() {
        return pending;
    }

    /** Up to where the log has been applied. */
    public Position position() {
        return applied;
    }

    /** How many purges this process has applied. */
    public long applications() {
        return tick;
    }

    /** Nanoseconds since all of the log was last known to be applied. */
    public long confirmedAgo() {
        return clock.nanos() - confirmedNanos;
    }
}
