package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Which purge ended a response: random histories against one that tries all of them in order. */
class EndingsProperties {
    private record Done(Scope scope, long tick) {}

    private final Endings endings = new Endings();
    private final List<Done> inOrder = new ArrayList<>();
    private long now;
    private long looked;

    private static Scope of(Random random) {
        String one = Integer.toString(random.nextInt(3));
        List<String> none = List.of();
        return switch (random.nextInt(8)) {
            case 0 -> new Scope(Set.of(), none, List.of("t*"), none, none, none, false);
            case 1 -> new Scope(Set.of(), none, none, List.of("h/" + one), none, none, false);
            case 2 -> new Scope(Set.of(), none, none, none, none, List.of("n" + one), false);
            case 3 -> random.nextInt(6) == 0 ? Scope.ALL : Scope.of(Set.of("t" + one, "u" + one), none);
            case 4 -> Scope.of(Set.of(), List.of("http://h/" + one));
            case 5 -> Scope.of(Set.of("u" + one), List.of("http://h/" + one));
            default -> Scope.of(Set.of("t" + one), none);
        };
    }

    private static Subject subject(Random random) {
        String one = Integer.toString(random.nextInt(3));
        String two = Integer.toString(random.nextInt(3));
        return new Subject("http://h/" + one, List.of("t" + two, "u" + one), "n" + two);
    }

    private long model(Subject subject, long checkedTo) {
        return inOrder.stream()
                .filter(each -> each.tick() > Math.max(checkedTo, looked)
                        && each.scope().concerns(subject))
                .mapToLong(Done::tick)
                .findFirst()
                .orElse(Endings.NONE);
    }

    @Property(tries = 500)
    void theFirstThatConcernsIt(@ForAll long seed) {
        EndingsProperties run = new EndingsProperties();
        run.run(new Random(seed));
    }

    private void run(Random random) {
        for (int step = 0; step < 80; step++) {
            switch (random.nextInt(12)) {
                case 0 -> now++; // a soft one
                case 1 -> {
                    if (now > 1) { // one that has hardened
                        done(of(random), 1 + random.nextInt((int) now - 1));
                    }
                }
                case 2 -> sweep(random);
                default -> {
                    now++;
                    done(of(random), now);
                }
            }
            Subject subject = subject(random);
            long checkedTo = random.nextInt((int) now + 1);
            assertThat(endings.of(subject, checkedTo)).isEqualTo(model(subject, checkedTo));
        }
    }

    private void done(Scope scope, long tick) {
        inOrder.add(new Done(scope, tick));
        endings.add(scope, tick, now);
    }

    /** What comes while all is looked at is not over with it. */
    private void sweep(Random random) {
        int before = inOrder.size();
        long tick = endings.look();
        for (int i = random.nextInt(3); i > 0; i--) {
            now++;
            done(of(random), now);
        }
        endings.looked(tick);
        inOrder.subList(0, before).clear();
        looked = Math.max(looked, tick);
    }

    @Example
    void whatItHasNoRoomForItDoesNotClaimToKnow() {
        Subject subject = new Subject("http://h/1", List.of("a"), "n");
        endings.add(Scope.of(Set.of("a"), List.of()), 1, 1);
        for (int i = 2; i < 5_000; i++) {
            Set<String> many =
                    IntStream.range(0, 100).mapToObj(each -> "x" + each).collect(java.util.stream.Collectors.toSet());
            endings.add(Scope.of(many, List.of()), i, i);
        }
        assertThat(endings.of(subject, 0)).isEqualTo(Endings.UNKNOWN);
        assertThat(endings.of(subject, 4_999)).isEqualTo(Endings.NONE);
        endings.looked(endings.look());
        assertThat(endings.of(subject, 0)).isEqualTo(Endings.NONE);
        endings.add(Scope.of(Set.of("a"), List.of()), 5_000, 5_000);
        assertThat(endings.of(subject, 0)).isEqualTo(5_000);
    }
}
