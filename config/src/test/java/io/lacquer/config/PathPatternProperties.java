package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** Patterns against a matcher that is too simple to be wrong. */
class PathPatternProperties {
    @Property(tries = 5000)
    void matchesLikeTheReference(@ForAll("patterns") String pattern, @ForAll("paths") String path) {
        boolean expected = reference(segments(pattern), segments(path));
        Statistics.label("matches").collect(expected);
        assertThat(PathPattern.parse(pattern).matches(path, new Captures()))
                .as("%s on %s", pattern, path)
                .isEqualTo(expected);
    }

    @Property(tries = 5000)
    void whatIsCoveredIsMatched(
            @ForAll("patterns") String wide, @ForAll("patterns") String narrow, @ForAll("paths") String path) {
        boolean covers = PathPattern.parse(wide).covers(PathPattern.parse(narrow));
        boolean matched = PathPattern.parse(narrow).matches(path, new Captures());
        Statistics.label("covered and matched").collect(covers && matched);
        if (covers && matched) {
            assertThat(PathPattern.parse(wide).matches(path, new Captures()))
                    .as("%s covers %s, which takes %s", wide, narrow, path)
                    .isTrue();
        }
    }

    @Property
    void everyPatternCoversItself(@ForAll("patterns") String pattern) {
        assertThat(PathPattern.parse(pattern).covers(PathPattern.parse(pattern)))
                .isTrue();
    }

    @Property(tries = 3000)
    void anyTextIsReadOrRefusedInASentence(@ForAll String text) {
        try {
            PathPattern.parse("/" + text).matches("/" + text, new Captures());
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).contains("; ");
        }
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.of("a", "b", "ab", "", "*", "**", "**", "a*", "*b", "a*b", "*a*", "%20", "*0", "*%20")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(parts -> "/" + String.join("/", parts));
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of("a", "b", "ab", "aab", "", "aba", "%20", "a%20", "a0", "ba")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(parts -> "/" + String.join("/", parts));
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static boolean reference(List<String> pattern, List<String> path) {
        if (pattern.isEmpty()) {
            return path.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        if (pattern.getFirst().equals("**")) {
            return reference(rest, path) || (!path.isEmpty() && reference(pattern, path.subList(1, path.size())));
        }
        return !path.isEmpty()
                && text(units(pattern.getFirst()), units(path.getFirst()))
                && reference(rest, path.subList(1, path.size()));
    }

    /** {@code *} is one unit or more. */
    private static boolean text(List<String> pattern, List<String> text) {
        if (pattern.isEmpty() || text.isEmpty()) {
            return pattern.isEmpty() && text.isEmpty();
        }
        List<String> after = text.subList(1, text.size());
        if (pattern.getFirst().equals("*")) {
            return text(pattern.subList(1, pattern.size()), after) || text(pattern, after);
        }
        return pattern.getFirst().equals(text.getFirst()) && text(pattern.subList(1, pattern.size()), after);
    }

    /** Characters, and escapes as one. */
    private static List<String> units(String text) {
        return List.of(text.isEmpty() ? new String[0] : text.split("(?<!%)(?<!%[0-9A-F])(?=.)", -1));
    }
}
