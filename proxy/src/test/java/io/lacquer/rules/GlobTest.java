package io.lacquer.rules;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.lacquer.config.Glob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns with {@code *}. */
class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, b, false",
        "a, aa, false",
        "a, '', false",
        "'', '', true",
        "*, '', true",
        "*, abc, true",
        "a*, a, true",
        "a*, abc, true",
        "a*, ba, false",
        "*a, ba, true",
        "*a, ab, false",
        "a*c, abbc, true",
        "a*c, ac, true",
        "a*c, ab, false",
        "*b*, abc, true",
        "a**b, ab, true",
        "*a*b*, xaxbx, true",
        "*ab, aab, true",
        "A, a, false",
        "?, a, false",
        "., a, false",
        "[a], a, false"
    })
    void matches(String glob, String text, boolean expected) {
        assertThat(Glob.matches(glob, text)).isEqualTo(expected);
    }

    @Test
    void aHostilePatternTakesNoExponentialTime() {
        String glob = "a*".repeat(500) + "b";
        assertTimeout(
                ofSeconds(5),
                () -> assertThat(Glob.matches(glob, "a".repeat(5_000))).isFalse());
    }
}
