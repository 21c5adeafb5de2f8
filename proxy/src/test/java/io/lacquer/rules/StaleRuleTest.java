package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When stale is better than nothing (RFC 9111 §4.2.4, RFC 5861 §4). */
class StaleRuleTest {
    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '/',
            value = {
                "5861 §4 within                   / max-age=60, stale-if-error=10                  / 69 / true",
                "5861 §4 outside                  / max-age=60, stale-if-error=10                  / 70 / false",
                "no window, no stale              / max-age=60                                     / 61 / false",
                "9111 §5.2.2.2 must-revalidate    / max-age=60, must-revalidate, stale-if-error=10 / 61 / false",
                "9111 §5.2.2.8 proxy-revalidate   / max-age=60, proxy-revalidate, stale-if-error=10 / 61 / false",
                "9111 §5.2.2.4 no-cache           / no-cache, stale-if-error=10                    / 1  / false",
                "s-maxage with an explicit window / s-maxage=60, stale-if-error=10                 / 61 / true",
                "a value that is no number        / max-age=60, stale-if-error=abc                 / 61 / false"
            })
    void onAnError(String sentence, String control, int age, boolean allowed) {
        assertThat(StaleRule.ifError(
                        Given.stored("Cache-Control: " + control), Given.NONE, age * 1_000_000_000L, Long.MAX_VALUE))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            value = {
                "respect  / max-age=60                    / 89  / true",
                "respect  / max-age=60, stale-if-error=5  / 89  / false",
                "override / max-age=60, stale-if-error=5  / 629 / true",
                "override / no-cache                      / 629 / true",
                "override / must-revalidate               / 629 / false",
                "override / max-age=60                    / 630 / false"
            })
    void underAPolicyOf600SecondsAndAWindowOf30(String mode, String control, int age, boolean allowed) {
        Policy policy = Given.policy(mode, 600).stale(0, 30).build();
        assertThat(StaleRule.ifError(
                        Given.stored("Cache-Control: " + control), policy, age * 1_000_000_000L, Long.MAX_VALUE))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "'max-age=1, stale-while-revalidate=5, stale-if-error=9', 9000",
        "'max-age=1, stale-while-revalidate=5', 5000",
        "max-age=1, 0",
        "'must-revalidate, stale-if-error=9', 0"
    })
    void theLongestWindowIsHowLongItIsWorthKeeping(String control, long millis) {
        assertThat(StaleRule.longestWindow(Given.stored("Cache-Control: " + control), Given.NONE))
                .isEqualTo(millis);
    }
}
