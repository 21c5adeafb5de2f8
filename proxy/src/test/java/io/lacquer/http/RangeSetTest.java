package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@code Range} asks for, of a whole of ten bytes. */
class RangeSetTest {
    private static String within(String value, long complete) {
        return RangeSet.parse(value).within(complete).stream()
                .map(span -> span.first() + "-" + span.last())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "9110 §14.1.2 first and last           / bytes=0-4                    / 0-4",
                "9110 §14.1.2 one byte                 / bytes=9-9                    / 9-9",
                "9110 §14.1.2 to the end               / bytes=4-                     / 4-9",
                "9110 §14.1.2 beyond the end           / bytes=4-99                   / 4-9",
                "9110 §14.1.2 the last ones            / bytes=-4                     / 6-9",
                "9110 §14.1.2 more than there are      / bytes=-11                    / 0-9",
                "9110 §14.1.2 none of the last         / bytes=-0                     /",
                "9110 §14.1.2 behind the end           / bytes=10-                    /",
                "9110 §14.1.2 one there is, one not    / bytes=10-, 0-0               / 0-0",
                "9110 §14.1.2 in the order of the field / bytes=8-9,0-1,-1            / 8-9 0-1 9-9",
                "9110 §14.1 units have no case         / Bytes=0-0                    / 0-0",
                "9110 §5.6.1 empty members             / bytes=,0-0 ,, 2-2,           / 0-0 2-2",
                "9110 §14.1.1 larger than any number   / bytes=4-99999999999999999999 / 4-9",
                "9110 §14.1.1 larger than any number   / bytes=-99999999999999999999  / 0-9",
                "9110 §14.1.1 larger than any number   / bytes=99999999999999999999-  /",
                "leading zeros                         / bytes=00000000000000000-0    / 0-0"
            })
    void within(String sentence, String value, String spans) {
        assertThat(within(value, 10)).isEqualTo(spans == null ? "" : spans);
    }

    @Test
    void ofNothingThereIsNothing() {
        assertThat(within("bytes=0-", 0)).isEmpty();
        assertThat(within("bytes=-1", 0)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=5",
                "bytes=5-4",
                "bytes=0-1-2",
                "bytes=--1",
                "bytes=a-b",
                "bytes=0-b",
                "bytes=0x0-1",
                "bytes=+0-1",
                "bytes=0 - 1",
                "bytes=0-1;2-3",
                "bytes=0-1, x",
                "bytes 0-1",
                "bytes =0-1",
                "items=0-1",
                "bytes=\"0-1\"",
                "bytes=\u0661-\u0662"
            })
    void malformedOrAnotherUnit(String value) {
        assertThat(RangeSet.parse(value)).isNull();
    }

    @Test
    void ofARequest() {
        assertThat(RangeSet.of(Headers.of("range", "bytes=0-1")).specs()).hasSize(1);
        assertThat(RangeSet.of(Headers.EMPTY)).isNull();
        assertThat(RangeSet.of(Headers.of("Range", "bytes=0-1", "Range", "bytes=2-3")))
                .isNull();
    }

    @Test
    void spans() {
        Span span = new Span(2, 5);
        assertThat(span.length()).isEqualTo(4);
        assertThat(span.asRange()).isEqualTo("bytes=2-5");
        assertThat(span.holds(new Span(2, 5))).isTrue();
        assertThat(span.holds(new Span(1, 5))).isFalse();
        assertThat(span.holds(new Span(2, 6))).isFalse();
    }
}
