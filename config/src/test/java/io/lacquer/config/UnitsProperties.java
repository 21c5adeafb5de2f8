package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Durations and sizes are read as they are written. */
class UnitsProperties {
    @Property
    void durationsRoundTrip(@ForAll @LongRange(min = 0, max = 3650L * 86_400_000) long millis) {
        Duration duration = Duration.ofMillis(millis);
        assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }

    @Property
    void sizesRoundTrip(@ForAll @LongRange(min = 0) long bytes) {
        assertThat(Sizes.parse(Sizes.format(bytes))).isEqualTo(bytes);
    }

    @Property
    void aSumIsTheSumOfItsParts(
            @ForAll @LongRange(min = 0, max = 100) long days,
            @ForAll @LongRange(min = 0, max = 100) long minutes,
            @ForAll @LongRange(min = 0, max = 100) long millis) {
        assertThat(Durations.parse(days + "d" + minutes + "m " + millis + "ms"))
                .isEqualTo(Duration.ofDays(days).plusMinutes(minutes).plusMillis(millis));
    }

    @Property(tries = 3000)
    void anyTextIsReadOrRefusedInASentence(@ForAll String text) {
        try {
            assertThat(Durations.parse(text)).isGreaterThanOrEqualTo(Duration.ZERO);
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).contains("; ");
        }
        try {
            assertThat(Sizes.parse(text)).isNotNegative();
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).contains("; ");
        }
    }

    @Example
    void unitsMeanWhatTheySay() {
        assertThat(Durations.parse("1h30m")).hasMinutes(90);
        assertThat(Durations.parse("1m")).hasSeconds(60);
        assertThat(Durations.parse("10s 500ms")).hasMillis(10_500);
        assertThat(Durations.parse("0")).isZero();
        assertThat(Sizes.parse("1MiB")).isEqualTo(1_048_576);
        assertThat(Sizes.parse("1MB")).isEqualTo(1_000_000);
        assertThat(Sizes.parse("3kB")).isEqualTo(3000);
        assertThat(Sizes.parse("2 GiB")).isEqualTo(2L << 30);
        assertThat(Sizes.parse("0")).isZero();
    }

    @Example
    void aBareNumberIsToldItsUnit() {
        assertThatThrownBy(() -> Durations.parse("60")).hasMessage("the duration \"60\" needs a unit; write 60s");
        assertThatThrownBy(() -> Sizes.parse("60")).hasMessage("the size \"60\" needs a unit; write 60B");
    }

    @Example
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> Durations.parse("99999999999999999999s")).hasMessageContaining("too large");
        assertThatThrownBy(() -> Durations.parse("9223372036854775807d")).hasMessageContaining("too large");
        assertThatThrownBy(() -> Sizes.parse("9223372036854775807B 9223372036854775807B"))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> Durations.parse("1.5h")).isInstanceOf(IllegalArgumentException.class);
    }
}
