package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Two queries have one text exactly where the draft's comparison, done by hand, finds them equivalent. */
class NoVarySearchProperties {
    /** A parameter, decoded. */
    record Pair(String name, String value) {}

    @Provide
    Arbitrary<String> queries() {
        Arbitrary<String> piece = Arbitraries.of(
                "a", "b", "=", "&", "+", "%20", "%61", "%3D", "%26", "%25", "%", "%zz", "%f6", "%C3%A9", "%c3", "%a9",
                "1");
        return piece.list().ofMaxSize(7).map(pieces -> String.join("", pieces)).injectNull(0.05);
    }

    @Provide
    Arbitrary<NoVarySearch> rules() {
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.of("a", "b", "", "é", "a b", "=", "%").set().ofMaxSize(3))
                .as(NoVarySearch::new);
    }

    /** WHATWG URL §5.1, octet by octet. */
    private static List<Pair> pairs(String query) {
        List<Pair> pairs = new ArrayList<>();
        for (String sequence : (query == null ? "" : query).split("&")) {
            if (!sequence.isEmpty()) {
                String[] parts = sequence.split("=", 2);
                pairs.add(new Pair(decoded(parts[0]), parts.length == 1 ? "" : decoded(parts[1])));
            }
        }
        return pairs;
    }

    private static String decoded(String text) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' && text.substring(i).matches("(?s)%[0-9A-Fa-f]{2}.*")) {
                octets.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                octets.write(c == '+' ? ' ' : c);
            }
        }
        return octets.toString(StandardCharsets.UTF_8);
    }

    private static List<Pair> significant(NoVarySearch rules, String query) {
        List<Pair> pairs = pairs(query);
        pairs.removeIf(pair -> rules.all() != rules.names().contains(pair.name));
        if (rules.keyOrder()) {
            pairs.sort(Comparator.comparing(Pair::name));
        }
        return pairs;
    }

    @Property(tries = 5000)
    void queriesHaveOneTextWhereTheyAreEquivalent(
            @ForAll("rules") NoVarySearch rules, @ForAll("queries") String one, @ForAll("queries") String other) {
        boolean equivalent = rules.equals(NoVarySearch.DEFAULT)
                ? java.util.Objects.equals(one, other)
                : significant(rules, one).equals(significant(rules, other));
        assertThat(rules.canonical(one).equals(rules.canonical(other))).isEqualTo(equivalent);
    }

    @Property(tries = 3000)
    void shuffledAndSpelledOtherwiseAQueryStaysItself(
            @ForAll("rules") NoVarySearch rules, @ForAll("queries") String query, @ForAll int seed) {
        List<Pair> pairs = new ArrayList<>(pairs(query));
        NoVarySearch unordered = new NoVarySearch(true, rules.all(), rules.names());
        List<Pair> shuffled = new ArrayList<>(pairs);
        java.util.Collections.shuffle(shuffled, new java.util.Random(seed));
        List<String> spelled = new ArrayList<>();
        for (Pair pair : inOrderPerName(pairs, shuffled)) {
            spelled.add(spelled(pair.name) + "=" + spelled(pair.value));
        }
        assertThat(unordered.canonical(String.join("&", spelled))).isEqualTo(unordered.canonical(query));
    }

    private static int indexOfName(List<Pair> pairs, String name) {
        for (int i = 0; i < pairs.size(); i++) {
            if (pairs.get(i).name.equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** The names as shuffled, the values of each name as they came. */
    private static List<Pair> inOrderPerName(List<Pair> original, List<Pair> shuffled) {
        List<Pair> left = new ArrayList<>(original);
        List<Pair> ordered = new ArrayList<>();
        for (Pair pair : shuffled) {
            ordered.add(left.remove(indexOfName(left, pair.name)));
        }
        return ordered;
    }

    private static String spelled(String text) {
        StringBuilder all = new StringBuilder();
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            all.append(String.format("%%%02x", octet & 0xff));
        }
        return all.toString();
    }

    @Property
    void aRuleIsReadAsItIsWritten(@ForAll("rules") NoVarySearch rules) {
        List<String> names =
                rules.names().stream().map(name -> '"' + spelled(name) + '"').toList();
        String inner = "=(" + String.join(" ", names) + ")";
        String field = "key-order=" + (rules.keyOrder() ? "?1" : "?0") + (rules.all() ? ", params, except" : ", params")
                + inner;
        assertThat(NoVarySearch.of(Headers.of("No-Vary-Search", field))).isEqualTo(rules);
    }
}
