package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110 §14.4: only what is beyond doubt may be put together with anything. */
class ContentRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes 0-9/10, 0, 9, 10",
        "bytes 0-0/1, 0, 0, 1",
        "BYTES 5-6/100, 5, 6, 100",
        "bytes 99-99/100, 99, 99, 100",
        "bytes 0-999999999999999998/999999999999999999, 0, 999999999999999998, 999999999999999999"
    })
    void read(String value, long first, long last, long complete) {
        assertThat(ContentRange.parse(value)).isEqualTo(new ContentRange(new Span(first, last), complete));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes ",
                "bytes 0-9",
                "bytes 0-9/",
                "bytes 0-9/*",
                "bytes */10",
                "bytes 0-10/10",
                "bytes 5-4/10",
                "bytes 0-/10",
                "bytes -5/10",
                "bytes 5/10",
                "bytes=0-9/10",
                "bytes 0-9/0",
                "bytes 0-9/10/10",
                "bytes 0-9-9/10",
                "bytes 0-1,/10",
                "bytes ,0-1/10",
                "bytes 0-1/10,",
                "bytes 0-1,2-3/10",
                "bytes 0-1/10, bytes 2-3/10",
                "bytes  0-1/10",
                "bytes 0 -1/10",
                "bytes 0-1 /10",
                "bytes 0-1/-10",
                "bytes +0-1/10",
                "bytes 0-1/99999999999999999999",
                "items 0-1/10"
            })
    void inDoubt(String value) {
        assertThat(ContentRange.parse(value)).isNull();
    }

    @Test
    void written() {
        assertThat(new ContentRange(new Span(1, 2), 3)).hasToString("bytes 1-2/3");
    }
}
