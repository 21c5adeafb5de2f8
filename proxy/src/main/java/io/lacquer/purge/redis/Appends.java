package io.lacquer.purge.redis;

import io.lacquer.http.Clock;
import io.lacquer.purge.Journal;
import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog.Written;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges on their way into the log: many go in one step. What can't go is in force here and waits; what was sent without
 * an answer is sent again, and the log knows it by its id. On the actor's thread.
 */
final class Appends {
    private static final Logger LOG = LoggerFactory.getLogger(Appends.class);
    private static final int BATCH = 256;
    private static final int MOST_QUEUED = 20_000;
    private static final int MOST_PENDING = 20_000;
    private static final long JOURNAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /**
     * One on its way.
     *
     * @param again whether somebody may have written it there before
     * @param required whether it is to be in the log or not at all
     * @param told who waits to hear, or null
     */
    private record Queued(
            Purge purge,
            boolean again,
            boolean required,
            @Nullable CompletableFuture<Written> told) {
        static Queued again(Purge purge) {
            return new Queued(purge, true, false, null);
        }
    }

    /** What purges have in common of which one is enough. */
    private record Alike(Scope scope, boolean soft, boolean acked) {
        static Alike of(Purge purge) {
            return new Alike(purge.scope(), purge.soft(), purge.acked());
        }
    }

    private final Purges purges;
    private final Tail tail;
    private final @Nullable Journal journal;
    private final Clock clock;
    private final Actor actor;
    private final int mostKept;
    private final int minReplicas;
    private final Deque<Queued> queue = new ArrayDeque<>();
    private final Map<Alike, Queued> unsent = new HashMap<>();
    private final Map<Alike, Purge> pending = new LinkedHashMap<>();
    private final Map<String, Position> unplaced = new HashMap<>(); // in force here, by where they will have been read
    private @Nullable Session open;
    private boolean appending;
    private boolean closed;
    private long generation;
    private long made;
    private BiConsumer<Session, Throwable> failed = (on, failure) -> {};
    private Consumer<Session.Said> met = told -> {};
    private int rewriting; // in the queue or on its way
    private final Set<String> owed = new HashSet<>(); // pending since before the generation, or the process, began
    private final Map<String, Position> underway =
            new HashMap<>(); // by where they are in the log; with patience, and neither placed nor pending

    Appends(
            Purges purges,
            Tail tail,
            @Nullable Journal journal,
            Clock clock,
            Actor actor,
            int mostKept,
            int minReplicas) {
        this.purges = purges;
        this.tail = tail;
        this.journal = journal;
        this.clock = clock;
        this.actor = actor;
        this.mostKept = mostKept;
        this.minReplicas = minReplicas;
    }

    /** Whom to tell of a session that failed, and of a generation that an append has met. */
    void tell(BiConsumer<Session, Throwable> ofFailure, Consumer<Session.Said> ofGeneration) {
        failed = ofFailure;
        met = ofGeneration;
    }

    /** What the last process of this node left. */
    void recall() {
        if (journal == null) {
            return;
        }
        for (Journal.Entry entry : journal.entries()) {
            Position position = entry.position();
            if (position == null) {
                purges.apply(entry.purge(), null, clock.nanos());
                addPending(entry.purge());
            } else {
                tail.keep(position, entry.purge());
            }
        }
        met();
        count();
    }

    /** The generation to append to. */
    void generation(long now) {
        generation = now;
    }

    /** Appends can be sent, or not any more (null). */
    void open(@Nullable Session to) {
        open = to;
        if (to == null) {
            postponeAll();
        } else {
            flush();
        }
    }

    /** Nothing is taken any more. */
    void end() {
        closed = true;
    }

    /** Whether something is still to be written that others may have counted on before this generation. */
    boolean owes() {
        return rewriting > 0 || !owed.isEmpty();
    }

    /** A generation was met: what is pending may be lost from it. */
    void met() {
        pending.values().forEach(purge -> owed.add(purge.id()));
    }

    /** The log had them, and has lost them before they could be read: in force here, and kept until it has them again. */
    void recover(List<Purge> lost) {
        lost.forEach(purge -> {
            underway.remove(purge.id());
            unplaced.remove(purge.id());
            addPending(purge);
            purges.apply(purge, null, clock.nanos());
        });
        count();
    }

    /**
     * Takes a purge; with {@code patience} it is in force here after so long at the latest.
     *
     * @param required whether to fail rather than to have it in force here alone
     */
    void write(Purge purge, CompletableFuture<Written> told, @Nullable Duration patience, boolean required) {
        try {
            purge.toText();
        } catch (IllegalArgumentException unwritable) {
            told.completeExceptionally(unwritable);
            return;
        }
        boolean full = queue.size() >= MOST_QUEUED;
        if (closed || (full && patience == null)) {
            told.completeExceptionally(new IllegalStateException(
                    closed ? "this node is ending" : "too many purges are waiting for the log; try again"));
            return;
        }
        Purge wanted = full ? everything(purge) : purge; // a write has happened, and nobody can try it again
        if (patience != null) {
            underway.put(wanted.id(), Position.START);
            actor.act(() -> goOnWithout(wanted, told), patience.toNanos());
            if (joinsQueued(wanted, told)) {
                return;
            }
        }
        Queued queued = new Queued(wanted, false, required, told);
        queue.addLast(queued);
        unsent.put(Alike.of(wanted), queued);
        if (open == null) {
            postponeAll();
        } else {
            flush();
        }
    }

    /** Writes once more what the log has lost. */
    void writeAgain(List<Purge> lost) {
        lost.forEach(purge -> queue.addLast(Queued.again(purge)));
        rewriting += lost.size();
        flush();
    }

    /** A write that wants gone what an unsent purge is about needs none of its own. */
    private boolean joinsQueued(Purge purge, CompletableFuture<Written> told) {
        Queued like = unsent.get(Alike.of(purge));
        CompletableFuture<Written> first = like == null || like.required() ? null : like.told();
        if (first == null || first.isDone()) { // that may come to nothing, or nobody would tell us
            return false;
        }
        first.whenComplete((written, failure) -> {
            actor.act(() -> {
                placed(purge, Position.START);
                if (journal != null) {
                    journal.done(purge, Position.START); // the other one stands for it
                }
            });
            if (failure == null) {
                told.complete(written);
            } else {
                told.completeExceptionally(failure);
            }
        });
        return true;
    }

    /** There is no room for it: rather too much. */
    private Purge everything(Purge of) {
        String id = of.id() + "-" + ++made;
        return new Purge(id, of.issuer(), of.atMillis(), of.reason(), "*", Scope.ALL, false, -1, of.acked());
    }

    /** Of those alike the last is enough, for it will come after all of them. What there is no room for is everything. */
    private void addPending(Purge purge) {
        supersede(pending.put(Alike.of(purge), purge), purge);
        if (pending.size() > MOST_PENDING) {
            LOG.warn(
                    "{} purges wait for the log, and there is no room for more: they become one of everything",
                    MOST_PENDING);
            List<Purge> all = List.copyOf(pending.values());
            pending.clear();
            Purge everything = everything(purge);
            journal(List.of(everything));
            all.forEach(each -> supersede(each, everything));
            purges.apply(everything, null, clock.nanos());
            pending.put(Alike.of(everything), everything);
        }
    }

    private void supersede(@Nullable Purge older, Purge newer) {
        if (older != null && owed.remove(older.id())) {
            owed.add(newer.id());
        }
        if (older != null && journal != null && !older.id().equals(newer.id())) {
            journal.done(older, Position.START);
        }
    }

    /**
     * The log takes too long for who waits: in force here at once, and unplaced until the log has it. Who waits hears of it
     * once the journal has it, too, or does not come to it soon.
     */
    private void goOnWithout(Purge purge, CompletableFuture<Written> told) {
        if (!told.isDone()
                && underway.containsKey(purge.id())) { // else it is pending, and the journal on its way to a disk
            unplaced.put(purge.id(), underway.get(purge.id()));
            count();
            purges.apply(purge, null, clock.nanos());
            Queued like = unsent.get(Alike.of(purge));
            if (like != null && like.purge().equals(purge)) {
                unsent.remove(Alike.of(purge)); // what is written from now on is not covered
            }
            Written late = new Written(null, false, false, false);
            journal(List.of(purge)).thenAccept(kept -> told.complete(late));
            actor.act(() -> told.complete(late), JOURNAL_NANOS);
        }
    }

    /** One is in force by where the log has it; not where it has lost it since, and has it elsewhere. */
    private void placed(Purge purge, Position at) {
        underway.remove(purge.id());
        if (unplaced.remove(purge.id(), at)) {
            count();
        }
    }

    private void count() {
        purges.pending(pending.size() + unplaced.size());
    }

    private void flush() {
        Session on = open;
        if (appending || on == null) {
            return;
        }
        List<Queued> batch = new ArrayList<>();
        Iterator<Purge> waited = pending.values().iterator();
        while (batch.size() < BATCH && waited.hasNext()) {
            batch.add(Queued.again(waited.next())); // it may be there: its first appending may have been heard
        }
        int late = batch.size();
        while (batch.size() < BATCH && !queue.isEmpty()) {
            Queued next = queue.removeFirst();
            unsent.remove(Alike.of(next.purge()), next);
            batch.add(next);
        }
        if (!batch.isEmpty()) {
            appending = true;
            send(on, batch, late);
        }
    }

    private void send(Session on, List<Queued> batch, int late) {
        CompletableFuture<Kept> journaled = journal(batch.subList(late, batch.size()).stream()
                .filter(each -> !each.again() && !isWrite(each.purge()))
                .map(Queued::purge)
                .toList());
        List<String> records = new ArrayList<>(batch.size() * 3);
        for (Queued each : batch) {
            boolean once = each.again() || each.purge().reason().startsWith("schedule");
            records.add(each.purge().id());
            records.add(once ? "1" : "0");
            records.add(each.purge().toText());
        }
        CompletableFuture<Session.Said> told =
                on.append(tail.known(generation), mostKept, records).toCompletableFuture();
        CompletableFuture<Long> held = minReplicas == 0
                ? CompletableFuture.completedFuture(0L)
                : on.replicas(false, minReplicas).toCompletableFuture();
        told.thenCombine(held, (said, replicas) -> {
                    actor.act(() -> appended(batch, late, said, replicas >= minReplicas, journaled));
                    return said;
                })
                .exceptionally(failure -> {
                    actor.act(() -> unheard(on, batch.subList(late, batch.size()), journaled, failure));
                    return null;
                });
    }

    /** A write's purge that the log takes is as lasting as the log; the journal is for it where the log does not. */
    private static boolean isWrite(Purge purge) {
        return purge.reason().equals("mutation");
    }

    /** Whether the journal has something. */
    private enum Kept {
        ON_DISK,
        NOT,
        /** There is a journal, and it could not take it. */
        FAILED
    }

    private CompletableFuture<Kept> journal(List<Purge> fresh) {
        return journal == null || fresh.isEmpty()
                ? CompletableFuture.completedFuture(Kept.NOT)
                : journal.append(fresh)
                        .thenApply(ok -> ok ? Kept.ON_DISK : Kept.FAILED)
                        .toCompletableFuture();
    }

    private void appended(
            List<Queued> batch, int late, Session.Said told, boolean replicated, CompletableFuture<Kept> journaled) {
        appending = false;
        if (told.generation() < generation) { // answered before a generation began that has been met since
            rewritten(batch, late);
            CompletableFuture<Kept> now = journal(writes(batch));
            batch.subList(late, batch.size()).forEach(each -> postpone(each, isWrite(each.purge()) ? now : journaled));
            flush();
            return;
        }
        boolean isNew = told.generation() != generation;
        batch.subList(0, late).forEach(each -> {
            unplaced.put(
                    each.purge().id(), Position.START); // until it has its place in the order of what is applied here
            owed.remove(each.purge().id());
            pending.remove(Alike.of(each.purge()), each.purge());
        });
        rewritten(batch, late);
        Position before = told.last();
        for (int i = 0; i < batch.size(); i++) {
            Queued each = batch.get(i);
            long sequence = Long.parseLong(told.rest().get(i));
            if (sequence == 0) { // somebody else has written it
                tell(each, before, replicated, journaled);
                continue;
            }
            Position at = new Position(told.generation(), sequence);
            boolean follows = !before.isAfter(purges.position()) && at.isAfter(purges.position());
            if (follows && !isNew) {
                tail.apply(at, each.purge(), told.serverMillis());
            } else {
                tail.appended(at, each.purge());
            }
            before = at;
            if (journal != null) {
                journal.done(each.purge(), at);
            }
            tell(each, at, replicated, journaled);
        }
        tail.whenApplied(before, this::count);
        tail.tellWaiting();
        if (isNew) {
            met.accept(told);
        }
        flush();
    }

    private void tell(Queued each, Position at, boolean replicated, CompletableFuture<Kept> journaled) {
        CompletableFuture<Written> waits = each.told();
        unplaced.computeIfPresent(each.purge().id(), (id, unknown) -> at);
        underway.computeIfPresent(each.purge().id(), (id, unknown) -> at);
        tail.whenApplied(at, () -> {
            placed(each.purge(), at);
            if (waits != null) {
                journaled.thenAccept(kept -> waits.complete(new Written(at, kept == Kept.ON_DISK, replicated, false)));
            }
        });
    }

    private void rewritten(List<Queued> batch, int late) {
        rewriting -= (int)
                batch.subList(late, batch.size()).stream().filter(Queued::again).count();
    }

    /** Nobody knows whether the log has it. */
    private void unheard(Session on, List<Queued> batch, CompletableFuture<Kept> journaled, Throwable failure) {
        appending = false;
        LOG.debug("an append to the purge log failed", failure);
        rewritten(batch, 0);
        CompletableFuture<Kept> now = journal(writes(batch));
        batch.forEach(each -> postpone(each, isWrite(each.purge()) ? now : journaled));
        failed.accept(on, failure);
        if (open == null) {
            postponeAll();
        } else {
            actor.act(this::flush, RETRY_NANOS);
        }
    }

    /** The log can't be written to: in force here, and kept. */
    private void postponeAll() {
        List<Queued> all = List.copyOf(queue);
        queue.clear();
        unsent.clear();
        rewritten(all, 0);
        CompletableFuture<Kept> journaled = journal(all.stream()
                .filter(each -> !each.again() && !each.required())
                .map(Queued::purge)
                .toList());
        all.forEach(each -> postpone(each, journaled));
        count();
    }

    private static List<Purge> writes(List<Queued> batch) {
        return batch.stream()
                .filter(each -> !each.again() && isWrite(each.purge()))
                .map(Queued::purge)
                .toList();
    }

    private void postpone(Queued each, CompletableFuture<Kept> journaled) {
        CompletableFuture<Written> waits = each.told();
        if (each.required() && waits != null) { // nothing of it is to stay here
            if (journal != null) {
                journal.done(each.purge(), Position.START);
            }
            waits.completeExceptionally(new IllegalStateException(
                    "the purge log did not take it, or nobody knows whether it did; ask again"));
            return;
        }
        if (each.again()) { // somebody may have written it before what is pending came into force
            pending.putIfAbsent(Alike.of(each.purge()), each.purge());
        } else {
            addPending(each.purge());
        }
        unplaced.remove(each.purge().id());
        underway.remove(each.purge().id());
        count();
        if (!each.again()) {
            purges.apply(each.purge(), null, clock.nanos());
        }
        if (waits != null) {
            journaled.thenAccept(
                    kept -> waits.complete(new Written(null, kept == Kept.ON_DISK, false, kept == Kept.FAILED)));
        }
    }
}
