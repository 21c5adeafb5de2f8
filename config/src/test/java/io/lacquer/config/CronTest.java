package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a cron comes next. Clocks go forward in Berlin on 2024-03-31 at 02:00, back on 2024-10-27 at 03:00. */
class CronTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    /** 2024-02-28 was a Wednesday. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        * * * * *            | 2024-02-28T12:00    | 2024-02-28T12:01
        * * * * *            | 2024-02-28T12:00:59 | 2024-02-28T12:01
        0 12 * * *           | 2024-02-28T12:00    | 2024-02-29T12:00
        0 12 * * *           | 2024-02-28T11:59:59 | 2024-02-28T12:00
        30 4 1 * *           | 2024-02-28T12:00    | 2024-03-01T04:30
        59 23 31 12 *        | 2024-02-28T12:00    | 2024-12-31T23:59
        0 0 1 1 *            | 2024-12-31T23:59    | 2025-01-01T00:00
        5,1,9 * * * *        | 2024-02-28T12:05    | 2024-02-28T12:09
        10-12 * * * *        | 2024-02-28T12:12    | 2024-02-28T13:10
        */20 * * * *         | 2024-02-28T12:40    | 2024-02-28T13:00
        5/20 * * * *         | 2024-02-28T12:25    | 2024-02-28T12:45
        10-30/9 * * * *      | 2024-02-28T12:19    | 2024-02-28T12:28
        0 */7 * * *          | 2024-02-28T21:00    | 2024-02-29T00:00
        0 0 29 2 *           | 2024-02-29T00:00    | 2028-02-29T00:00
        0 0 29 feb *         | 2096-02-29T00:00    | 2104-02-29T00:00
        0 0 29 FEB */7       | 2024-02-29T00:00    | 2032-02-29T00:00
        0 0 31 * *           | 2024-02-28T12:00    | 2024-03-31T00:00
        0 0 * jan-mar,DEC *  | 2024-03-31T00:00    | 2024-12-01T00:00
        0 0 * * 0            | 2024-02-28T12:00    | 2024-03-03T00:00
        0 0 * * 7            | 2024-02-28T12:00    | 2024-03-03T00:00
        0 0 * * Sun          | 2024-02-28T12:00    | 2024-03-03T00:00
        0 0 * * 5-7          | 2024-03-02T00:00    | 2024-03-03T00:00
        0 0 * * fri-sun      | 2024-03-03T00:00    | 2024-03-08T00:00
        0 0 * * mon-fri      | 2024-03-01T00:00    | 2024-03-04T00:00
        0 0 15 * thu         | 2024-02-28T12:00    | 2024-02-29T00:00
        0 0 15 * thu         | 2024-03-14T00:00    | 2024-03-15T00:00
        0 0 */2 * mon        | 2024-02-28T12:00    | 2024-03-11T00:00
        0 0 31 2 mon         | 2024-02-28T12:00    | 2025-02-03T00:00
        @hourly              | 2024-02-28T12:30    | 2024-02-28T13:00
        @daily               | 2024-02-28T12:30    | 2024-02-29T00:00
        @Weekly              | 2024-02-28T12:30    | 2024-03-03T00:00
        @monthly             | 2024-02-28T12:30    | 2024-03-01T00:00
        @yearly              | 2024-02-28T12:30    | 2025-01-01T00:00
        """)
    void next(String cron, LocalDateTime after, LocalDateTime next) {
        assertThat(Cron.parse(cron, ZoneOffset.UTC).next(after.toInstant(ZoneOffset.UTC)))
                .isEqualTo(next.toInstant(ZoneOffset.UTC));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        30 4 * * *   | 2024-01-10T03:30:00Z | 2024-01-11T03:30:00Z
        30 4 * * *   | 2024-07-10T00:00:00Z | 2024-07-10T02:30:00Z
        30 2 * * *   | 2024-03-31T00:00:00Z | 2024-03-31T01:00:00Z
        30 2 * * *   | 2024-03-31T01:00:00Z | 2024-04-01T00:30:00Z
        */10 2 * * * | 2024-03-31T00:59:00Z | 2024-03-31T01:00:00Z
        0 2,3 * * *  | 2024-03-31T01:00:00Z | 2024-04-01T00:00:00Z
        30 2 * * *   | 2024-10-27T00:00:00Z | 2024-10-27T00:30:00Z
        30 2 * * *   | 2024-10-27T00:30:00Z | 2024-10-28T01:30:00Z
        30 2 * * *   | 2024-10-27T01:10:00Z | 2024-10-28T01:30:00Z
        * * * * *    | 2024-10-27T00:59:00Z | 2024-10-27T02:00:00Z
        """)
    void whenClocksChange(String cron, Instant after, Instant next) {
        assertThat(Cron.parse(cron, BERLIN).next(after)).isEqualTo(next);
    }

    @Test
    void aDayThatAnIslandSkippedIsAtItsEnd() {
        assertThat(Cron.parse("0 12 30 12 *", ZoneId.of("Pacific/Apia")).next(Instant.parse("2011-12-01T00:00:00Z")))
                .isEqualTo("2011-12-30T10:00:00Z");
    }

    @Test
    void isWhatItsTextAndZoneAre() {
        Cron cron = Cron.parse(" 0 4  * * * ", ZoneOffset.UTC);
        assertThat(cron).hasToString("0 4  * * *").isEqualTo(Cron.parse("0 4  * * *", ZoneOffset.UTC));
        assertThat(cron.in(BERLIN)).isNotEqualTo(cron).isEqualTo(Cron.parse("0 4  * * *", BERLIN));
        assertThat(cron.in(BERLIN).in(ZoneOffset.UTC)).isEqualTo(cron).hasSameHashCodeAs(cron);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@",
                "* * * *",
                "* * * * * *",
                "0 0 30 2 *",
                "0 0 31 4,6,9,11 *",
                "0 0 31 2 */2",
                "-1 * * * *",
                "60 * * * *",
                "1-60 * * * *",
                "2-1 * * * *",
                "*/0 * * * *",
                "*/ * * * *",
                "1- * * * *",
                "1, * * * *",
                "** * * * *",
                "*-5 * * * *",
                "٣ * * * *",
                "99999999999 * * * *",
                "mon * * * *",
                "* * * * monday",
                "* * * sat *"
            })
    void refused(String text) {
        assertThatThrownBy(() -> Cron.parse(text, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("; ");
    }

    @Property(tries = 3000)
    void anyTextIsReadOrRefusedInASentence(@ForAll String text) {
        try {
            assertThat(Cron.parse(text, BERLIN).next(Instant.EPOCH)).isAfter(Instant.EPOCH);
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).contains("; ");
        }
    }
}
