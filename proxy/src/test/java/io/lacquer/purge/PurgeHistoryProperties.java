package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.purge.Purges.Standing;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.StoredResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Random histories of a node, with what it fetched, what it found in L2, and purges of all kinds, against a model that
 * remembers everything and compares it all.
 */
class PurgeHistoryProperties {
    private static final int STEPS = 70;
    private static final List<String> TAGS = List.of("t0", "t1", "u0", "u1");
    private static final List<String> PATHS = List.of("/p/0", "/p/1", "/q/0?x=1", "/q/1");
    private static final List<String> NAMESPACES = List.of("n0", "n1");

    /** A purge as it was applied once, or a raised floor, whose scope is null. */
    private record Applied(@Nullable Scope scope, boolean soft, long order, Position at, long hardensAtMillis) {}

    /** What a test asks about. */
    private static final class Entry {
        final StoredResponse stored;
        long order;

        Entry(StoredResponse stored) {
            this.stored = stored;
            this.order = stored.fence().tick();
        }
    }

    private final ManualClock clock = new ManualClock();
    private final Purges purges = new Purges(clock);
    private final List<Applied> history = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Purge> pending = new ArrayList<>();
    private Random random = new Random();
    private Position next = new Position(3, 1);
    private final Map<Long, Long> ends = new HashMap<>(Map.of(2L, 9L));
    private long order;
    private boolean known;
    private int ids;

    @Property(tries = 400)
    void aNodeKnowsWhatAModelKnows(@ForAll long seed) {
        PurgeHistoryProperties run = new PurgeHistoryProperties();
        run.random = new Random(seed);
        run.purges.met(new TreeMap<>(Map.of(2L, Position.START, 3L, new Position(2, 9))));
        for (int step = 0; step < STEPS; step++) {
            run.step();
            run.compare();
        }
    }

    private void step() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> entries.add(entry(purges.fence()));
            case 3, 4 -> entries.add(entry(foreign()));
            case 5, 6, 7, 8 -> apply(purge(), place());
            case 9 -> {
                Purge purge = purge();
                pending.add(purge);
                purges.pending(pending.size());
                apply(purge, null);
            }
            case 10 -> flush();
            case 11 -> clock.advance(Duration.ofMillis(random.nextInt(40)));
            case 12 -> {
                known = random.nextInt(4) > 0;
                purges.known(known);
            }
            default -> rare();
        }
    }

    private void rare() {
        switch (random.nextInt(4)) {
            case 0 -> {
                Position below = place();
                purges.raiseFloor(below);
                history.add(new Applied(null, false, ++order, below, Long.MAX_VALUE));
            }
            case 1 -> {
                ends.put(next.generation(), next.sequence() - 1);
                purges.met(new TreeMap<>(
                        Map.of(next.generation() + 1, new Position(next.generation(), next.sequence() - 1))));
                next = new Position(next.generation() + 1, 1);
            }
            case 2 -> purges.advance(new Position(next.generation(), 0));
            default -> {
                Position early = new Position(2, 9);
                if (purges.position().isAfter(early)) {
                    assertThat(purges.apply(purge(), early, clock.nanos())).isFalse();
                }
            }
        }
    }

    private Position place() {
        Position at = next;
        next = new Position(at.generation(), at.sequence() + 1 + random.nextInt(2));
        return at;
    }

    private void flush() {
        if (!pending.isEmpty()) {
            apply(pending.removeFirst(), place());
            purges.pending(pending.size());
        }
    }

    private void apply(Purge purge, @Nullable Position at) {
        assertThat(purges.apply(purge, at, clock.nanos())).isTrue();
        long hardens = purge.hardenMillis() < 0 ? Long.MAX_VALUE : clock.wallMillis() + purge.hardenMillis();
        history.add(new Applied(purge.scope(), purge.soft(), ++order, at == null ? Position.START : at, hardens));
    }

    private Fence foreign() {
        long sequence = Math.max(0, next.sequence() - random.nextInt(8));
        long generation = next.generation() - (random.nextInt(6) == 0 ? 1 : 0);
        return new Fence(generation, sequence, Fence.FOREIGN);
    }

    private Purge purge() {
        boolean soft = random.nextInt(3) == 0;
        long harden = soft && random.nextBoolean() ? random.nextInt(60) : -1;
        return new Purge("p" + ++ids, "n", 0, "api", "*", scope(), soft, harden, false);
    }

    private Scope scope() {
        return switch (random.nextInt(9)) {
            case 0, 1 -> Scope.of(Set.of(one(TAGS)), List.of());
            case 2, 3 -> Scope.of(Set.of(), List.of("http://h" + one(PATHS)));
            case 4 -> only(List.of(one(TAGS).charAt(0) + "*"), List.of(), List.of(), List.of());
            case 5 -> only(List.of(), List.of("h" + one(PATHS).substring(0, 3)), List.of(), List.of());
            case 6 -> only(List.of(), List.of(), List.of("*" + one(PATHS).charAt(3)), List.of());
            case 7 -> only(List.of(), List.of(), List.of(), List.of(one(NAMESPACES)));
            default -> random.nextInt(6) == 0 ? Scope.ALL : Scope.of(Set.of("t0", "u1"), List.of("http://h/p/1"));
        };
    }

    private static Scope only(List<String> tagGlobs, List<String> prefixes, List<String> globs, List<String> names) {
        return new Scope(Set.of(), List.of(), tagGlobs, prefixes, globs, names, false);
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Entry entry(Fence fence) {
        Set<String> tags = new LinkedHashSet<>(List.of(one(TAGS), one(TAGS)));
        return new Entry(stored("http://h" + one(PATHS), List.copyOf(tags), one(NAMESPACES), fence));
    }

    static StoredResponse stored(String url, List<String> tags, String namespace, Fence fence) {
        ResponseHead head = ResponseHead.of(200, Headers.EMPTY);
        StoredHead facts = new StoredHead(new StoredHead.Owner("policy", namespace), head, false, Map.of(), tags, 0, 0);
        Body body = Body.of(List.of(), 0, new Ledger(1 << 20));
        return new StoredResponse(new CacheKey(url, "k\n" + url), "k\n" + url, facts, body, fence);
    }

    private void compare() {
        for (Entry entry : entries) {
            Standing should = standing(entry);
            boolean bySubject = purges.isAlive(
                    entry.order == Fence.FOREIGN ? entry.stored.fence() : new Fence(0, 0, entry.order),
                    Subject.of(entry.stored));
            assertThat(bySubject).as("by its fence").isEqualTo(should != Standing.GONE);
            assertThat(purges.isAlive(entry.stored)).isEqualTo(should != Standing.GONE);
            assertThat(purges.isUntouched(entry.stored)).isEqualTo(should == Standing.LIVE);
            if (should == Standing.LIVE) {
                entry.order = order; // once looked at, it is in this node's order
                assertThat(purges.staleSince(entry.stored)).isNull();
            } else if (should == Standing.STALE) {
                assertThat(purges.staleSince(entry.stored)).isNotNull();
            }
        }
    }

    private Standing standing(Entry entry) {
        if (entry.order == Fence.FOREIGN && (!known || !pending.isEmpty() || isAhead(entry.stored.fence()))) {
            return Standing.GONE;
        }
        boolean stale = false;
        for (Applied each : history) {
            if (isNewer(each, entry) && concerns(each.scope(), Subject.of(entry.stored))) {
                if (!each.soft() || each.hardensAtMillis() <= clock.wallMillis()) {
                    return Standing.GONE;
                }
                stale = true;
            }
        }
        return stale ? Standing.STALE : Standing.LIVE;
    }

    /** Who stored it knew more than this node does, or another log. */
    private boolean isAhead(Fence fence) {
        return new Position(fence.generation(), fence.sequence()).isAfter(purges.position())
                || fence.sequence() > ends.getOrDefault(fence.generation(), Long.MAX_VALUE);
    }

    private static boolean isNewer(Applied purge, Entry entry) {
        Fence fence = entry.stored.fence();
        return entry.order == Fence.FOREIGN
                ? purge.at().isAfter(new Position(fence.generation(), fence.sequence()))
                : purge.order() > entry.order;
    }

    private static boolean concerns(@Nullable Scope scope, Subject subject) {
        if (scope == null || scope.all()) {
            return true;
        }
        String place = subject.url().substring("http://".length());
        String path = place.replaceFirst("\\?.*", "");
        return scope.urls().contains(subject.url())
                || scope.namespaces().contains(subject.namespace())
                || subject.tags().stream().anyMatch(scope.tags()::contains)
                || scope.prefixes().stream().anyMatch(place::startsWith)
                || scope.patterns().stream().anyMatch(glob -> path.endsWith(glob.substring(1)))
                || scope.tagPatterns().stream()
                        .anyMatch(glob -> subject.tags().stream()
                                .anyMatch(tag -> tag.startsWith(glob.substring(0, glob.length() - 1))));
    }
}
