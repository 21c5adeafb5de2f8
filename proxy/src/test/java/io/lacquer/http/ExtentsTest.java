package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111 §3.3, §3.4: which bytes of ten there are. */
class ExtentsTest {
    static Extents of(String spans, long complete) {
        Extents extents = null;
        for (String span : spans.split(" ")) {
            long first = Long.parseLong(span.substring(0, span.indexOf('-')));
            Span one = new Span(first, Long.parseLong(span.substring(span.indexOf('-') + 1)));
            extents = extents == null ? Extents.of(new ContentRange(one, complete)) : extents.with(one);
        }
        return extents;
    }

    private static String text(Extents extents) {
        List<String> spans = new ArrayList<>();
        extents.spans().forEach(span -> spans.add(span.first() + "-" + span.last()));
        return String.join(" ", spans);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            value = {
                "0-1         / 0-1         / 2-9",
                "8-9         / 8-9         / 0-7",
                "3-4         / 3-4         / 0-9",
                "0-1 8-9     / 0-1 8-9     / 2-7",
                "8-9 0-1     / 0-1 8-9     / 2-7",
                "0-1 4-5 8-9 / 0-1 4-5 8-9 / 2-7",
                "4-5 8-9     / 4-5 8-9     / 0-7",
                "0-3 4-5     / 0-5         / 6-9",
                "4-5 0-3     / 0-5         / 6-9",
                "0-3 2-5     / 0-5         / 6-9",
                "0-1 4-5 2-3 / 0-5         / 6-9",
                "0-1 8-9 1-8 / 0-9         /",
                "2-3 5-6 0-9 / 0-9         /",
                "0-9 4-5     / 0-9         /"
            })
    void joinedAndWhatIsMissing(String pieces, String spans, String missing) {
        Extents extents = of(pieces, 10);
        assertThat(text(extents)).isEqualTo(spans);
        assertThat(extents.isWhole()).isEqualTo(missing == null);
        Span hole = extents.missing();
        assertThat(hole == null ? null : hole.first() + "-" + hole.last()).isEqualTo(missing);
    }

    @ParameterizedTest
    @CsvSource({"2-3, 0", "3-3, 1", "6-7, 2", "7-7, 3", "3-6, -1", "0-0, -1", "8-8, -1", "1-2, -1"})
    void whereInTheBody(String span, long offset) {
        assertThat(of("2-3 6-7", 10).offsetOf(of(span, 10).spans().getFirst())).isEqualTo(offset);
    }
}
