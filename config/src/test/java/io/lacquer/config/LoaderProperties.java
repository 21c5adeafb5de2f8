package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the text, loading ends in a configuration or in complaints with places, never in an exception. */
class LoaderProperties {
    private static final List<String> TEXTS = java.util.stream.Stream.of(
                    "good", "warned", "bad/meaning", "bad/syntax", "bad/structure")
            .flatMap(folder -> Golden.files(folder).stream())
            .map(Golden::read)
            .toList();
    private static final List<String> PIECES = List.of(
            "\t",
            "\n",
            ":",
            ": ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "${",
            "${A",
            "${EMPTY}",
            "${A:-",
            "&a ",
            "*a",
            "!t ",
            "|\n",
            ">\n",
            "#",
            "%",
            "null",
            "~",
            "-1",
            "99999999999999999999",
            "off",
            "\u0000",
            "\uFEFF",
            "\uD800",
            "ü",
            "---\n",
            "...\n",
            "<<: ",
            "? ",
            "0x",
            "1e9",
            "policies:\n",
            "  ");

    @Property(tries = 2000)
    void anyText(@ForAll String text) {
        check(text);
    }

    @Property(tries = 4000)
    void anyTextOfYamlPieces(@ForAll("pieces") List<String> pieces) {
        check(String.join("", pieces));
    }

    @Property(tries = 4000)
    void anyMutationOfARealFile(@ForAll("files") String file, @ForAll("mutations") List<Mutation> mutations) {
        String text = file;
        for (Mutation each : mutations) {
            text = each.apply(text);
        }
        check(text);
    }

    /** Replaces some characters, at a share of the length, by a piece. */
    record Mutation(double at, int length, String piece) {
        String apply(String text) {
            int start = (int) (at * text.length());
            int end = Math.min(text.length(), start + length);
            return text.substring(0, start) + piece + text.substring(end);
        }
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.of(PIECES).list().ofMaxSize(30);
    }

    @Provide
    Arbitrary<String> files() {
        return Arbitraries.of(TEXTS);
    }

    @Provide
    Arbitrary<List<Mutation>> mutations() {
        Arbitrary<Double> at = Arbitraries.doubles().between(0, 1);
        Arbitrary<Integer> length = Arbitraries.integers().between(0, 12);
        return net.jqwik.api.Combinators.combine(at, length, Arbitraries.of(PIECES))
                .as(Mutation::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    private static void check(String text) {
        Loaded loaded = new ConfigLoader().parse("f.yaml", text, Golden.ENV);
        boolean errors = loaded.complaints().stream().anyMatch(each -> each.severity() == Severity.ERROR);
        assertThat(loaded.config() == null).isEqualTo(errors);
        assertThat(loaded.complaints())
                .isSortedAccordingTo(Comparator.comparingInt(Complaint::line).thenComparingInt(Complaint::column));
        long lines = text.chars()
                        .filter(c -> c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029')
                        .count()
                + 2;
        assertThat(loaded.complaints()).allSatisfy(each -> {
            assertThat(each.line()).isBetween(1, (int) lines);
            assertThat(each.column()).isBetween(1, text.length() + 2);
            assertThat(each.toString()).doesNotContain("\n");
            assertThat(each.problem()).isNotBlank();
            assertThat(each.remedy()).isNotBlank();
        });
        if (loaded.config() != null) {
            new PolicyMatcher(loaded.config().policies()).match(new Facts("GET", "h", "/a/b", Map.of(), Map.of()));
        }
    }
}
