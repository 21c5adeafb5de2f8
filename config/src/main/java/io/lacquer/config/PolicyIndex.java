package io.lacquer.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Policies by what their paths, hosts, parameters and headers have for certain, made once for a configuration. What it
 * leaves out of a search has no part in the outcome; what it finds is to be looked at, in order. So it decides nothing,
 * and a search never takes much longer than looking at all policies would.
 */
final class PolicyIndex {
    /** So few are looked at rather than told apart. */
    static final int FEW = 4;

    private final int policies;
    private final Finder root;
    private int marks;

    /** Of these, by their place. */
    PolicyIndex(List<Policy.Match> matches) {
        this.policies = matches.size();
        List<Entry> entries = new ArrayList<>(policies);
        for (Policy.Match match : matches) {
            entries.add(new Entry(entries.size(), match));
        }
        this.root = byPath(entries, 0);
    }

    /** What is to be looked at for a request to a host without its port. */
    Search search(RequestFacts request, String host) {
        Search search = new Search(request, host, policies + marks);
        root.find(search, 1);
        return search;
    }

    /** A policy's conditions and its place in the file. */
    private record Entry(int place, Policy.Match match) {
        Map<String, String> globs(boolean ofHeaders) {
            return ofHeaders ? match.headers() : match.query();
        }

        /** The same for all that agree but in the values of their headers. */
        List<?> butForHeaders() {
            return List.of(
                    match.hosts(),
                    match.path(),
                    match.methods(),
                    match.query(),
                    match.headers().keySet());
        }
    }

    private Finder byPath(List<Entry> entries, int depth) {
        if (entries.size() <= FEW) {
            return new All(entries);
        }
        List<Entry> here = new ArrayList<>();
        List<Entry> deep = new ArrayList<>();
        Map<Anchor, List<Entry>> next = new HashMap<>();
        Map<Anchor, List<Entry>> within = new HashMap<>();
        for (Entry entry : entries) {
            PathPattern path = entry.match.path();
            if (depth == path.size()) {
                here.add(entry);
            } else if (path.segment(depth) != Segment.DEEP) {
                put(next, path.segment(depth).anchor(), entry);
            } else {
                Anchor certain = behind(path, depth);
                if (certain.tells()) {
                    put(within, certain, entry);
                } else {
                    deep.add(entry);
                }
            }
        }
        return new PathNode(
                here.isEmpty() ? null : byHost(here),
                new Affixes(map(next, below -> byPath(below, depth + 1))),
                deep.isEmpty() ? null : byHost(deep),
                within.isEmpty() ? null : new Affixes(map(within, some -> once(byHost(some)))));
    }

    /** The best anchor of the segments behind {@code depth}: a whole one, the longest. */
    private static Anchor behind(PathPattern path, int depth) {
        Anchor best = Anchor.ANY;
        for (int i = depth + 1; i < path.size(); i++) {
            Anchor anchor = path.segment(i).anchor();
            boolean whole = anchor.kind() == Anchor.Kind.WHOLE;
            boolean better = whole == (best.kind() == Anchor.Kind.WHOLE)
                    ? anchor.text().length() > best.text().length()
                    : whole;
            best = better ? anchor : best;
        }
        return best;
    }

    private Finder byHost(List<Entry> entries) {
        Map<Anchor, List<Entry>> known = new HashMap<>();
        List<Entry> others = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.match.hosts().isEmpty()) {
                others.add(entry);
            }
            entry.match.hosts().stream().distinct().forEach(host -> put(known, Anchor.ofHost(host), entry));
        }
        if (entries.size() <= FEW || known.size() < 2) {
            return byValue(entries, false);
        }
        Map<List<Integer>, Finder> made = new HashMap<>(); // often many hosts have the same policies
        return new ByHost(
                new Affixes(map(
                        known,
                        some -> made.computeIfAbsent(
                                some.stream().map(Entry::place).toList(), unknown -> byValue(some, false)))),
                byValue(others, false));
    }

    /** Told apart by the parameter or header that has the most different values, then by the next one, then by headers. */
    private Finder byValue(List<Entry> entries, boolean ofHeaders) {
        if (entries.size() <= FEW) {
            return new All(entries);
        }
        Set<Integer> leading = ofHeaders ? leading(entries) : Set.of();
        String name = mostTelling(entries, leading, ofHeaders);
        if (name == null) {
            return ofHeaders ? new All(entries) : byValue(entries, true);
        }
        Map<Anchor, List<Entry>> known = new HashMap<>();
        List<Entry> others = new ArrayList<>();
        for (Entry entry : entries) {
            String glob = entry.globs(ofHeaders).get(name);
            if (glob == null || leading.contains(entry.place)) {
                others.add(entry);
            } else {
                put(known, Anchor.ofGlob(glob), entry);
            }
        }
        return new ByValue(
                ofHeaders,
                name,
                new Affixes(map(known, some -> once(byValue(some, ofHeaders)))),
                byValue(others, ofHeaders));
    }

    /**
     * The first of all that agree but in the values of their headers. Whether they match or not, the names of their
     * headers are part of the outcome; of the later ones they are once these were looked at.
     */
    private static Set<Integer> leading(List<Entry> entries) {
        Map<List<?>, Integer> first = new HashMap<>();
        entries.forEach(entry -> first.putIfAbsent(entry.butForHeaders(), entry.place));
        return new HashSet<>(first.values());
    }

    /** The name with the most different values, if it tells anything of a quarter of them; so that few are asked for. */
    private static @Nullable String mostTelling(List<Entry> entries, Set<Integer> leading, boolean ofHeaders) {
        Map<String, List<Anchor>> values = new TreeMap<>();
        for (Entry entry : entries) {
            if (!leading.contains(entry.place)) {
                entry.globs(ofHeaders)
                        .forEach((name, glob) -> values.computeIfAbsent(name, unknown -> new ArrayList<>())
                                .add(Anchor.ofGlob(glob)));
            }
        }
        String best = null;
        long most = 1;
        for (Map.Entry<String, List<Anchor>> each : values.entrySet()) {
            long different = each.getValue().stream().distinct().count();
            if (different > most && each.getValue().size() >= entries.size() / 4) {
                best = each.getKey();
                most = different;
            }
        }
        return best;
    }

    private Finder once(Finder of) {
        return new Once(policies + marks++, of);
    }

    private static void put(Map<Anchor, List<Entry>> into, Anchor anchor, Entry entry) {
        into.computeIfAbsent(anchor, unknown -> new ArrayList<>()).add(entry);
    }

    private static Map<Anchor, Finder> map(Map<Anchor, List<Entry>> entries, Function<List<Entry>, Finder> made) {
        Map<Anchor, Finder> finders = new LinkedHashMap<>();
        entries.forEach((anchor, some) -> finders.put(anchor, made.apply(some)));
        return finders;
    }

    /** All of some policies. */
    private static final class All implements Finder {
        private final int[] places;

        All(List<Entry> entries) {
            this.places = entries.stream().mapToInt(Entry::place).toArray();
        }

        @Override
        public void find(Search search, int at) {
            for (int place : places) {
                search.add(place);
            }
        }
    }

    /** What clients can make a search come to again and again, once. */
    private record Once(int mark, Finder of) implements Finder {
        @Override
        public void find(Search search, int at) {
            if (search.add(mark)) {
                of.find(search, at);
            }
        }
    }

    private record ByHost(Affixes known, Finder others) implements Finder {
        @Override
        public void find(Search search, int at) {
            known.find(search.host, 0, search.host.length(), search, at);
            others.find(search, at);
        }
    }

    /** By the values of a parameter or header. */
    private record ByValue(boolean ofHeaders, String name, Affixes known, Finder others) implements Finder {
        @Override
        public void find(Search search, int at) {
            List<String> values = ofHeaders ? search.request.header(name) : search.request.query(name);
            for (int i = 0; i < values.size(); i++) {
                String value = values.get(i);
                known.find(value, 0, value.length(), search, at);
            }
            others.find(search, at);
        }
    }
}
