package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** A policy that is said never to be reached is never reached. */
class ReachabilityProperties {
    private static final Policy PLAIN =
            Golden.policy("name: p, match: {path: /a}").config().policies().getFirst();

    @Property(tries = 10_000)
    void whatIsCoveredIsTakenByTheFirst(
            @ForAll("matches") Policy.Match first,
            @ForAll("matches") Policy.Match second,
            @ForAll("requests") Facts request) {
        boolean covers = Reachability.covers(first, second);
        boolean taken = takes(second, request);
        Statistics.label("covered and taken").collect(covers && taken);
        if (covers && taken) {
            assertThat(takes(first, request))
                    .as("%s covers %s on %s", first, second, request)
                    .isTrue();
        }
    }

    @Provide
    Arbitrary<Policy.Match> matches() {
        return Combinators.combine(
                        Arbitraries.<List<String>>of(
                                List.of(),
                                List.of("a.org"),
                                List.of("*.a.org"),
                                List.of("b.a.org"),
                                List.of("*.b.a.org", "a.org")),
                        Arbitraries.of("/**", "/a", "/a/**").map(PathPattern::parse),
                        Arbitraries.<List<String>>of(List.of(), List.of("GET"), List.of("GET", "POST")),
                        globs(),
                        globs())
                .as((hosts, path, methods, headers, query) ->
                        new Policy.Match(hosts, path, methods, headers, query, List.of()));
    }

    @Provide
    Arbitrary<Facts> requests() {
        Arbitrary<Map<String, String>> values =
                Arbitraries.<Map<String, String>>of(Map.of(), Map.of("k", "1"), Map.of("k", "2"));
        return Combinators.combine(
                        Arbitraries.of("GET", "POST"),
                        Arbitraries.of("a.org", "b.a.org", "c.b.a.org"),
                        Arbitraries.of("/a", "/a/b"),
                        values,
                        values)
                .as(Facts::new);
    }

    private static Arbitrary<Map<String, String>> globs() {
        return Arbitraries.<Map<String, String>>of(Map.of(), Map.of("k", "*"), Map.of("k", "1"), Map.of("k", "1*"));
    }

    private static boolean takes(Policy.Match match, Facts request) {
        Policy changed = new Policy(
                "p",
                "p",
                match,
                "api",
                true,
                Mode.RESPECT,
                PLAIN.ttl(),
                null,
                null,
                null,
                Policy.TARGETS,
                List.of(),
                Policy.Key.DEFAULT,
                List.of(),
                PLAIN.clientDirectives(),
                false,
                PLAIN.setCookie(),
                Policy.Bypass.NONE,
                null,
                false,
                List.of(),
                Policy.Across.OFF);
        return new PolicyMatcher(List.of(changed)).match(request).policy() != null;
    }
}
