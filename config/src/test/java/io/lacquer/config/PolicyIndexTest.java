package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of many policies few are looked at. */
class PolicyIndexTest {
    private static final int MANY = 400;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        path: '/service#/{id}/**'                 | /service399/7/x/y
        path: '/v1/a#/{x}'                        | /v1/a399/7
        path: '/{kind}/{size}/x#'               | /c/1/x399
        path: '/a/{x}/b#'                         | /a/7/b399
        path: '/a/{x}-b/c#/**'                    | /a/7-b/c399/d
        path: '/b#-{x}'                           | /b399-7
        path: '/{x}.e#'                           | /7.e399
        path: /a/**/b#                          | /a/b/c/b399
        path: /**/b#/**                         | /a/b/c/b399/d
        path: '/**/{x}/b#-*'                      | /a/b/c/b399-7
        path: /**/*.e#                          | /a/b/7.e399
        path: /a#/**/c                          | /a399/b/c
        path: /**, host: h#.example.org         | /a
        path: /**, host: '*.h#.example.org'     | /a
        path: '/a/{x}', host: [h#.org, g#.org, h#.example.org] | /a/1
        path: /**, header: {X-A: v#}            | /a
        path: /**, header: {X-A: v#-*, X-B: '1'} | /a
        path: /**, query: {q: v#}               | /a
        path: /**, query: {q: '*-v#', p: '*'}   | /a
        path: /**, host: '*.example.org', header: {X-B: '1', X-A: v#} | /a
        path: /a#, method: GET, status: 404     | /a399
        path: '/a#/{x}', header: {X-B: '1'}, query: {p: '*'} | /a399/7
        """, quoteCharacter = '"')
    void fewAreLookedAt(String match, String path) {
        String host = match.contains("*.h") ? "a.h399.example.org" : "h399.example.org";
        String value = match.contains("-v") ? "7-v399" : match.contains("-*") ? "v399-7" : "v399";
        Facts request = new Facts("GET", host, path, Map.of("x-a", value, "x-b", "1"), Map.of("q", value, "p", "1"));
        assertThat(found(matches(match), request)).contains(MANY - 1).hasSizeLessThanOrEqualTo(PolicyIndex.FEW);
    }

    @Test
    void whatTellsNothingApartIsLookedAt() {
        List<Policy.Match> same = matches("path: /a, status: 404");
        assertThat(found(same, Facts.get("/a"))).hasSize(MANY);
        assertThat(found(same, Facts.get("/b"))).isEmpty();
    }

    @Test
    void aLongPathFindsEachOnce() {
        List<Policy.Match> nested = new ArrayList<>(matches("path: /**/a#"));
        nested.addAll(matches("path: /a0/**/a#"));
        String all =
                String.join("/", IntStream.range(0, MANY).mapToObj(i -> "a" + i).toList());
        assertThat(found(nested, Facts.get("/" + (all + "/").repeat(5)))).hasSize(2 * MANY);
    }

    private static List<Integer> found(List<Policy.Match> matches, Facts request) {
        Search search = new PolicyIndex(matches).search(request, request.host());
        List<Integer> found = new ArrayList<>();
        for (int i = search.next(0, matches.size()); i < matches.size(); i = search.next(i + 1, matches.size())) {
            found.add(i);
        }
        return found;
    }

    /** Those of a thousand policies, with a number in place of each hash sign. */
    private static List<Policy.Match> matches(String match) {
        List<String> policies = IntStream.range(0, MANY)
                .mapToObj(i -> "{name: p%d, ttl: 1s, match: {%s}}".formatted(i, match.replace("#", "" + i)))
                .toList();
        Loaded loaded = new ConfigLoader()
                .parse(
                        "p.yaml",
                        "{version: 1, origins: {a: {servers: ['http://a']}}, policies: [" + String.join(",\n", policies)
                                + "]}",
                        Map.of());
        if (loaded.config() == null) {
            throw new AssertionError(loaded.complaints());
        }
        return loaded.config().policies().stream().map(Policy::match).toList();
    }
}
