package io.lacquer.purge.redis;

import io.lacquer.purge.Journal;
import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.store.Fence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One history of nodes whose every step, command and answer comes in an order that a seed chooses, over real Redis that
 * fail over, forget and go back. After each step both promises are looked at: what was acknowledged is in force on the
 * node that was asked, or on all of them. When all is well again, it is in force everywhere, and nothing waits for ever.
 */
final class Interleaving {
    private static final int STEPS = 2_000;
    private static final int RESOURCES = 6;
    private static final int MOST_ENTRIES = 60;
    private static final long LEASE_MILLIS = 500;
    private static final long HEALING_NANOS = 4_000_000_000L;
    private static final int TRACED = 120;

    /** A promise was broken. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1;

        Violation(String message) {
            super(message);
        }
    }

    /** What a tier holds: a version of a resource, and what was known of purges when it was asked for. */
    private record Entry(int resource, int version, Fence fence) {}

    /** What a process has asked the origin for. */
    private record Fetch(Node by, int life, Entry brings, long sentNanos) {}

    /** What was wished for. */
    private record Asked(Node of, int life, String id, int resource, int version, CompletableFuture<?> told) {}

    private final long seed;
    private final Random random;
    private final Steps steps;
    private final SteppedServer server;
    private final Path files;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Entry> shared = new ArrayList<>();
    private final List<Fetch> fetches = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final List<Map<String, byte[]>> snapshots = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private final int[] origin = new int[RESOURCES];
    private final int[] everywhereFrom = new int[RESOURCES];
    private final boolean besideL2;
    private final List<Consumer<Node>> harms;
    private final Steps.Line nemesis;
    private final int useEvery;
    private final int harmEvery;
    private long acknowledged;
    private long everywhere;
    private int ids;
    private boolean healing;
    private Position furthest = Position.START;

    Interleaving(long seed, SteppedServer server, Path files) {
        this.seed = seed;
        this.server = server;
        this.files = files;
        this.random = new Random(seed);
        this.steps = new Steps(random);
        this.besideL2 = random.nextBoolean();
        this.harms = some();
        this.nemesis = steps.line();
        this.useEvery = 4 + random.nextInt(40);
        this.harmEvery = 20 + random.nextInt(100);
        server.begin(steps);
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node("n" + i));
        }
    }

    long acknowledged() {
        return acknowledged;
    }

    long everywhere() {
        return everywhere;
    }

    /**
     * Goes through all of it.
     *
     * @throws Violation with the seed and what happened last
     */
    void run() {
        try {
            nodes.forEach(Node::start);
            for (int i = 0; i < STEPS; i++) {
                if (random.nextInt(useEvery) == 0) {
                    use();
                }
                if (random.nextInt(harmEvery) == 0) {
                    harm();
                }
                steps.step();
                look();
            }
            heal();
        } finally {
            nodes.forEach(Node::kill);
        }
    }

    private void note(String what) {
        trace.add(steps.nanos() / 1_000_000 + " ms " + what);
        if (trace.size() > TRACED) {
            trace.removeFirst();
        }
    }

    private Violation violation(String what) {
        List<String> all = new ArrayList<>(trace);
        nodes.forEach(node -> all.add(node + " is at " + node.purges.position() + ", its floor " + node.purges.floor()
                + ", pending " + node.purges.pending() + ", the log's last "
                + node.log.status().last()));
        all.addAll(server.records());
        return new Violation("seed " + seed + ": " + what + "\n  " + String.join("\n  ", all) + "\n");
    }

    // ---- those who use it ----

    private void use() {
        Node node = anyone();
        int resource = random.nextInt(RESOURCES);
        switch (random.nextInt(6)) {
            case 0, 1 -> fetch(node, resource);
            case 2 -> store();
            case 3 -> promote(node);
            case 4 -> purge(node, resource);
            default -> lookUp();
        }
    }

    private void fetch(Node node, int resource) {
        if (node.serves()) {
            Entry entry = new Entry(resource, origin[resource], node.purges.fence());
            fetches.add(new Fetch(node, node.life, entry, steps.nanos()));
        }
    }

    private static Subject subject(int resource) {
        return new Subject("http://h/" + resource, List.of("r" + resource), "n");
    }

    private void store() {
        if (!fetches.isEmpty()) {
            store(fetches.remove(random.nextInt(fetches.size())));
        }
    }

    private void fetchAndStore(Node node, int resource) {
        int before = fetches.size();
        fetch(node, resource);
        if (fetches.size() > before) {
            store(fetches.removeLast());
        }
    }

    private void store(Fetch fetch) {
        Entry entry = fetch.brings();
        boolean lives = fetch.by().up && fetch.by().life == fetch.life();
        if (lives && fetch.by().purges.mayStore(entry.fence(), subject(entry.resource()), fetch.sentNanos())) {
            keep(fetch.by().memory, entry);
            Fence fence = entry.fence();
            Fence foreign = new Fence(fence.generation(), fence.sequence(), Fence.FOREIGN);
            keep(shared, new Entry(entry.resource(), entry.version(), foreign));
        }
    }

    private void keep(List<Entry> in, Entry entry) {
        if (in.size() >= MOST_ENTRIES) {
            in.remove(random.nextInt(in.size()));
        }
        in.add(entry);
    }

    /** What another one has stored becomes one's own. */
    private void promote(Node node) {
        if (!shared.isEmpty() && node.serves()) {
            Entry entry = shared.get(random.nextInt(shared.size()));
            long tick = node.purges.applications();
            if (node.purges.isAlive(entry.fence(), subject(entry.resource()))) {
                keep(node.memory, new Entry(entry.resource(), entry.version(), new Fence(0, 0, tick)));
            }
        }
    }

    private void purge(Node node, int resource) {
        purge(node, resource, random.nextInt(3) == 0, random.nextInt(3) > 0);
    }

    private void purge(Node node, int resource, boolean write, boolean all) {
        if (!node.isRunning()) {
            return;
        }
        if (random.nextInt(4) > 0) {
            nodes.forEach(each -> fetchAndStore(each, resource)); // the last ones of before it
        }
        int version = ++origin[resource];
        boolean required = !write && !healing && random.nextInt(6) == 0;
        String id = "p" + ++ids;
        Scope scope = Scope.of(Set.of("r" + resource), List.of());
        Purge purge =
                new Purge(id, node.name, steps.wallMillis(), write ? "mutation" : "api", "*", scope, false, -1, all);
        note(node + " is to purge " + purge.reason() + " " + id + ": r" + resource + " before v" + version
                + (required ? ", required" : ""));
        CompletableFuture<PurgeLog.Written> told = node.log
                .write(purge, write ? Duration.ofMillis(50) : null, required)
                .toCompletableFuture();
        Asked one = new Asked(node, node.life, id, resource, version, told);
        asked.add(one);
        told.whenComplete((written, failure) -> {
            if (failure == null) {
                acknowledged(one, written);
                if (all && written.position() != null && node.isRunning(one.life())) {
                    everywhere(one, written.position());
                }
            } else {
                note(id + " failed: " + failure.getMessage());
            }
        });
    }

    private void acknowledged(Asked one, PurgeLog.Written written) {
        note(one.of() + " has purged " + one.id() + " at " + written.position()
                + (written.journaled() ? ", journaled" : ""));
        acknowledged++;
        Node node = one.of();
        if (node.life == one.life()) {
            node.inForce[one.resource()] = Math.max(node.inForce[one.resource()], one.version());
            if (written.journaled()) {
                node.kept[one.resource()] = Math.max(node.kept[one.resource()], one.version());
            }
        }
    }

    private void everywhere(Asked one, Position position) {
        one.of()
                .log
                .everywhere(position, millis(random.nextBoolean() ? 100 : 1_000))
                .thenAccept(all -> {
                    if (all.complete()) {
                        note(one.id() + " at " + position + " is everywhere: " + all.nodes());
                        everywhere++;
                        everywhereFrom[one.resource()] = Math.max(everywhereFrom[one.resource()], one.version());
                    } else {
                        note(one.id() + " is not everywhere: " + all.why());
                    }
                });
    }

    /** Somebody asks what became of a purge. */
    private void lookUp() {
        if (asked.isEmpty()) {
            return;
        }
        Asked one = asked.get(random.nextInt(asked.size()));
        if (one.of().isRunning(one.life()) && one.told().isDone() && !one.told().isCompletedExceptionally()) {
            Position position = one.of().log.placed(one.id());
            if (position != null) {
                everywhere(one, position);
            }
        }
    }

    // ---- those who harm it ----

    private void harm() {
        if (!harms.isEmpty()) {
            harms.get(random.nextInt(harms.size())).accept(anyone());
        }
    }

    /** Some of what can happen: what happens seldom meets more of its like where less else does. */
    private List<Consumer<Node>> some() {
        List<Consumer<Node>> all = new ArrayList<>(List.of(
                Node::slow,
                Node::slow,
                node -> node.cut(millis(1_000)),
                node -> node.freeze(millis(1_000)),
                Node::breakOff,
                Node::restart,
                node -> snapshot(),
                node -> failOver(false),
                node -> failOver(true),
                node -> rollBack(),
                node -> forget(),
                this::loseWhileCutOff,
                this::loseUnread,
                this::neitherLogNorDisk));
        Collections.shuffle(all, random);
        return List.copyOf(all.subList(0, 1 + random.nextInt(all.size())));
    }

    /** A node is cut off until it serves nothing, others purge without it, and the log that knows of it is lost. */
    private void loseWhileCutOff(Node node) {
        note("the log is to be lost while " + node + " is cut off");
        int resource = random.nextInt(RESOURCES);
        fetchAndStore(node, resource);
        Map<String, byte[]> before = server.snapshot();
        node.cut(900_000_000L + millis(300));
        Node other = anyone();
        later(millis(300), () -> purge(other, resource, false, true));
        later(millis(500), () -> purge(other, random.nextInt(RESOURCES), false, false));
        long lost = 700_000_000L + millis(200);
        later(lost, () -> lose(before));
        if (random.nextBoolean()) {
            later(lost, () -> purge(anyone(), random.nextInt(RESOURCES), false, false));
        }
        if (random.nextBoolean()) {
            later(lost + millis(60), () -> lose(before));
        }
        if (random.nextBoolean()) {
            later(650_000_000L + millis(500), () -> other.cut(millis(1_500)));
        }
        if (random.nextBoolean()) {
            later(lost + millis(20), node::heal);
        }
    }

    /** A purge has its place in the log, and is lost from it before the node that wrote it has read or heard of it. */
    private void loseUnread(Node node) {
        note("the log is to be lost while " + node + " is slow to read it");
        int resource = random.nextInt(RESOURCES);
        fetchAndStore(node, resource);
        Map<String, byte[]> before = server.snapshot();
        node.slowAnswers(millis(100));
        later(millis(5), () -> purge(anyone(), random.nextInt(RESOURCES), false, true));
        later(millis(10), () -> purge(node, resource, random.nextBoolean(), true));
        later(millis(50), () -> lose(before));
    }

    private void lose(Map<String, byte[]> before) {
        switch (random.nextInt(4)) {
            case 0, 1 -> {
                note("the log is lost");
                server.failOver(before);
                nodes.forEach(Node::breakOff);
            }
            case 2 -> {
                note("the log is deleted");
                server.delete(true);
            }
            default -> {
                note("the log goes back");
                server.rollBack(before, furthest);
            }
        }
    }

    /** Neither the log nor the journal answers soon. */
    private void neitherLogNorDisk(Node node) {
        note(node + " has neither a log nor a disk");
        node.slowDisk(millis(200));
        if (random.nextBoolean()) {
            node.breakOff();
        } else {
            node.cut(millis(300));
        }
        purge(node, random.nextInt(RESOURCES), true, random.nextBoolean());
        later(millis(100), node::breakOff);
    }

    private Node anyone() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private void later(long nanos, Runnable step) {
        nemesis.later(nanos, step);
    }

    private long millis(int most) {
        return (1L + random.nextInt(most)) * 1_000_000;
    }

    private void snapshot() {
        snapshots.add(server.snapshot());
        if (snapshots.size() > 2) {
            snapshots.removeFirst();
        }
        note("snapshot");
    }

    private void failOver(boolean losing) {
        boolean loses = losing && !snapshots.isEmpty();
        note("the log fails over" + (loses ? " and loses its tail" : ""));
        server.failOver(loses ? snapshots.getFirst() : server.snapshot());
        nodes.forEach(Node::breakOff);
    }

    private void rollBack() {
        if (!snapshots.isEmpty() && random.nextBoolean()) {
            note("the log goes back");
            server.rollBack(snapshots.getFirst(), furthest);
        }
    }

    private void forget() {
        switch (random.nextInt(4)) {
            case 0 -> {
                note("the log's records are deleted");
                server.delete(false);
            }
            case 1 -> {
                note("the log is deleted");
                server.delete(true);
            }
            default -> {
                note("the log is trimmed");
                server.trim(random.nextInt(3));
            }
        }
    }

    // ---- what must hold ----

    private void look() {
        for (Node node : nodes) {
            furthest = node.purges.position().isAfter(furthest) ? node.purges.position() : furthest;
            if (node.serves()) {
                look(node, node.memory, "holds");
                look(node, shared, "believes");
            }
        }
    }

    private void look(Node node, List<Entry> entries, String how) {
        for (Entry entry : entries) {
            int resource = entry.resource();
            int least = Math.max(everywhereFrom[resource], node.inForce[resource]);
            if (entry.version() < least && node.purges.isAlive(entry.fence(), subject(resource))) {
                String promise = entry.version() < everywhereFrom[resource] ? "everywhere" : "here";
                throw violation(node + " " + how + " v" + entry.version() + " of r" + resource + " at " + entry.fence()
                        + ", and what was before v" + least + " was purged " + promise);
            }
        }
    }

    /** All is well from now on: what was acknowledged for good is in force everywhere before long. */
    private void heal() {
        note("all is well again");
        nemesis.shutdown();
        healing = true;
        nodes.forEach(Node::heal);
        for (long until = steps.nanos() + HEALING_NANOS; steps.nanos() < until; ) {
            steps.step();
            look();
        }
        for (Asked one : asked) {
            if (one.of().life == one.life() && !one.told().isDone()) {
                throw violation("nobody was ever told of " + one.id());
            }
        }
        for (Node node : nodes) {
            if (!node.serves() || !node.log.isReachable()) {
                throw violation(node + " does not come back: " + node.log.status());
            }
            if (node.purges.pending() != 0) {
                throw violation(node + " has " + node.purges.pending() + " purges waiting for ever");
            }
        }
        int[] of = new int[RESOURCES];
        for (Node node : nodes) {
            for (int resource = 0; resource < RESOURCES; resource++) {
                of[resource] = Math.max(of[resource], node.kept[resource]);
            }
        }
        for (Node node : nodes) {
            for (int resource = 0; resource < RESOURCES; resource++) {
                node.inForce[resource] = Math.max(node.inForce[resource], of[resource]);
            }
        }
        look();
        for (int resource = 0; resource < RESOURCES; resource++) {
            purge(anyone(), resource, false, false);
            finish(asked.getLast());
        }
    }

    /** A purge while all is well is everywhere in no time. */
    private void finish(Asked one) {
        CompletableFuture<PurgeLog.Everywhere> all = new CompletableFuture<>();
        one.told().thenAccept(told -> {
            Position at = one.of().purges.position();
            one.of().log.everywhere(at, 2_000_000_000L).thenAccept(all::complete);
        });
        while (!all.isDone()) {
            if (one.told().isCompletedExceptionally()) {
                throw violation("when all is well, " + one.id() + " is refused");
            }
            steps.step();
            look();
        }
        if (!all.join().complete()) {
            throw violation("when all is well, " + one.id() + " is not everywhere: " + all.join());
        }
    }

    /** A node over its lives. */
    private final class Node {
        private final String name;
        private final int[] inForce = new int[RESOURCES];
        private final int[] kept = new int[RESOURCES];
        private final List<Entry> memory = new ArrayList<>();
        private final List<SteppedSession> sessions = new ArrayList<>();
        private final List<Steps.Line> lines = new ArrayList<>();
        private Purges purges = new Purges(steps);
        private @Nullable Journal journal;
        private RedisLog log;
        private int life;
        private boolean up;
        private boolean leaving;
        private long frozenUntil;
        private long cutUntil;

        Node(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }

        boolean isRunning() {
            return up && frozenUntil <= steps.nanos();
        }

        boolean isRunning(int in) {
            return life == in && isRunning();
        }

        boolean serves() {
            return isRunning() && !leaving && purges.isServing();
        }

        void start() {
            life++;
            up = true;
            leaving = false;
            purges = new Purges(steps);
            purges.serveWithin(Duration.ofMillis(LEASE_MILLIS));
            System.arraycopy(kept, 0, inForce, 0, RESOURCES);
            Steps.Line disk = steps.line();
            Steps.Line actor = steps.line();
            lines.add(disk);
            lines.add(actor);
            try {
                journal = Journal.open(files.resolve(name + ".journal"), disk);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            RedisLog.Settings settings =
                    new RedisLog.Settings("shop", name, Duration.ofMillis(LEASE_MILLIS), 0, 1_000, true, besideL2);
            log = new RedisLog(settings, this::connect, () -> {}, purges, journal, steps, new Actor(actor));
        }

        private CompletableFuture<SteppedSession> connect() {
            CompletableFuture<SteppedSession> made = new CompletableFuture<>();
            SteppedSession session = new SteppedSession(server, steps, random);
            session.cut(Math.max(0, cutUntil - steps.nanos()));
            sessions.add(session);
            Steps.Line line = steps.line();
            lines.add(line);
            line.hold(Math.max(0, cutUntil - steps.nanos()));
            line.execute(() -> {
                if (session.isOpen()) {
                    made.complete(session);
                } else {
                    made.completeExceptionally(new IllegalStateException("connection refused"));
                }
                line.shutdown();
            });
            return made;
        }

        void slow() {
            if (random.nextInt(4) == 0) {
                slowDisk(millis(100));
            } else if (!sessions.isEmpty()) {
                sessions.getLast().slow(millis(200));
            }
        }

        void slowDisk(long nanos) {
            if (!lines.isEmpty()) {
                lines.getFirst().hold(nanos);
            }
        }

        void slowAnswers(long nanos) {
            if (!sessions.isEmpty()) {
                sessions.getLast().slowAnswers(nanos);
            }
        }

        void cut(long nanos) {
            note(this + " is cut off for " + nanos / 1_000_000 + " ms");
            cutUntil = steps.nanos() + nanos;
            sessions.forEach(session -> session.cut(nanos));
        }

        void freeze(long nanos) {
            note(this + " is frozen for " + nanos / 1_000_000 + " ms");
            frozenUntil = steps.nanos() + nanos;
            lines.forEach(line -> line.hold(nanos));
        }

        void breakOff() {
            sessions.forEach(SteppedSession::drop);
        }

        void kill() {
            if (up) {
                up = false;
                memory.clear();
                sessions.forEach(SteppedSession::end);
                sessions.clear();
                lines.forEach(Steps.Line::shutdown);
                lines.clear();
                if (journal != null) {
                    journal.close();
                }
            }
        }

        void restart() {
            if (!isRunning() || leaving) {
                return;
            }
            boolean politely = random.nextBoolean();
            note(this + " restarts" + (politely ? ", and says so" : ""));
            if (politely) {
                int of = life;
                leaving = true;
                log.goodbye().whenComplete((said, failure) -> {
                    if (life == of) {
                        kill();
                        start();
                    }
                });
            } else {
                kill();
                start();
            }
        }

        void heal() {
            frozenUntil = 0;
            cutUntil = 0;
            lines.forEach(Steps.Line::free);
            sessions.forEach(SteppedSession::free);
        }
    }
}
