package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** The matcher says what looking at one policy after the other says. */
class PolicyMatcherProperties {
    private static final String FACE = "\ud83d\ude00";

    /** Policies, and requests to paths that some of them may take. */
    record Case(List<Policy> policies, List<Facts> requests) {}

    @Property(tries = 1_000)
    void matchesLikeTheReference(@ForAll("cases") Case given) {
        PolicyMatcher matcher = new PolicyMatcher(given.policies);
        for (Facts request : given.requests) {
            Route expected = LinearMatcher.match(given.policies, request);
            Statistics.label("a policy").collect(expected.policy() != null);
            Statistics.label("by status").collect(expected.byStatus().size());
            Statistics.label("steered").collect(expected.steeredBy().size());
            Statistics.label("captures").collect(expected.captures().size());
            assertThat(matcher.match(request))
                    .as(() -> given.policies.stream().map(Policy::match).toList() + "\non " + request)
                    .isEqualTo(expected);
        }
    }

    /** Of a few paths, so that several policies have the same; with few conditions, so that they are told apart by them. */
    @Provide
    Arbitrary<Case> cases() {
        return patterns()
                .list()
                .ofMinSize(1)
                .ofMaxSize(12)
                .flatMap(patterns -> Combinators.combine(
                                matches(patterns).list().ofMaxSize(40),
                                requests(patterns).list().ofSize(20))
                        .as((matches, requests) -> new Case(numbered(matches), requests)));
    }

    private static Arbitrary<Facts> requests(List<PathPattern> patterns) {
        return Combinators.combine(
                        Arbitraries.of("GET", "GET", "POST"),
                        Arbitraries.of("a.org", "a.org", "b.a.org", "c.b.a.org:80", "xa.org", "b.org", "", "[::1]:80"),
                        paths(patterns),
                        values("x-a", "x-b"),
                        values("q", "p"))
                .as(Facts::new);
    }

    /** What a pattern takes, mostly: words for its wildcards; now and then any other path, or none. */
    private static Arbitrary<String> paths(List<PathPattern> patterns) {
        Arbitrary<List<String>> words = Arbitraries.of(
                        "a", "a", "b", "b", "ab", "aab", "", "aba", "%20", "a%20", "a0", "ba", "%2Fa", "c")
                .list()
                .ofSize(8);
        return Arbitraries.frequencyOf(
                Tuple.of(
                        30, Combinators.combine(Arbitraries.of(patterns), words).as(PolicyMatcherProperties::filled)),
                Tuple.of(
                        8,
                        words.map(some -> "/"
                                + String.join(
                                        "/", some.subList(0, 1 + some.getLast().length())))),
                Tuple.of(1, Arbitraries.of("*", "", "/")));
    }

    private static String filled(PathPattern pattern, List<String> words) {
        StringBuilder path = new StringBuilder();
        int word = 0;
        for (String segment : pattern.toString().substring(1).split("/", -1)) {
            if (segment.equals("**")) {
                for (int i = words.get(word++ % words.size()).length(); i > 1; i--) {
                    path.append('/').append(words.get(word++ % words.size()));
                }
                continue;
            }
            path.append('/');
            for (String piece : segment.split("(?=[{*])|(?<=[}*])")) {
                boolean wild = piece.equals("*") || piece.startsWith("{");
                path.append(wild ? words.get(word++ % words.size()) : Percent.normalise(piece));
            }
        }
        return path.toString();
    }

    private static Arbitrary<PathPattern> patterns() {
        return Arbitraries.of(
                        "a", "a", "b", "b", "ab", "", "*", "{N}", "{N}", "**", "**", "a*", "a{N}", "*b", "{N}b", "a*b",
                        "*a*", "%20", "*0", "*%20", "%2f*", "a{N}a", "*a*b*")
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(parts -> {
                    List<String> named = new ArrayList<>();
                    for (String part : parts) {
                        named.add(part.replace("{N}", "{n" + named.size() + "}"));
                    }
                    return PathPattern.parse("/" + String.join("/", named));
                });
    }

    private static Arbitrary<Policy.Match> matches(List<PathPattern> paths) {
        return Combinators.combine(
                        Arbitraries.<List<String>>of(
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of("a.org"),
                                List.of("*.a.org"),
                                List.of("b.a.org"),
                                List.of("*.b.a.org", "a.org"),
                                List.of("[::1]", "b.org", "a.org")),
                        Arbitraries.of(paths),
                        Arbitraries.<List<String>>of(List.of(), List.of(), List.of("GET"), List.of("GET", "POST")),
                        globs("x-a", "x-b"),
                        globs("q", "p"),
                        Arbitraries.<List<Integer>>of(List.of(), List.of(), List.of(), List.of(404), List.of(500, 404)))
                .as(Policy.Match::new);
    }

    private static Arbitrary<Map<String, String>> globs(String one, String other) {
        Arbitrary<String> globs = Arbitraries.of(
                "1", "2", "12", "*", "1*", "*1", "*2*", "1*2", "12*", "", FACE, "*" + FACE, "*1" + FACE, "*\ude00");
        return Arbitraries.frequencyOf(
                Tuple.of(14, Arbitraries.just(Map.of())),
                Tuple.of(3, globs.map(glob -> Map.of(one, glob))),
                Tuple.of(1, globs.map(glob -> Map.of(other, glob))),
                Tuple.of(
                        1, Combinators.combine(globs, globs).as((first, second) -> Map.of(one, first, other, second))));
    }

    private static Arbitrary<Map<String, String>> values(String one, String other) {
        Arbitrary<String> values =
                Arbitraries.of("1", "2", "12", "121", "", "1,2", "3,12,1", "0", FACE, "1" + FACE, "0" + FACE);
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(Map.of())),
                Tuple.of(2, values.map(value -> Map.of(one, value))),
                Tuple.of(
                        2,
                        Combinators.combine(values, values).as((first, second) -> Map.of(one, first, other, second))));
    }

    private static List<Policy> numbered(List<Policy.Match> matches) {
        List<Policy> policies = new ArrayList<>();
        matches.forEach(match -> policies.add(LinearMatcher.policy("p" + policies.size(), match)));
        return policies;
    }
}
