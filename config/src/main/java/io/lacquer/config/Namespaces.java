package io.lacquer.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The namespaces of the policies: the keys under {@code namespaces}, and whether a name is one. */
final class Namespaces {
    /** Of requests that no policy matches. */
    private static final String FALLBACK = "default";

    private static final int MOST_NAMED = 10;

    private static final Key<Integer> VERSION = Key.of(
            "version",
            Scalars.integer(0, Integer.MAX_VALUE),
            "1",
            "part of every key of the namespace; raise it to abandon all that is stored there");

    /** {@code namespaces}. */
    static final Key<Map<String, Placed<Integer>>> KEY = Key.mapping(
            "namespaces",
            new Dict<>(
                    "name",
                    name -> Scalars.label(name, false),
                    new Section<>(List.of(VERSION), fields -> new Placed<>(fields.get(VERSION), fields.place()))),
            "what holds for all policies of a namespace, by its name");

    private final Set<String> known;
    private final Complaints complaints;

    Namespaces(List<PolicyKeys.Draft> drafts, Complaints complaints) {
        this.known = drafts.stream().map(PolicyKeys.Draft::namespace).collect(Collectors.toCollection(TreeSet::new));
        this.complaints = complaints;
        known.add(FALLBACK);
    }

    /** The versions without their places; warns of namespaces that no policy has. */
    Map<String, Integer> versions(Map<String, Placed<Integer>> placed) {
        Map<String, Integer> versions = new LinkedHashMap<>();
        placed.forEach((name, version) -> {
            check(name, KEY.name(), version.place());
            versions.put(name, version.value());
        });
        return Collections.unmodifiableMap(versions);
    }

    /** Warns if no policy has a namespace. */
    void check(String name, String path, Place place) {
        if (!known.contains(name)) {
            complaints.warn(
                    place,
                    path + " names " + Text.quote(name) + ", which is the namespace of no policy",
                    Spelling.nearest(name, known)
                            .map(near -> "did you mean " + near + "?")
                            .orElse("the namespaces are "
                                    + known.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))));
        }
    }
}
