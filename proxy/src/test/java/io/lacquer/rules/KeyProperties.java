package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Different requests never share a key; the same request always does. */
class KeyProperties {
    private static final Policy PARTS = Given.policy()
            .key(false, List.of(), List.of(), "x-a", "x-b")
            .varyBy(new Policy.VaryBy.Cookie("c"), new Policy.VaryBy.User())
            .build();

    /** What the origin is told, part by part; absent is null. */
    record Parts(String a, String b, String cookie, String user) {
        Headers headers() {
            Headers.Builder out = Headers.builder();
            if (a != null) {
                out.add("X-A", a);
            }
            if (b != null) {
                out.add("X-B", b);
            }
            if (cookie != null) {
                out.add("Cookie", "z=1; c=" + cookie);
            }
            if (user != null) {
                out.add("Authorization", user);
            }
            return out.build();
        }
    }

    @Provide
    Arbitrary<Parts> parts() {
        Arbitrary<String> value = Arbitraries.oneOf(
                        Arbitraries.of("", "-", "=", "h:x-b=1", "-h:x-b-", "1\th:x-b=2", "u:=", "c:c-", "~"),
                        Arbitraries.strings()
                                .withChars("=-hxabcu: ")
                                .ofMaxLength(6)
                                .map(String::strip))
                .injectNull(0.2);
        Arbitrary<String> cookie =
                value.map(text -> text == null ? null : text.replace(";", "").strip());
        return Combinators.combine(value, value, cookie, value).as(Parts::new);
    }

    private static String key(Parts parts) {
        return KeyRule.key("s", PARTS, Given.target("/"), parts.headers()).text();
    }

    @Property(tries = 5000)
    void aKeyIsInjective(@ForAll("parts") Parts one, @ForAll("parts") Parts other) {
        assertThat(key(one).equals(key(other))).isEqualTo(one.equals(other));
    }

    @Provide
    Arbitrary<String> queries() {
        return Arbitraries.strings().withChars("ab=&%2").ofMaxLength(16);
    }

    private static Map<String, List<String>> byName(String query) {
        Map<String, List<String>> byName = new TreeMap<>();
        for (String parameter : Query.parameters(query)) {
            byName.computeIfAbsent(Query.name(parameter), name -> Query.values(query, name));
        }
        return byName;
    }

    @Property(tries = 3000)
    void sortingIsIdempotentAndKeepsTheOrderOfRepeatedNames(@ForAll("queries") String query) {
        Policy.Key sorted = new Policy.Key(true, List.of(), List.of(), List.of());
        String once = KeyRule.query(sorted, query);
        assertThat(KeyRule.query(sorted, once)).isEqualTo(once);
        assertThat(byName(once)).isEqualTo(byName(query));
        assertThat(Query.parameters(once)).containsExactlyInAnyOrderElementsOf(Query.parameters(query));
    }

    @Property(tries = 3000)
    void droppingIsIdempotentAndLeavesNothingToDrop(@ForAll("queries") String query) {
        Policy.Key dropping = new Policy.Key(false, List.of("a*", "b"), List.of("ab*"), List.of());
        String once = KeyRule.query(dropping, query);
        assertThat(KeyRule.query(dropping, once)).isEqualTo(once);
        assertThat(Query.parameters(once)).allMatch(parameter -> {
            String name = Query.name(parameter);
            return (name.startsWith("a") || name.equals("b")) && !name.startsWith("ab");
        });
    }

    @Property(tries = 3000)
    void aVariantsTextIsInjective(@ForAll("parts") Parts one, @ForAll("parts") Parts other) {
        List<String> fields = List.of("x-a", "x-b");
        Map<String, String> first = VaryRule.nominated(fields, one.headers());
        Map<String, String> second = VaryRule.nominated(fields, other.headers());
        assertThat(VaryRule.variantText(first).equals(VaryRule.variantText(second)))
                .isEqualTo(first.equals(second));
    }

    @Provide
    Arbitrary<String> urls() {
        Arbitrary<String> piece = Arbitraries.of("/", ".", "..", "a", "%61", "%2e", "%20", "b", "~", "%7E", "//");
        Arbitrary<String> path = piece.list().ofMaxSize(8).map(pieces -> "/" + String.join("", pieces));
        return Combinators.combine(path, queries().injectNull(0.3))
                .as((its, query) -> query == null ? its : its + "?" + query);
    }

    @Provide
    Arbitrary<Policy.Key> counted() {
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.of(List.<String>of(), List.of("a*")),
                        Arbitraries.of(List.<String>of(), List.of("ab*", "b")))
                .as((sort, keep, drop) -> new Policy.Key(sort, keep, drop, List.of()));
    }

    @Property(tries = 3000)
    void aRequestNormalisedTwiceIsNormalisedOnce(@ForAll("urls") String url, @ForAll("counted") Policy.Key counted) {
        Policy policy = Given.policy()
                .key(counted.sortQuery(), counted.keep(), counted.drop())
                .build();
        String once = KeyRule.url(policy, Given.target(url));
        String asked = once.substring("http://example.org".length());
        assertThat(KeyRule.url(policy, Given.target(asked)))
                .as("what the origin is asked for has the key of what it was asked for")
                .isEqualTo(once);
    }

    @Property
    void aQuerysKeyIsInjective(
            @ForAll("parts") Parts one,
            @ForAll("parts") Parts other,
            @ForAll("queries") String a,
            @ForAll("queries") String b) {
        String first = withContent(one, a);
        assertThat(first.equals(withContent(other, b))).isEqualTo(one.equals(other) && a.equals(b));
        assertThat(first).isNotEqualTo(key(one));
    }

    private static String withContent(Parts parts, String content) {
        Headers headers = parts.headers();
        return KeyRule.withContent(KeyRule.key("s", PARTS, Given.target("/"), headers), headers, content)
                .text();
    }
}
