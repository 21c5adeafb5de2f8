package io.lacquer.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Which tags go with which: {@code implies}. */
final class Implications {
    private static final int MOST_CYCLES = 20;
    private static final int MOST_NAMED = 10;

    /** {@code implies}. */
    static final Key<Map<String, List<Placed<String>>>> KEY = Key.mapping(
            "implies",
            new Dict<>("tag", PolicyParts::plainTag, ListOf.orOne(new Located<>(PolicyParts.PLAIN_TAG))),
            "a purge of the tag is one of these tags too, and of those that they imply");

    private final Map<String, List<Placed<String>>> implied;
    private final Complaints complaints;
    private final Set<String> seen = new HashSet<>();
    private final Set<String> onTrail = new HashSet<>();
    /** How the search got where it is. */
    private final List<Step> trail = new ArrayList<>();

    private int cycles;

    private Implications(Map<String, List<Placed<String>>> implied, Complaints complaints) {
        this.implied = implied;
        this.complaints = complaints;
    }

    /** A tag, where the one before it names it, and what is left of those that it implies. */
    private record Step(Placed<String> tag, Iterator<Placed<String>> left) {}

    /** The tags, and then all that they imply, however far. */
    static Set<String> closure(Map<String, List<String>> implied, Collection<String> tags) {
        Set<String> all = new LinkedHashSet<>(tags);
        Deque<String> open = new ArrayDeque<>(all);
        while (!open.isEmpty()) {
            for (String next : implied.getOrDefault(open.remove(), List.of())) {
                if (all.add(next)) {
                    open.add(next);
                }
            }
        }
        return all;
    }

    /** What the file says, without the places; complains of tags that imply themselves. */
    static Map<String, List<String>> checked(Map<String, List<Placed<String>>> implied, Complaints complaints) {
        Implications search = new Implications(implied, complaints);
        Map<String, List<String>> plain = new LinkedHashMap<>();
        implied.forEach((tag, tags) -> {
            search.from(tag);
            plain.put(tag, Placed.values(tags).stream().distinct().toList());
        });
        return Collections.unmodifiableMap(plain);
    }

    /** Depth first, without recursion: a file may chain thousands. */
    private void from(String start) {
        if (seen.add(start)) {
            enter(new Placed<>(start, Place.START));
        }
        while (!trail.isEmpty() && cycles < MOST_CYCLES) {
            Step last = trail.getLast();
            if (!last.left().hasNext()) {
                trail.removeLast();
                onTrail.remove(last.tag().value());
                continue;
            }
            Placed<String> next = last.left().next();
            if (onTrail.contains(next.value())) {
                cycles++;
                complain(next);
            } else if (seen.add(next.value())) {
                enter(next);
            }
        }
    }

    private void enter(Placed<String> tag) {
        onTrail.add(tag.value());
        trail.add(new Step(tag, implied.getOrDefault(tag.value(), List.of()).iterator()));
    }

    /** Of the entries that make the cycle, the last of the file closes it. */
    private void complain(Placed<String> back) {
        List<Placed<String>> cycle = new ArrayList<>(List.of(back));
        for (int i = trail.size() - 1; !trail.get(i).tag().value().equals(back.value()); i--) {
            cycle.add(1, trail.get(i).tag());
        }
        Placed<String> last = Collections.max(
                cycle,
                Comparator.comparingInt((Placed<String> each) -> each.place().line())
                        .thenComparingInt(each -> each.place().column()));
        Collections.rotate(cycle, -cycle.indexOf(last));
        String middle = cycle.stream()
                .skip(1)
                .limit(MOST_NAMED)
                .map(each -> Text.shorten(each.value()) + " -> ")
                .collect(Collectors.joining());
        String name = Text.shorten(last.value());
        String more = cycle.size() - 1 > MOST_NAMED ? "… -> " : "";
        complaints.error(
                last.place(),
                "implies leads from " + name + " back to it: " + name + " -> " + middle + more + name,
                "remove one of them");
    }
}
