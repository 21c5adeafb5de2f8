package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.store.Fence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is purged after a fence is dead, whatever is not concerned stays alive. */
class PurgesProperties {
    private static final int NAMES = 6;

    /** Something stored, and whether it should be dead by now. */
    private static final class Entry {
        final Fence fence;
        final String url;
        final List<String> tags;
        boolean dead;

        Entry(Fence fence, String url, List<String> tags) {
            this.fence = fence;
            this.url = url;
            this.tags = tags;
        }
    }

    @Provide
    Arbitrary<List<Integer>> steps() {
        return Arbitraries.integers().between(0, 9_999).list().ofMaxSize(80);
    }

    private static Purge purge(Scope scope) {
        return new Purge("id", "n", 0, "api", "*", scope, false, -1, false);
    }

    @Property
    void asAModelSays(@ForAll("steps") List<Integer> steps) {
        ManualClock clock = new ManualClock();
        Purges purges = new Purges(clock);
        List<Entry> entries = new ArrayList<>();
        int sequence = 0;
        for (int step : steps) {
            String name = "" + step / 10 % NAMES;
            String other = "" + step / 100 % NAMES;
            Position next = new Position(1, ++sequence);
            switch (step % 10) {
                case 0, 1, 2, 3 -> {
                    Set<String> tags = new HashSet<>(List.of("t" + name, "t" + other));
                    entries.add(new Entry(purges.fence(), "http://a/" + name, List.copyOf(tags)));
                }
                case 4, 5 -> {
                    purges.apply(purge(Scope.of(Set.of("t" + name), List.of())), next, clock.nanos());
                    entries.forEach(entry -> entry.dead |= entry.tags.contains("t" + name));
                }
                case 6, 7 -> {
                    purges.apply(
                            purge(Scope.of(Set.of(), List.of("http://a/" + name, "http://a/" + other))),
                            next,
                            clock.nanos());
                    entries.forEach(entry -> entry.dead |=
                            entry.url.equals("http://a/" + name) || entry.url.equals("http://a/" + other));
                }
                case 8 -> {
                    if (step % 7 == 0) {
                        purges.apply(purge(Scope.ALL), next, clock.nanos());
                        entries.forEach(entry -> entry.dead = true);
                    }
                }
                default -> clock.advance(Duration.ofMillis(step));
            }
            for (Entry entry : entries) {
                assertThat(purges.isAlive(entry.fence, new Subject(entry.url, entry.tags, "n")))
                        .isEqualTo(!entry.dead);
            }
        }
    }

    @Property(tries = 1)
    void forgettingTagsKillsWhatIsOlderButNothingNewer() {
        Purges purges = new Purges(new ManualClock());
        Fence old = purges.fence();
        for (int i = 0; i <= 100_000; i++) {
            purges.apply(purge(Scope.of(Set.of("t" + i), List.of())), new Position(1, i + 1), 0);
        }
        Fence recent = purges.fence();
        assertThat(purges.isAlive(old, new Subject("http://a/", List.of("t0"), "n")))
                .isFalse();
        assertThat(purges.isAlive(recent, new Subject("http://a/", List.of("t0", "t100000"), "n")))
                .isTrue();
    }
}
