package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written as RFC 9651 §4.1 says is read as it was meant. */
class StructuredProperties {
    private static Arbitrary<Structured.Value> bare() {
        return Arbitraries.oneOf(
                Arbitraries.longs()
                        .between(-999_999_999_999_999L, 999_999_999_999_999L)
                        .map(Structured.Value.Whole::new),
                Combinators.combine(
                                Arbitraries.longs().between(-999_999_999_999L, 999_999_999_999L),
                                Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(3))
                        .as((whole, fraction) -> new Structured.Value.Decimal(whole + "." + fraction)),
                Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(12).map(Structured.Value.Text::new),
                Combinators.combine(
                                Arbitraries.of("a", "Z", "*"),
                                Arbitraries.strings()
                                        .withChars("azAZ09:/!#$%&'*+-.^_`|~")
                                        .ofMaxLength(8))
                        .as((first, rest) -> new Structured.Value.Token(first + rest)),
                Arbitraries.of(true, false).map(Structured.Value.Flag::new));
    }

    private static Arbitrary<Structured.Value> members() {
        return Arbitraries.oneOf(bare(), bare().list().ofMaxSize(4).map(Structured.Value.Inner::new));
    }

    private static Arbitrary<String> keys() {
        return Combinators.combine(
                        Arbitraries.of("a", "z", "*"),
                        Arbitraries.strings().withChars("az09_-.*").ofMaxLength(4))
                .as((first, rest) -> first + rest);
    }

    private static String text(Structured.Value value) {
        return switch (value) {
            case Structured.Value.Whole(long number) -> Long.toString(number);
            case Structured.Value.Decimal(String decimal) -> decimal;
            case Structured.Value.Text(String string) ->
                '"' + string.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            case Structured.Value.Token(String token) -> token;
            case Structured.Value.Flag(boolean on) -> on ? "?1" : "?0";
            case Structured.Value.Other(String other) -> other;
            case Structured.Value.Inner(List<Structured.Value> inner) ->
                "("
                        + String.join(
                                " ",
                                inner.stream().map(StructuredProperties::text).toList()) + ")";
        };
    }

    /** One member with parameters that mean nothing here, and white space where it may be. */
    record Written(Structured.Value value, String parameters, String separator) {
        String text() {
            return StructuredProperties.text(value) + parameters;
        }
    }

    @Provide
    Arbitrary<Written> written() {
        return Combinators.combine(
                        members(),
                        Arbitraries.of("", ";a", ";a=1;b=\"x,;\"", "; *x=?0"),
                        Arbitraries.of(",", ", ", "\t,  "))
                .as(Written::new);
    }

    @Provide
    Arbitrary<List<Written>> lists() {
        return written().list().ofMaxSize(5);
    }

    @Provide
    Arbitrary<Map<String, Written>> dictionaries() {
        return Arbitraries.maps(keys(), written()).ofMaxSize(5);
    }

    @Property
    void aListThatIsWrittenIsRead(@ForAll("lists") List<Written> list) {
        StringBuilder line = new StringBuilder("  ");
        for (int i = 0; i < list.size(); i++) {
            line.append(i == 0 ? "" : list.get(i).separator).append(list.get(i).text());
        }
        List<Structured.Value> meant = list.stream().map(Written::value).toList();
        assertThat(Structured.list(List.of(line.toString()))).isEqualTo(meant);
        assertThat(Structured.list(list.stream().map(Written::text).toList()))
                .as("a line each")
                .isEqualTo(meant);
        if (!list.isEmpty()) {
            assertThat(Structured.list(List.of(line + ","))).isNull();
            assertThat(Structured.list(List.of(line + " x"))).isNull();
        }
    }

    @Property
    void aDictionaryThatIsWrittenIsRead(@ForAll("dictionaries") Map<String, Written> dictionary) {
        Map<String, Structured.Value> meant = new LinkedHashMap<>();
        StringBuilder line = new StringBuilder();
        dictionary.forEach((key, member) -> {
            meant.put(key, member.value);
            line.append(line.isEmpty() ? "" : member.separator).append(key);
            boolean isTrue = member.value.equals(new Structured.Value.Flag(true));
            line.append(isTrue ? member.parameters : "=" + member.text());
        });
        assertThat(Structured.dictionary(List.of(line.toString()))).isEqualTo(meant);
        if (!meant.isEmpty()) {
            String first = meant.keySet().iterator().next();
            meant.put(first, new Structured.Value.Token("again"));
            assertThat(Structured.dictionary(List.of(line + "," + first + "=again")))
                    .as("the last counts")
                    .isEqualTo(meant);
        }
    }
}
