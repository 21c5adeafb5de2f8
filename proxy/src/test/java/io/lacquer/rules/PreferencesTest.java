package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.Headers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9110 §12.4.2, §12.5.3, §12.5.4: values that mean the same have one text. */
class PreferencesTest {
    private static Preferences of(String value) {
        return Preferences.of(List.of(value));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "the order means nothing              / gzip, br            / br,gzip",
                "case means nothing                   / GZip                / gzip",
                "white space means nothing            / gzip ; q=0.5        / gzip;q=0.500",
                "the most wanted first                / gzip;q=0.1,br;q=0.9 / br;q=0.900,gzip;q=0.100",
                "a weight of 1 is none                / gzip;q=1.000,br     / br,gzip",
                "x-gzip is gzip                       / x-gzip              / gzip",
                "x-compress is compress               / X-Compress;q=0.2    / compress;q=0.200",
                "refused is not absent                / gzip;q=0            / gzip;q=0.000",
                "0.000 is 0                           / gzip;q=0.000        / gzip;q=0.000",
                "three decimals                       / gzip;q=0.001        / gzip;q=0.001",
                "a point without decimals             / gzip;q=0.           / gzip;q=0.000",
                "Q has no case                        / gzip;Q=0.5          / gzip;q=0.500",
                "other parameters                     / gzip;a=b;q=0.5      / odd",
                "two weights                          / gzip;q=0.5;q=0.1    / odd",
                "what is no weight                    / gzip;q=x            / odd",
                "what is no weight                    / gzip;q=             / odd",
                "what is no weight                    / gzip;q              / odd",
                "what is no weight                    / gzip;q=.5           / odd",
                "what is no weight                    / gzip;q=-1           / odd",
                "what is no weight                    / gzip;q=0.1234       / odd",
                "a weight in two members              / gzip;q=0,5          / 5,gzip;q=0.000",
                "a weight beyond 1                    / gzip;q=9.9, br      / odd",
                "a name that comes twice              / gzip;q=0.1, gzip    / odd",
                "what is no name                      / gz ip               / odd",
                "empty members are none               / ,, gzip ,,          / gzip"
            })
    void canonical(String sentence, String value, String text) {
        Preferences read = of(value);
        assertThat(read == null ? "odd" : read.canonical()).isEqualTo(text);
        if (read != null) {
            assertThat(of(text).canonical()).isEqualTo(text);
        }
    }

    @Test
    void linesAreOneList() {
        assertThat(Preferences.of(List.of("b", "a")).canonical()).isEqualTo("a,b");
        assertThat(of("").canonical()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            nullValues = "none",
            value = {
                "de               / de",
                "de, en;q=0.9     / de",
                "en;q=0.9, de     / de",
                "de;q=0.2         / de",
                "de, en           / none",
                "de, en, fr;q=0.1 / none",
                "de;q=0.1, en;q=0.1, fr / fr",
                "de, *            / none",
                "de, *;q=0.1      / de",
                "*                / none",
                "de;q=0           / none",
                "''               / none"
            })
    void theOneThatIsWantedMost(String value, String first) {
        assertThat(of(value).first()).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({
        "'gzip', gzip, true",
        "'gzip, br', gzip, true",
        "'gzip;q=0.5, br;q=0.5', gzip, true",
        "'gzip;q=0.5, br', gzip, false",
        "'gzip;q=0', gzip, false",
        "'br', gzip, false",
        "'*', gzip, false",
        "'gzip;q=0.5, *', gzip, false",
        "'', gzip, false"
    })
    void noneIsWantedMore(String value, String coding, boolean most) {
        assertThat(of(value).wantsMost(coding)).isEqualTo(most);
    }

    @Test
    void whatWasAskedForInOddWordsIsPreferredByNobodyElse() {
        Map<String, String> varied =
                VaryRule.nominated(List.of("accept-language"), Given.headers("Accept-Language: de;x=y"));
        assertThat(VaryRule.isPreferred(varied, "de", null, Given.headers("Accept-Language: de")))
                .isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            nullValues = "none",
            value = {
                "in the language it wants      / Accept-Language: de, en;q=0.5 / de   / none / true",
                "in any case                   / Accept-Language: DE           / De   / none / true",
                "in another one                / Accept-Language: en           / de   / none / false",
                "in one of two                 / Accept-Language: de, en       / de   / none / false",
                "in one that has no name       / Accept-Language: de           / none / none / false",
                "a region is another language  / Accept-Language: de-AT        / de   / none / false",
                "in a coding it wants          / Accept-Encoding: gzip, br     / none / gzip / true",
                "in a coding it wants less     / Accept-Encoding: gzip;q=0.1, br / none / gzip / false",
                "no coding for a language      / Accept-Language: gzip         / none / gzip / false",
                "both, and both fit            / Accept-Language: de | Accept-Encoding: br / de / br / true",
                "both, and one fits            / Accept-Language: de | Accept-Encoding: br / de / gzip / false",
                "another field differs         / Accept-Language: de | X: 2    / de   / none / false"
            })
    void aVariantThatWillDo(String sentence, String request, String language, String coding, boolean preferred) {
        Headers asked = Given.headers(request);
        Map<String, String> varied = new java.util.TreeMap<>(
                VaryRule.nominated(List.of("accept-language", "accept-encoding", "x"), Given.headers("X: 1")));
        varied.keySet().removeIf(field -> !asked.has(field));
        assertThat(VaryRule.isPreferred(varied, language, coding, asked)).isEqualTo(preferred);
    }
}
