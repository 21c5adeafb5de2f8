package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directives for some caches only: RFC 9213, and Edge Architecture 1.0 before it. */
class TargetedControlTest {
    private static CacheControl of(String field, String value) {
        return TargetedControl.of(Headers.of(field, value), field);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "§2.1 an integer                     // max-age=60                     // max-age   // 60",
                "§2.1 zero                           // max-age=0                      // max-age   // 0",
                "§2.1 parameters are ignored         // max-age=60;a;b=\"c\", x        // max-age   // 60",
                "§2.1 the last of equal keys         // max-age=5, max-age=60          // max-age   // 60",
                "§2.1 more than delta-seconds        // max-age=999999999999999        // max-age   // 2147483647",
                "§2.1 a flag                         // max-age=60, no-store           // no-store  // 0",
                "§2.1 a flag that is off             // max-age=60, no-store=?0        // no-store  // -1",
                "§2.1 a flag that is on              // max-age=60, no-store=?1        // no-store  // 0",
                "§2.1 an unknown directive           // max-age=60, x=1.5, y=:YQ==:    // max-age   // 60",
                "RFC 5861 in a targeted field        // max-age=1, stale-if-error=30   // stale-if-error // 30"
            })
    void aDictionaryByRfc9213(String sentence, String value, String directive, long seconds) {
        CacheControl control = of("CDN-Cache-Control", value);
        assertThat(control).isNotNull();
        assertThat(control.seconds(directive)).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "max-age=\"60\"",
                "max-age=60.0",
                "max-age=-1",
                "max-age=x",
                "max-age",
                "max-age=(60)",
                "max-age=@60",
                "max-age=60,",
                "max-age=60; ",
                "Max-Age=60",
                "max-age=60 no-store",
                "max-age=60, stale-while-revalidate=soon",
                "max-age=60, s-maxage=\"1\"",
                "no-store=?0",
                "max-age=60, private=\"a"
            })
    void ignoredWholeByRfc9213Section2_1(String value) {
        assertThat(of("CDN-Cache-Control", value)).isNull();
    }

    @Test
    void fieldNamesCountAsInCacheControl() {
        CacheControl named = of("CDN-Cache-Control", "max-age=60, private=\"a, b\", no-cache=(\"a\")");
        assertThat(named.qualifying("private")).containsExactly("a", "b");
        assertThat(named.isUnqualified("no-cache"))
                .as("what is no string names no field")
                .isTrue();
        assertThat(TargetedControl.of(Headers.of("X", "y"), "CDN-Cache-Control"))
                .isNull();
        assertThat(TargetedControl.of(
                                Headers.of("CDN-Cache-Control", "max-age=1", "cdn-cache-control", "no-store"),
                                "CDN-Cache-Control")
                        .has("no-store"))
                .as("over two lines")
                .isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "seconds                                   // max-age=60                           // max-age // 60",
                "in any case                               // Max-Age=60                           // max-age // 60",
                "§3.3 fresh and then stale                 // max-age=30+60                        // max-age // 30",
                "§3.3 fresh and then stale                 // max-age=30+60                        //"
                        + " stale-while-revalidate // 60",
                "§3.3 fresh and then stale                 // max-age=30+60                        // stale-if-error"
                        + " // 60",
                "its own word before the sum               // max-age=30+60, stale-if-error=5      // stale-if-error"
                        + " // 5",
                "§3.2 of another device                    // max-age=60, max-age=5;other          // max-age // 60",
                "§3.2 of ours before that of all           // max-age=60, max-age=5;lacquer        // max-age // 5",
                "§3.2 whatever comes first                 // max-age=5;lacquer, max-age=60        // max-age // 5",
                "§3.2 in any case                          // max-age=60, max-age=5;LACQUER        // max-age // 5",
                "§3.2 one of several devices               // max-age=60, max-age=5;other;lacquer  // max-age // 5",
                "§3.2 ours lifts what holds for all        // no-store, max-age=5;lacquer          // no-store // -1",
                "§3.2 what others must not store           // no-store;other, max-age=5            // no-store // -1",
                "§3.2 what we must not store               // max-age=5, no-store;lacquer          // max-age // -1",
                "§3.2 what we must not store               // max-age=5, no-store;lacquer          // no-store // 0",
                "the first of equal ones                   // max-age=5, max-age=60                // max-age // 5",
                "content is nothing to us                  // content=\"ESI/1.0, x\", max-age=5    // max-age // 5"
            })
    void surrogateControlByEdgeArchitecture(String sentence, String value, String directive, long seconds) {
        CacheControl control = of("surrogate-control", value);
        assertThat(control).isNotNull();
        assertThat(control.seconds(directive)).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "content=\"ESI/1.0\"",
                "max-age=60;other",
                "no-store;other",
                "max-age=abc",
                "max-age=\"60\"",
                "max-age=30+",
                "max-age=+30",
                "max-age=1+2+3",
                ";",
                ",;,",
                "stale-if-error=60"
            })
    void aSurrogateControlThatSaysNothing(String value) {
        assertThat(of("Surrogate-Control", value)).isNull();
    }

    @Test
    void theGrammarGoesByTheField() {
        assertThat(of("CDN-Cache-Control", "max-age=30+60")).isNull();
        assertThat(of("Surrogate-Control", "max-age=30+60")).isNotNull();
        assertThat(List.of("My-Cache-Control", "cdn-cache-control"))
                .allSatisfy(field -> assertThat(of(field, "max-age=1")).isNotNull());
    }
}
