package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110 §5.6.7. */
class HttpDateTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            value = {
                "Sun, 06 Nov 1994 08:49:37 GMT  / 784111777",
                "Sunday, 06-Nov-94 08:49:37 GMT / 784111777",
                "Sun Nov  6 08:49:37 1994       / 784111777",
                "Thu, 01 Jan 1970 00:00:00 GMT  / 0",
                "Wed, 31 Dec 1969 23:59:59 GMT  / -1",
                "Fri, 31 Dec 9999 23:59:59 GMT  / 253402300799",
                "Thu, 29 Feb 2024 00:00:00 GMT  / 1709164800",
                "Sat, 31 Dec 2016 23:59:60 GMT  / 1483228799",
                "Monday, 01-Jan-69 00:00:00 GMT / 3124224000"
            })
    void read(String text, long seconds) {
        assertThat(HttpDate.parse(text)).isEqualTo(seconds * 1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "now",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 CET",
                "Sun, 31 Feb 1994 08:49:37 GMT",
                "Sun, 06 Foo 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 24:49:37 GMT",
                "Sun, 06 Nov 1994 08:60:37 GMT",
                "Sun, 06 Nov 1994 08:49 GMT",
                "Sun, -6 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 19940 08:49:37 GMT",
                "Sun, 06 Nov 1994 8:4:3:2 GMT",
                "Sun, 06 Nov 1994 +8:49:37 GMT",
                "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
                "1994-11-06T08:49:37Z",
                "784111777"
            })
    void unread(String text) {
        assertThat(HttpDate.parse(text)).isEqualTo(HttpDate.INVALID);
    }

    @ParameterizedTest
    @CsvSource({"784111777999, 'Sun, 06 Nov 1994 08:49:37 GMT'", "0, 'Thu, 01 Jan 1970 00:00:00 GMT'"})
    void written(long millis, String text) {
        assertThat(HttpDate.format(millis)).isEqualTo(text);
    }
}
