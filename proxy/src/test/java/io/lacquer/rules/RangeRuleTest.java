package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.Extents;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which bytes of ten a request gets, and what may be put together. */
class RangeRuleTest {
    private static final String EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT";

    private static String judge(String method, String request, int status, String response, long complete) {
        return text(RangeRule.judge(
                Given.request(method, "/a", dated(request)), Given.response(status, dated(response)), complete));
    }

    private static String dated(String fields) {
        return fields.replace("DATE", Given.DATE).replace("EARLIER", EARLIER);
    }

    private static String text(RangeRule.Verdict verdict) {
        return switch (verdict) {
            case RangeRule.Verdict.Whole() -> "whole";
            case RangeRule.Verdict.Unsatisfiable() -> "416";
            case RangeRule.Verdict.Parts(List<Span> spans) ->
                spans.stream().map(span -> span.first() + "-" + span.last()).collect(Collectors.joining(" "));
        };
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "9110 §14.2 one range                    / GET  / Range: bytes=0-4           / 200 / 0-4",
                "9110 §14.2 all of it by range           / GET  / Range: bytes=0-            / 200 / 0-9",
                "9110 §14.2 no range                     / GET  / X: y                       / 200 / whole",
                "9110 §14.2 only GET                     / HEAD / Range: bytes=0-4           / 200 / whole",
                "9110 §14.2 only GET                     / POST / Range: bytes=0-4           / 200 / whole",
                "9110 §14.2 only where it would be 200   / GET  / Range: bytes=0-4           / 404 / whole",
                "9110 §14.2 a unit that is not known     / GET  / Range: lines=0-4           / 200 / whole",
                "9110 §14.2 malformed                    / GET  / Range: bytes=4-0           / 200 / whole",
                "9110 §14.2 two fields                   / GET  / Range: bytes=0-1 | Range: bytes=2-3 / 200 / whole",
                "9110 §15.5.17 no such byte              / GET  / Range: bytes=10-           / 200 / 416",
                "9110 §15.5.17 no byte at all            / GET  / Range: bytes=-0            / 200 / 416",
                "9110 §15.5.17 one there is, one not     / GET  / Range: bytes=10-, 1-1      / 200 / 1-1",
                "9110 §15.3.7.2 as they were asked for   / GET  / Range: bytes=8-9, 0-1      / 200 / 8-9 0-1",
                "9110 §15.3.7.2 side by side             / GET  / Range: bytes=0-1, 2-3      / 200 / 0-1 2-3",
                "9110 §14.2 no byte twice                / GET  / Range: bytes=4-6, 0-4      / 200 / 0-6",
                "9110 §14.2 no byte twice                / GET  / Range: bytes=8-9, 0-5, 2-3 / 200 / 0-5 8-9",
                "9110 §14.2 no byte twice                / GET  / Range: bytes=-1, 9-        / 200 / 9-9",
                "9110 §14.2 in parts, but all of it      / GET  / Range: bytes=0-4, 5-9      / 200 / whole",
                "9110 §14.2 overlapping, and all of it   / GET  / Range: bytes=0-4, 4-9      / 200 / 0-9"
            })
    void judged(String sentence, String method, String request, int status, String verdict) {
        assertThat(judge(method, request, status, "X: y", 10)).isEqualTo(verdict);
    }

    @Test
    void manyRangesAreAnAttackByRfc9110Section17_15() {
        String sixteen =
                IntStream.range(0, 16).mapToObj(i -> 2 * i + "-" + 2 * i).collect(Collectors.joining(","));
        assertThat(judge("GET", "Range: bytes=" + sixteen, 200, "", 100).split(" "))
                .hasSize(16);
        assertThat(judge("GET", "Range: bytes=" + sixteen + ",40-40", 200, "", 100))
                .isEqualTo("whole");
        assertThat(judge("GET", "Range: bytes=" + sixteen + ",16-16", 200, "", 100))
                .as("although two are one")
                .isEqualTo("whole");
    }

    @Test
    void ofNothingThereIsNoRange() {
        assertThat(judge("GET", "Range: bytes=0-", 200, "", 0)).isEqualTo("416");
        assertThat(judge("GET", "Range: bytes=-5", 200, "", 0)).isEqualTo("416");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "the same strong tag                 // If-Range: \"1\"    // ETag: \"1\"     // true",
                "another tag                         // If-Range: \"2\"    // ETag: \"1\"     // false",
                "a weak tag is no match              // If-Range: W/\"1\"  // ETag: W/\"1\"   // false",
                "of a weak tag                       // If-Range: \"1\"    // ETag: W/\"1\"   // false",
                "of no tag                           // If-Range: \"1\"    // X: y            // false",
                "a tag without quotes                // If-Range: 1        // ETag: 1         // false",
                "the same date, strong               // If-Range: EARLIER  // Date: DATE | Last-Modified: EARLIER //"
                        + " true",
                "the same date, within a second      // If-Range: DATE     // Date: DATE | Last-Modified: DATE    //"
                        + " false",
                "a later date                        // If-Range: DATE     // Date: DATE | Last-Modified: EARLIER //"
                        + " false",
                "another spelling of the date        // If-Range: Sun Nov  6 08:49:36 1994 // Date: DATE |"
                        + " Last-Modified: EARLIER // false",
                "without Date nobody knows           // If-Range: EARLIER  // Last-Modified: EARLIER // false",
                "without Last-Modified               // If-Range: DATE     // Date: DATE      // false",
                "empty                               // If-Range:          // ETag: \"1\"     // false",
                "a list                              // If-Range: \"1\", \"2\" // ETag: \"1\" // false",
                "two fields                          // If-Range: \"1\" | If-Range: \"1\" // ETag: \"1\" // false",
                "no condition                        // X: y               // X: y            // true"
            })
    void ifRangeByRfc9110Section13_1_5(String sentence, String request, String response, boolean holds) {
        assertThat(judge("GET", "Range: bytes=0-4 | " + request, 200, response, 10))
                .isEqualTo(holds ? "0-4" : "whole");
        assertThat(judge("GET", "Range: bytes=99- | " + request, 200, response, 10))
                .as("§13.2.2 a condition that fails makes the range nothing")
                .isEqualTo(holds ? "416" : "whole");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "the same strong tag     // ETag: \"1\"   // ETag: \"1\"   // true",
                "another one             // ETag: \"1\"   // ETag: \"2\"   // false",
                "weak tags               // ETag: W/\"1\" // ETag: W/\"1\" // false",
                "weak and strong         // ETag: \"1\"   // ETag: W/\"1\" // false",
                "only one has any        // ETag: \"1\"   // X: y          // false",
                "none has any            // X: y          // X: y          // false",
                "the same strong date    // Date: DATE | Last-Modified: EARLIER // Date: DATE | Last-Modified: EARLIER"
                        + " // true",
                "the same weak date      // Date: DATE | Last-Modified: DATE // Date: DATE | Last-Modified: DATE //"
                        + " false",
                "strong in one only      // Date: DATE | Last-Modified: EARLIER // Date: EARLIER | Last-Modified:"
                        + " EARLIER // false",
                "a weak tag hides a date // ETag: W/\"1\" | Date: DATE | Last-Modified: EARLIER // ETag: W/\"1\" |"
                        + " Date: DATE | Last-Modified: EARLIER // false",
                "tags before dates       // ETag: \"1\" | Date: DATE | Last-Modified: EARLIER // ETag: \"2\" | Date:"
                        + " DATE | Last-Modified: EARLIER // false"
            })
    void combinedByRfc9111Section3_4(String sentence, String stored, String fresh, boolean may) {
        ResponseHead one = Given.response(200, dated(stored));
        ResponseHead other = Given.response(206, dated(fresh));
        assertThat(RangeRule.mayCombine(one, other)).isEqualTo(may);
        assertThat(RangeRule.mayCombine(other, one)).isEqualTo(may);
    }

    /** Bytes 0-3 and 6-9 of ten are there. */
    private static StoredHead parts() {
        List<Span> spans = new ArrayList<>(List.of(new Span(0, 3), new Span(6, 9)));
        ResponseHead head = Given.response(200, "ETag: \"1\"");
        return new StoredHead(
                new StoredHead.Owner("p", "p"), head, false, Map.of(), List.of(), 0, 0, new Extents(10, spans));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            value = {
                "Range: bytes=0-3             / true",
                "Range: bytes=1-2, 7-8        / true",
                "Range: bytes=6-99            / true",
                "Range: bytes=-4              / true",
                "Range: bytes=3-6             / false",
                "Range: bytes=4-5             / false",
                "Range: bytes=0-1, 4-4        / false",
                "Range: bytes=-5              / false",
                "Range: bytes=0-              / false",
                "Range: bytes=10-             / true",
                "Range: bytes=0-1 | If-Range: \"1\" / true",
                "Range: bytes=0-1 | If-Range: \"2\" / false",
                "X: y                         / false"
            })
    void coveredByRfc9111Section3_3(String request, boolean covered) {
        assertThat(RangeRule.covers(parts(), Given.get(request))).isEqualTo(covered);
        assertThat(RangeRule.covers(Given.stored(""), Given.get(request)))
                .as("a whole covers all")
                .isTrue();
    }
}
