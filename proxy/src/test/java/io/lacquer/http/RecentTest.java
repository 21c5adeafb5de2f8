package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RecentTest {
    private final AtomicInteger readings = new AtomicInteger();
    private final Recent<String> recent = new Recent<>(text -> {
        readings.incrementAndGet();
        return "read " + text;
    });

    @Test
    void equalTextsAreReadOnce() {
        String first = recent.of("a");

        assertThat(recent.of("ba".substring(1))).isSameAs(first).isEqualTo("read a");
        assertThat(readings).hasValue(1);
    }

    @Test
    void textsThatShareAPlaceAreNotMixedUp() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());

        assertThat(recent.of("Aa")).isEqualTo("read Aa");
        assertThat(recent.of("BB")).isEqualTo("read BB");
        assertThat(recent.of("Aa")).isEqualTo("read Aa");
    }

    @Test
    void aLongTextIsNotKept() {
        String text = "x".repeat(257);

        assertThat(recent.of(text)).isNotSameAs(recent.of(text)).isEqualTo("read " + text);
    }

    @Test
    void directivesOfEqualFieldsAreOneObject() {
        Headers one = Headers.of("Cache-Control", "max-age=60, private=\"a\"");
        Headers other = Headers.of("cache-control", "max-age=60, private=\"a\"");

        assertThat(CacheControl.of(one)).isSameAs(CacheControl.of(other));
        assertThat(CacheControl.of(one).seconds("max-age")).isEqualTo(60);
        assertThat(CacheControl.of(one).qualifying("private")).containsExactly("a");
    }
}
