package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111 §4.2.3: how old a response was when it arrived. */
class AgeTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "apparent_age = response_time - date_value / Date: Sun, 06 Nov 1994 08:49:27 GMT / 0    / 10000",
                "max(0, ...): a Date of tomorrow           / Date: Mon, 07 Nov 1994 08:49:37 GMT / 0    / 0",
                "no Date                                   / X: y                                / 0    / 0",
                "a Date that is none                       / Date: yesterday                     / 0    / 0",
                "corrected = age_value + response_delay    / Age: 5                              / 2000 / 7000",
                "response_delay alone                      / X: y                                / 2000 / 2000",
                "a clock that went back                    / Age: 5                              / -2000 / 5000",
                "the larger of both: Age                   / Date: Sun, 06 Nov 1994 08:49:27 GMT | Age: 60 / 0 / 60000",
                "the larger of both: Date                  / Date: Sun, 06 Nov 1994 08:49:27 GMT | Age: 3 / 1000 /"
                        + " 10000",
                "§5.1 a list counts by its first member    / Age: 5, 7                           / 0    / 5000",
                "§5.1 two lines count by the first         / Age: 5 | Age: 7                     / 0    / 5000",
                "§5.1 what is no number is ignored         / Age: old                            / 0    / 0",
                "§5.1 negative is ignored                  / Age: -7                             / 0    / 0",
                "§1.2.2 overflow is capped                 / Age: 99999999999999999999           / 0    / 2147483647000"
            })
    void initial(String sentence, String fields, long delay, long millis) {
        assertThat(Age.initial(Given.headers(fields), Given.NOW - delay, Given.NOW))
                .isEqualTo(millis);
    }
}
