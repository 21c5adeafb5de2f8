package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which policy takes which request. */
class PolicyMatcherTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        path: /a                                | GET    | example.org      | /a   | true
        path: /a                                | GET    | example.org      | /b   | false
        path: /a, method: GET                   | GET    | example.org      | /a   | true
        path: /a, method: GET                   | HEAD   | example.org      | /a   | false
        path: /a, method: GET                   | get    | example.org      | /a   | false
        path: /a, method: [post, put]           | PUT    | example.org      | /a   | true
        path: /a, host: example.org             | GET    | example.org      | /a   | true
        path: /a, host: EXAMPLE.org             | GET    | example.org:8080 | /a   | true
        path: /a, host: example.org             | GET    | www.example.org  | /a   | false
        path: /a, host: '*.example.org'         | GET    | www.example.org  | /a   | true
        path: /a, host: '*.example.org'         | GET    | a.b.example.org:1| /a   | true
        path: /a, host: '*.example.org'         | GET    | example.org      | /a   | false
        path: /a, host: '*.example.org'         | GET    | .example.org     | /a   | false
        path: /a, host: '*.example.org'         | GET    | badexample.org   | /a   | false
        path: /a, host: ['a.org', example.org]  | GET    | example.org      | /a   | true
        path: /a, host: '[::1]'                 | GET    | [::1]:80         | /a   | true
        path: /a, host: '[::1]'                 | GET    | [::1]            | /a   | true
        """, quoteCharacter = '"')
    void byMethodHostAndPath(String match, String method, String host, String path, boolean expected) {
        Route route = matcher("{name: p, match: {" + match + "}}")
                .match(Facts.get(path).method(method).host(host));
        assertThat(route.policy() != null).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        header: {X-A: '1'}             | 1     | -   | true
        header: {X-A: '1'}             | 0,1   | -   | true
        header: {X-A: '1'}             | 11    | -   | false
        header: {X-A: '1*'}            | 11    | -   | true
        header: {X-A: '*a*b*'}         | xaxbx | -   | true
        header: {X-A: '*a*b'}          | xaxbx | -   | false
        header: {X-A: '*'}             | -     | -   | false
        query: {q: '*'}                | -     | x   | true
        query: {q: '*'}                | -     | -   | false
        query: {q: false}              | -     | false | true
        header: {X-A: '1'}, query: {q: '2'} | 1 | 2  | true
        header: {X-A: '1'}, query: {q: '2'} | 1 | 3  | false
        """, quoteCharacter = '"')
    void byHeaderAndQuery(String match, String header, String query, boolean expected) {
        Facts request = Facts.get("/a")
                .with(
                        header.equals("-") ? Map.of() : Map.of("x-a", header),
                        query.equals("-") ? Map.of() : Map.of("q", query));
        Route route = matcher("{name: p, match: {path: /a, " + match + "}}").match(request);
        assertThat(route.policy() != null).isEqualTo(expected);
    }

    @Test
    void theFirstWins() {
        PolicyMatcher matcher = matcher("{name: narrow, match: {path: /a}}, {name: wide, match: {path: /**}}");
        assertThat(matcher.match(Facts.get("/a")).policy().name()).isEqualTo("narrow");
        assertThat(matcher.match(Facts.get("/b")).policy().name()).isEqualTo("wide");
    }

    @Test
    void noneIsNone() {
        assertThat(matcher("{name: a, match: {path: /a}}").match(Facts.get("/b")))
                .isSameAs(Route.NONE);
        assertThat(Route.NONE.forStatus(200)).isNull();
    }

    @Test
    void capturesAreThoseOfThePolicy() {
        Route route = matcher("{name: other, match: {path: '/u/{x}/c'}}, {name: p, match: {path: '/u/{id}'}}")
                .match(Facts.get("/u/7"));
        assertThat(route.captures()).containsExactly(Map.entry("id", "7"));
    }

    @Test
    void policiesByStatusStandBeforeThePolicy() {
        PolicyMatcher matcher = matcher("""
            {name: gone, match: {path: '/u/{user}', status: [404, 410]}, ttl: 10s},
            {name: elsewhere, match: {path: /v, status: 500}, ttl: 1s},
            {name: failed, match: {path: /**, status: 5xx}, ttl: 1s},
            {name: missing, match: {path: /**, status: 404}, ttl: 1s},
            {name: p, match: {path: '/u/{id}'}, ttl: 5m},
            {name: after, match: {path: /**, status: 403}, ttl: 1s}
            """);
        Route route = matcher.match(Facts.get("/u/7"));
        assertThat(names(route.byStatus())).containsExactly("gone", "failed", "missing");
        assertThat(route.forStatus(404).name()).isEqualTo("gone");
        assertThat(route.forStatus(503).name()).isEqualTo("failed");
        assertThat(route.forStatus(200).name()).isEqualTo("p");
        assertThat(route.forStatus(403).name()).isEqualTo("p");
        assertThat(route.captures()).containsOnly(Map.entry("id", "7"), Map.entry("user", "7"));
    }

    @Test
    void policiesByStatusApplyWithoutAnother() {
        Route route = matcher("{name: gone, match: {path: '/{id}', status: 404}, ttl: 10s}")
                .match(Facts.get("/7"));
        assertThat(route.policy()).isNull();
        assertThat(route.forStatus(404).name()).isEqualTo("gone");
        assertThat(route.forStatus(200)).isNull();
        assertThat(route.captures()).containsExactly(Map.entry("id", "7"));
    }

    private static List<String> names(List<Policy> policies) {
        return policies.stream().map(Policy::name).toList();
    }

    private static PolicyMatcher matcher(String policies) {
        String yaml = "{version: 1, origins: {a: {servers: ['http://a']}}, policies: [" + policies + "]}";
        Loaded loaded = new ConfigLoader().parse("p.yaml", yaml, Map.of());
        if (loaded.config() == null) {
            throw new AssertionError(loaded.complaints());
        }
        return new PolicyMatcher(loaded.config().policies());
    }
}
