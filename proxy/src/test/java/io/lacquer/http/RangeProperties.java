package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Spans of bytes against sets of bytes. */
class RangeProperties {
    private static final int COMPLETE = 40;

    @Provide
    Arbitrary<Span> spans() {
        Arbitrary<Integer> at = Arbitraries.integers().between(0, COMPLETE - 1);
        return Combinators.combine(at, at).as((a, b) -> new Span(Math.min(a, b), Math.max(a, b)));
    }

    @Provide
    Arbitrary<List<Span>> pieces() {
        return spans().filter(span -> span.length() <= 12).list().ofMinSize(1).ofMaxSize(12);
    }

    private static BitSet bits(List<Span> spans) {
        BitSet bits = new BitSet(COMPLETE);
        spans.forEach(span -> bits.set((int) span.first(), (int) span.last() + 1));
        return bits;
    }

    private static Extents union(List<Span> pieces) {
        Extents extents = Extents.of(new ContentRange(pieces.getFirst(), COMPLETE));
        for (Span piece : pieces.subList(1, pieces.size())) {
            extents = extents.with(piece);
        }
        return extents;
    }

    @Property(tries = 3000)
    void extentsAreASetOfBytes(@ForAll("pieces") List<Span> pieces) {
        Extents extents = union(pieces);
        BitSet model = bits(pieces);
        assertThat(bits(extents.spans())).isEqualTo(model);
        assertThat(extents.bytes()).isEqualTo(model.cardinality());
        assertThat(extents.isWhole()).isEqualTo(model.cardinality() == COMPLETE);
        for (int i = 1; i < extents.spans().size(); i++) {
            assertThat(extents.spans().get(i).first())
                    .as("in order, a gap between any two")
                    .isGreaterThan(extents.spans().get(i - 1).last() + 1);
        }
    }

    @Property(tries = 3000)
    void anOffsetIsTheNumberOfBytesBefore(@ForAll("pieces") List<Span> pieces, @ForAll("spans") Span wanted) {
        BitSet model = bits(pieces);
        boolean all = model.nextClearBit((int) wanted.first()) > wanted.last();
        long before = model.get(0, (int) wanted.first()).cardinality();
        assertThat(union(pieces).offsetOf(wanted)).isEqualTo(all ? before : -1);
    }

    @Property(tries = 3000)
    void whatIsMissingHoldsAllThatIsMissingAndCompletesIt(@ForAll("pieces") List<Span> pieces) {
        Extents extents = union(pieces);
        BitSet model = bits(pieces);
        Span missing = extents.missing();
        if (missing == null) {
            assertThat(model.cardinality()).isEqualTo(COMPLETE);
            return;
        }
        assertThat(missing.first()).isEqualTo(model.nextClearBit(0));
        assertThat(missing.last()).isEqualTo(model.previousClearBit(COMPLETE - 1));
        assertThat(extents.with(missing).isWhole()).isTrue();
    }

    @Provide
    Arbitrary<String> specs() {
        Arbitrary<String> number = Arbitraries.oneOf(
                Arbitraries.integers().between(0, COMPLETE + 3).map(String::valueOf),
                Arbitraries.of("", "007", "99999999999999999999", "x"));
        return Combinators.combine(number, Arbitraries.of("-", "-", "-", "", "--"), number)
                .as((first, dash, last) -> first + dash + last);
    }

    /** The bytes of one range, or null where it is none, read a digit at a time. */
    private static BitSet naive(String spec, int complete) {
        if (!spec.matches("\\d+-\\d*|-\\d+")) {
            return null;
        }
        int dash = spec.indexOf('-');
        String first = spec.substring(0, dash);
        String last = spec.substring(dash + 1);
        BitSet bytes = new BitSet();
        if (first.isEmpty()) {
            int count = new java.math.BigInteger(last)
                    .min(java.math.BigInteger.valueOf(complete))
                    .intValue();
            bytes.set(complete - count, complete);
            return bytes;
        }
        java.math.BigInteger from = new java.math.BigInteger(first);
        java.math.BigInteger to = last.isEmpty() ? null : new java.math.BigInteger(last);
        if (to != null && to.compareTo(from) < 0) {
            return null;
        }
        for (int i = 0; i < complete; i++) {
            java.math.BigInteger at = java.math.BigInteger.valueOf(i);
            bytes.set(i, from.compareTo(at) <= 0 && (to == null || at.compareTo(to) <= 0));
        }
        return bytes;
    }

    @Property(tries = 3000)
    void rangesAreWhatTheirTextSays(
            @ForAll("specList") List<String> specs, @ForAll @IntRange(max = COMPLETE) int complete) {
        RangeSet ranges = RangeSet.parse("bytes=" + String.join(", ", specs));
        List<String> members = specs.stream().filter(spec -> !spec.isEmpty()).toList();
        List<BitSet> model = new ArrayList<>();
        members.forEach(spec -> model.add(naive(spec, complete)));
        if (members.isEmpty() || model.contains(null)) {
            assertThat(ranges).isNull();
            return;
        }
        List<BitSet> read = new ArrayList<>();
        ranges.within(complete).forEach(span -> {
            assertThat(span.first()).isBetween(0L, span.last());
            assertThat(span.last()).isLessThan(complete);
            read.add(bits(List.of(span)));
        });
        model.removeIf(BitSet::isEmpty);
        assertThat(read).isEqualTo(model);
    }

    @Provide
    Arbitrary<List<String>> specList() {
        return specs().list().ofMinSize(1).ofMaxSize(4);
    }

    @Property
    void aContentRangeThatIsWrittenIsRead(@ForAll("spans") Span span, @ForAll @IntRange(max = 60) int complete) {
        ContentRange range = new ContentRange(span, complete);
        assertThat(ContentRange.parse(range.toString())).isEqualTo(span.last() < complete ? range : null);
    }
}
