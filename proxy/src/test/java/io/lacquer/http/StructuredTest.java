package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9651: what its examples say, and what must not parse. */
class StructuredTest {
    private static Structured.Value item(String text) {
        List<Structured.Value> list = Structured.list(List.of(text));
        return list == null || list.size() != 1 ? null : list.getFirst();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "§3.3.1 integer            // 42                        // Whole[value=42]",
                "§3.3.1 leading zeros      // 007                       // Whole[value=7]",
                "§3.3.1 negative           // -0                        // Whole[value=0]",
                "§3.3.1 the largest        // 999999999999999           // Whole[value=999999999999999]",
                "§3.3.1 the smallest       // -999999999999999          // Whole[value=-999999999999999]",
                "§3.3.2 decimal            // 4.5                       // Decimal[text=4.5]",
                "§3.3.2 the longest        // -123456789012.123         // Decimal[text=-123456789012.123]",
                "§3.3.3 string             // \"hello world\"           // Text[value=hello world]",
                "§3.3.3 escapes            // \"a\\\"b\\\\\"            // Text[value=a\"b\\]",
                "§3.3.3 empty              // \"\"                      // Text[value=]",
                "§3.3.4 token              // foo123/456                // Token[value=foo123/456]",
                "§3.3.4 with a star first  // *a:b                      // Token[value=*a:b]",
                "§3.3.5 byte sequence      // :cHJldGVuZCB0aGlz: // Other[text=:cHJldGVuZCB0aGlz:]",
                "§4.2.7 without padding    // :aGVsbG8:                 // Other[text=:aGVsbG8:]",
                "§3.3.6 boolean            // ?1                        // Flag[value=true]",
                "§3.3.6 boolean            // ?0                        // Flag[value=false]",
                "§3.3.7 date               // @1659578233               // Other[text=@1659578233]",
                "§3.3.7 before 1970        // @-1                       // Other[text=@-1]",
                "§3.3.8 display string     // %\"This is %c3%bc\"       // Other[text=%\"This is %c3%bc\"]",
                "§3.1.1 inner list         // (\"foo\" \"bar\");a=1     // Inner[members=[Text[value=foo],"
                        + " Text[value=bar]]]",
                "§3.1.1 blanks within      // (  a   b )                // Inner[members=[Token[value=a],"
                        + " Token[value=b]]]",
                "§3.1.1 empty              // ()                        // Inner[members=[]]",
                "§3.1.2 parameters         // a; b; c=?0;d=\"x;y\"      // Token[value=a]",
                "§3.1.2 of a member within // (a;q=1.0 b;r)             // Inner[members=[Token[value=a],"
                        + " Token[value=b]]]"
            })
    void aValue(String section, String text, String value) {
        assertThat(item(text)).hasToString(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-",
                "--1",
                "- 1",
                "+1",
                "1.",
                ".5",
                "1.2345",
                "1234567890123.1",
                "1000000000000000",
                "1.0.0",
                "1e3",
                "\"a",
                "\"a\\",
                "\"a\\n\"",
                "\"\u00e9\"",
                "\"\t\"",
                "'a'",
                "\u00e9",
                "?2",
                "?",
                "?true",
                ":a",
                ":a b:",
                ":=aGVsbG8=:",
                ":aGVs-G8=:",
                "@1.5",
                "@",
                "@a",
                "%\"%C3%BC\"",
                "%\"%c\"",
                "%\"%ff\"",
                "%\"a",
                "%a",
                "(a",
                "(a,b)",
                "(a\"b\")",
                "((a))",
                "(a\tb)",
                "a;",
                "a;A",
                "a;b=",
                "a;b=(c)",
                "a ;b",
                "a b",
                "a,",
                ",a",
                "a,,b",
                "a, ,b",
                "\ta",
                "a\u0000",
                "\u0000"
            })
    void whatIsNone(String text) {
        assertThat(Structured.list(List.of(text))).isNull();
        assertThat(Structured.dictionary(List.of("a=" + text))).isNull();
    }

    @Test
    void lists() {
        assertThat(Structured.list(List.of("sugar, tea, rum"))).hasSize(3);
        assertThat(Structured.list(List.of("sugar, tea", "rum")))
                .as("§3.1 over several lines")
                .hasSize(3);
        assertThat(Structured.list(List.of("(\"foo\" \"bar\"), (\"baz\"), (\"bat\" \"one\"), ()")))
                .hasSize(4);
        assertThat(Structured.list(List.of("  a \t,\t b  "))).hasSize(2);
        assertThat(Structured.list(List.of(""))).isEmpty();
        assertThat(Structured.list(List.of())).isEmpty();
        assertThat(Structured.list(List.of("a", "", "b")))
                .as("§4.2 an empty line leaves a comma without a member")
                .isNull();
    }

    @Test
    void dictionaries() {
        assertThat(Structured.dictionary(List.of("en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:")))
                .containsOnlyKeys("en", "da");
        assertThat(Structured.dictionary(List.of("a=?0, b, c; foo=bar")))
                .containsExactly(
                        Map.entry("a", new Structured.Value.Flag(false)),
                        Map.entry("b", new Structured.Value.Flag(true)),
                        Map.entry("c", new Structured.Value.Flag(true)));
        assertThat(Structured.dictionary(List.of("rating=1.5, feelings=(joy sadness)")))
                .containsEntry("rating", new Structured.Value.Decimal("1.5"));
        assertThat(Structured.dictionary(List.of("foo=1", "bar=2"))).hasSize(2);
        assertThat(Structured.dictionary(List.of("a=1, b=2, a=3")))
                .as("§3.2 the last of equal keys")
                .containsEntry("a", new Structured.Value.Whole(3))
                .hasSize(2);
        assertThat(Structured.dictionary(List.of("*.-_a1"))).containsOnlyKeys("*.-_a1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A=1", "1a=1", "-a=1", "a =1", "a= 1", "a=", "=1", "a==1", "a=1;", "a=1 b=2", "\"a\"=1"})
    void whatIsNoDictionary(String text) {
        assertThat(Structured.dictionary(List.of(text))).isNull();
    }

    @Test
    void stringsOfNothingButStrings() {
        assertThat(Structured.strings(Structured.list(List.of("\"a\", \"b\";x"))))
                .containsExactly("a", "b");
        assertThat(Structured.strings(Structured.list(List.of("\"a\", b")))).isNull();
        assertThat(Structured.strings(null)).isNull();
    }
}
