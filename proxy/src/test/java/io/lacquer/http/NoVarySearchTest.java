package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries that do not differ (draft-ietf-httpbis-no-vary-search): its examples, and what means nothing. */
class NoVarySearchTest {
    private static NoVarySearch of(String value) {
        return NoVarySearch.of(Headers.of("No-Vary-Search", value));
    }

    @ParameterizedTest(name = "{0}: {1} ~ {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                // rule | one query | another | the same
                "params            | a=1         | b=2           | true",
                "params            | none        | a=1           | true",
                "params=?1         | none        | ''            | true",
                "params=(\"a\")    | a=1&b=2     | a=2&b=2       | true",
                "params=(\"a\")    | a=1&b=2     | b=2           | true",
                "params=(\"a\")    | a=1&b=2     | a=1&b=3       | false",
                "params=(\"a\")    | b=2&c=3     | c=3&b=2       | false",
                "params=(\"a\")    | aa=1        | aa=2          | false",
                "params=(\"a\")    | %61=1       | b             | false",
                "params=(\"a\")    | %61=1&b     | b             | true",
                "params=(\"%61\")  | a=1         | none          | true",
                "params=(\"\")     | =1&b        | b             | true",
                "params, except=(\"a\")  | a=1&b=2   | b=3&a=1   | true",
                "params, except=(\"a\")  | a=1       | a=2       | false",
                "params, except=(\"a\")  | a=1&a=2   | a=2&a=1   | false",
                "params, except=()       | a=1       | b=2       | true",
                "key-order         | a=1&b=2     | b=2&a=1       | true",
                "key-order         | a=1&a=2     | a=2&a=1       | false",
                "key-order=?1      | b&a         | a=&b=         | true",
                "key-order, params=(\"a\") | c&a=1&b | b&c         | true",
                // as the draft says of any that is not the default
                "key-order         | none        | ''            | true",
                "key-order         | a=x         | %61=%78       | true",
                "key-order         | a=%f6       | a=%ef%bf%bd   | true",
                "key-order         | a=x&&&&     | a=x           | true",
                "key-order         | a=          | a             | true",
                "key-order         | a=%20       | a=+           | true",
                "key-order         | a=%2B       | a=+           | false",
                "key-order         | a=%26b      | a=&b          | false",
                "key-order         | a%3Db       | a=b           | false",
                "key-order         | a%3Db       | a=b%3D        | false",
                "key-order         | a=%         | a=%25         | true",
                "key-order         | a=%zz       | a=%25zz       | true",
                "key-order         | a=%2        | a=%252        | true",
                "key-order         | a=%0A       | a=%20         | false",
                "params=(\"%C3%A9+%E6%B0%97\") | %C3%A9%20%E6%B0%97=3 | %c3%a9+%e6%b0%97=4 | true",
                "x=1, key-order    | a&b         | b&a           | true"
            })
    void differ(String rule, String one, String other, boolean same) {
        NoVarySearch rules = of(rule);
        assertThat(rules.isDefault()).isFalse();
        assertThat(rules.canonical(one).equals(rules.canonical(other))).isEqualTo(same);
        assertThat(rules.canonical(one)).doesNotContain("\n").doesNotContain(" ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown-key",
                "key-order=\"not a boolean\"",
                "key-order=1",
                "params=\"not a boolean or inner list\"",
                "params=(not-a-string)",
                "params=(\"a\"), except=(\"x\")",
                "params=(), except=()",
                "params=?0, except=(\"x\")",
                "params, except=(not-a-string)",
                "params, except=\"not an inner list\"",
                "params, except=?1",
                "except=(\"x\")",
                "except=()",
                "params=?0",
                "params=()",
                "key-order=?0",
                "",
                "params,",
                "params=(\"a\"), key-order=x",
                "Params"
            })
    void everyDifferenceMatters(String value) {
        assertThat(of(value)).isEqualTo(NoVarySearch.DEFAULT);
    }

    @Test
    void byDefaultAQueryIsItsText() {
        assertThat(NoVarySearch.of(Headers.EMPTY)).isEqualTo(NoVarySearch.DEFAULT);
        assertThat(NoVarySearch.DEFAULT.canonical(null)).isNotEqualTo(NoVarySearch.DEFAULT.canonical(""));
        assertThat(NoVarySearch.DEFAULT.canonical("a")).isNotEqualTo(NoVarySearch.DEFAULT.canonical("%61"));
        assertThat(NoVarySearch.DEFAULT.canonical("-")).isNotEqualTo(NoVarySearch.DEFAULT.canonical(null));
    }
}
