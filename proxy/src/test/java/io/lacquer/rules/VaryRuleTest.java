package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111 §4.1: which request fields select among variants. */
class VaryRuleTest {
    @Test
    void theFieldsOfEveryLineSortedWithoutCaseAndStar() {
        assertThat(VaryRule.fields(Given.headers("Vary: B, a | vary: A, *, c"))).containsExactly("a", "b", "c");
        assertThat(VaryRule.fields(Given.headers("X: y"))).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "white space beside commas           / A: x , y    / A: x,y         / true",
                "empty members may count             / A: x,,y     / A: x,y         / false",
                "lines may be joined                 / A: x | A: y / A: x, y        / true",
                "the order of members counts         / A: x, y     / A: y, x        / false",
                "values have case                    / A: x        / A: X           / false",
                "absent is not empty                 / B: 1        / A:             / false",
                "a quoted comma is no separator      / A: \"x,y\"  / A: \"x\",\"y\" / false",
                "other fields count for nothing      / A: x | B: 1 / A: x | B: 2    / true"
            })
    void sameVariantOfAnyField(String sentence, String one, String other, boolean same) {
        Map<String, String> first = VaryRule.nominated(List.of("a"), Given.headers(one));
        Map<String, String> second = VaryRule.nominated(List.of("a"), Given.headers(other));
        assertThat(first.equals(second)).isEqualTo(same);
        assertThat(VaryRule.variantText(first).equals(VaryRule.variantText(second)))
                .isEqualTo(same);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "white space may be added or removed / Accept: x, y            / Accept: x,y    / true",
                "empty members count for nothing     / Accept: x,, y           / Accept: x, y   / true",
                "lines may be joined                 / Accept: x | Accept: y   / Accept: x,y    / true",
                "the order of members counts         / Accept: x, y            / Accept: y, x   / false"
            })
    void sameVariantOfAListField(String sentence, String one, String other, boolean same) {
        Map<String, String> first = VaryRule.nominated(List.of("accept"), Given.headers(one));
        assertThat(first.equals(VaryRule.nominated(List.of("accept"), Given.headers(other))))
                .isEqualTo(same);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "order means nothing          // accept-encoding // gzip, br           // br,gzip     // true",
                "nor does case                // accept-language // DE                 // de          // true",
                "weights that are equal       // accept-language // de;q=1.0, en;q=0.5 // en;q=.50, de // false",
                "weights that are equal       // accept-language // de;q=1.0, en;q=0.5 // en;q=0.50,de // true",
                "weights that are not         // accept-language // de, en;q=0.5       // de, en;q=0.6 // false",
                "refused is not absent        // accept-encoding // gzip, br;q=0       // gzip        // false",
                "empty is not absent          // accept-encoding //                    // -           // false",
                "a comma is part of a cookie  // cookie          // a=1,  b=2          // a=1,b=2     // false",
                "and of an agent's name       // user-agent      // a, b               // a,b         // false"
            })
    void sameVariantByWhatTheFieldMeans(String sentence, String field, String one, String other, boolean same) {
        Map<String, String> first =
                VaryRule.nominated(List.of(field), io.lacquer.http.Headers.of(field, one == null ? "" : one));
        Map<String, String> second = VaryRule.nominated(
                List.of(field),
                other.equals("-") ? io.lacquer.http.Headers.EMPTY : io.lacquer.http.Headers.of(field, other));
        assertThat(first.equals(second)).isEqualTo(same);
    }
}
