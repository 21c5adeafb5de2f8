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

    @Property
    void asAModelSays(@ForAll("steps") List<Integer> steps) {
        ManualClock clock = new ManualClock();
        Purges purges = new Purges(clock, 7);
        List<Entry> entries = new ArrayList<>();
        for (int step : steps) {
            String name = "" + step / 10 % NAMES;
            String other = "" + step / 100 % NAMES;
            switch (step % 10) {
                case 0, 1, 2, 3 -> {
                    Set<String> tags = new HashSet<>(List.of("t" + name, "t" + other));
                    entries.add(new Entry(purges.fence(), "http://a/" + name, List.copyOf(tags)));
                }
                case 4, 5 -> {
                    purges.purge(List.of("t" + name), List.of());
                    entries.forEach(entry -> entry.dead |= entry.tags.contains("t" + name));
                }
                case 6, 7 -> {
                    purges.purge(List.of(), List.of("http://a/" + name, "http://a/" + other));
                    entries.forEach(entry -> entry.dead |=
                            entry.url.equals("http://a/" + name) || entry.url.equals("http://a/" + other));
                }
                case 8 -> {
                    if (step % 7 == 0) {
                        purges.purgeAll();
                        entries.forEach(entry -> entry.dead = true);
                    }
                }
                default -> clock.advance(Duration.ofMillis(step));
            }
            for (Entry entry : entries) {
                assertThat(purges.isAlive(entry.fence, entry.url, entry.tags)).isEqualTo(!entry.dead);
            }
        }
    }

    @Property
    void anEntryOfAnotherGenerationIsJudgedByWallTime(@ForAll long generation, @ForAll boolean before) {
        ManualClock clock = new ManualClock();
        Purges purges = new Purges(clock, generation);
        purges.purge(List.of("t"), List.of());
        long now = clock.wallMillis();
        Fence foreign = new Fence(generation + 1, Long.MAX_VALUE, before ? now : now + 1);
        assertThat(purges.isAlive(foreign, "http://a/", List.of("t"))).isEqualTo(!before);
        assertThat(purges.isAlive(foreign, "http://a/", List.of("u"))).isTrue();
    }

    @Property(tries = 1)
    void forgettingTagsKillsWhatIsOlderButNothingNewer() {
        Purges purges = new Purges(new ManualClock(), 1);
        Fence old = purges.fence();
        for (int i = 0; i <= 100_000; i++) {
            purges.purge(List.of("t" + i), List.of());
        }
        Fence recent = purges.fence();
        assertThat(purges.isAlive(old, "http://a/", List.of("t0"))).isFalse();
        assertThat(purges.isAlive(recent, "http://a/", List.of("t0", "t100000")))
                .isTrue();
    }
}
