package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** What tags imply, however far, and that none implies itself. */
class ImplicationsProperties {
    @Property
    void theClosureHasTheTagsAndWhatAnyOfItImpliesAndNoMore(
            @ForAll("graphs") Map<String, List<String>> implied, @ForAll("tags") List<String> tags) {
        Set<String> closure = Implications.closure(implied, tags);
        assertThat(closure).isEqualTo(bySteps(implied, tags));
        assertThat(new ArrayList<>(closure)).startsWith(tags.stream().distinct().toArray(String[]::new));
        assertThat(Implications.closure(implied, closure)).isEqualTo(closure);
    }

    @Property
    void aTagThatImpliesItselfIsRefusedAndNoOther(@ForAll("graphs") Map<String, List<String>> implied) {
        boolean cyclic = implied.entrySet().stream()
                .anyMatch(each -> bySteps(implied, each.getValue()).contains(each.getKey()));
        Statistics.label("cyclic").collect(cyclic);
        List<Complaint> complaints = load(implied).complaints();
        assertThat(!complaints.isEmpty()).isEqualTo(cyclic);
        assertThat(complaints).allSatisfy(each -> assertThat(each.problem()).startsWith("implies leads from "));
        assertThat(complaints).allSatisfy(each -> checkCycle(each, implied));
    }

    /** Every step of the cycle is in the file, and the last of them is where the complaint stands. */
    private static void checkCycle(Complaint complaint, Map<String, List<String>> implied) {
        String[] cycle = complaint.problem().replaceFirst(".*: ", "").split(" -> ");
        List<Integer> lines = new ArrayList<>();
        for (int i = 0; i + 1 < cycle.length; i++) {
            assertThat(implied.getOrDefault(cycle[i], List.of())).contains(cycle[i + 1]);
            lines.add(new ArrayList<>(implied.keySet()).indexOf(cycle[i]) + 4);
        }
        assertThat(cycle[0]).isEqualTo(cycle[cycle.length - 1]);
        assertThat(complaint.line())
                .isEqualTo(lines.stream().max(Integer::compare).orElseThrow());
        assertThat(complaint.line()).isEqualTo(lines.getLast());
    }

    @Example
    void aLongChainIsNoTrouble() {
        Map<String, List<String>> chain = IntStream.range(0, 20_000)
                .boxed()
                .collect(Collectors.toMap(i -> "t" + i, i -> List.of("t" + (i + 1)), (a, b) -> a, LinkedHashMap::new));
        Loaded loaded = load(chain);
        assertThat(loaded.complaints()).isEmpty();
        assertThat(loaded.config().implied(List.of("t0"))).hasSize(20_001);
        chain.put("t20000", List.of("t0"));
        assertThat(load(chain).complaints())
                .singleElement()
                .extracting(Complaint::problem)
                .asString()
                .hasSizeLessThan(200);
    }

    private static Loaded load(Map<String, List<String>> implied) {
        String lines = implied.entrySet().stream()
                .map(each -> "  " + each.getKey() + ": [" + String.join(", ", each.getValue()) + "]\n")
                .collect(Collectors.joining());
        String yaml = "version: 1\norigins: {a: {servers: [\"http://a\"]}}\nimplies:\n"
                + (implied.isEmpty() ? "  {}" : lines);
        return new ConfigLoader().parse("f", yaml, Map.of());
    }

    private static Set<String> bySteps(Map<String, List<String>> implied, List<String> tags) {
        Set<String> all = new HashSet<>(tags);
        int size;
        do {
            size = all.size();
            for (String tag : List.copyOf(all)) {
                all.addAll(implied.getOrDefault(tag, List.of()));
            }
        } while (all.size() > size);
        return all;
    }

    @Provide
    Arbitrary<List<String>> tags() {
        return Arbitraries.of("a", "b", "c", "d", "e", "f").list().ofMaxSize(3);
    }

    @Provide
    Arbitrary<Map<String, List<String>>> graphs() {
        return Arbitraries.maps(Arbitraries.of("a", "b", "c", "d", "e", "f"), tags())
                .ofMaxSize(5);
    }
}
