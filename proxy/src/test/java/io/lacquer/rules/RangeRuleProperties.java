package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.ContentRange;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.RangeSet;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Ranges judged against a set of bytes. */
class RangeRuleProperties {
    @Provide
    Arbitrary<String> ranges() {
        Arbitrary<Integer> at = Arbitraries.integers().between(0, 45);
        Arbitrary<String> spec = Combinators.combine(
                        at, at, Arbitraries.integers().between(0, 5))
                .as((a, b, kind) -> switch (kind) {
                    case 0 -> "-" + a;
                    case 1 -> a + "-";
                    default -> Math.min(a, b) + "-" + Math.max(a, b);
                });
        return spec.list().ofMinSize(1).ofMaxSize(20).map(specs -> String.join(",", specs));
    }

    private static BitSet asked(String ranges, int complete) {
        BitSet bytes = new BitSet();
        RangeSet.parse("bytes=" + ranges)
                .within(complete)
                .forEach(span -> bytes.set((int) span.first(), (int) span.last() + 1));
        return bytes;
    }

    @Property(tries = 3000)
    void everyByteThatWasAskedForAndNoneTwice(
            @ForAll("ranges") String ranges, @ForAll @IntRange(max = 40) int complete) {
        RequestHead request = Given.get("Range: bytes=" + ranges);
        BitSet wanted = asked(ranges, complete);
        switch (RangeRule.judge(request, Given.response(200, ""), complete)) {
            case RangeRule.Verdict.Parts(List<Span> spans) -> {
                BitSet sent = new BitSet();
                long sum = 0;
                for (Span span : spans) {
                    assertThat(span.first()).isBetween(0L, span.last());
                    assertThat(span.last()).isLessThan(complete);
                    sent.set((int) span.first(), (int) span.last() + 1);
                    sum += span.length();
                }
                assertThat(sent).isEqualTo(wanted);
                assertThat(sum).as("none twice").isEqualTo(wanted.cardinality());
                assertThat(spans.size() == 1 || sum < complete)
                        .as("the whole is shorter than its parts")
                        .isTrue();
                assertThat(spans).hasSizeLessThanOrEqualTo(16);
            }
            case RangeRule.Verdict.Unsatisfiable() ->
                assertThat(wanted.isEmpty()).isTrue();
            case RangeRule.Verdict.Whole() -> assertThat(wanted.isEmpty()).isFalse();
        }
    }

    @Property(tries = 3000)
    void whatIsCoveredIsThere(
            @ForAll("ranges") String ranges,
            @ForAll("ranges") String stored,
            @ForAll @IntRange(min = 1, max = 40) int complete) {
        List<Span> spans = RangeSet.parse("bytes=" + stored).within(complete);
        if (spans.isEmpty()) {
            return;
        }
        Extents extents = Extents.of(new ContentRange(spans.getFirst(), complete));
        for (Span span : spans) {
            extents = extents.with(span);
        }
        StoredHead whole = Given.stored("ETag: \"1\"");
        StoredHead part =
                new StoredHead(whole.owner(), whole.head(), false, whole.varied(), whole.tags(), 0, 0, extents);
        RequestHead request = Given.get("Range: bytes=" + ranges);
        BitSet missing = asked(ranges, complete);
        missing.andNot(asked(stored, complete));
        boolean isWhole = RangeRule.judge(request, whole.head(), complete) instanceof RangeRule.Verdict.Whole;
        assertThat(RangeRule.covers(part, request)).isEqualTo(!isWhole && missing.isEmpty());
        assertThat(RangeRule.covers(part, new RequestHead("GET", "/a", 1, Headers.EMPTY)))
                .as("the whole is not covered by a part")
                .isFalse();
    }
}
