package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** Parsers and values against what they promise. */
class HttpProperties {
    @Provide
    Arbitrary<String> paths() {
        Arbitrary<String> piece = Arbitraries.of(
                "/", ".", "..", "a", "%2e", "%2E", "%61", "%7e", "%2f", "%20", "%C3%a9", "//", "/./", "/../", "~", ";",
                "%", "%25", "+", ":");
        return piece.list().ofMaxSize(10).map(pieces -> "/" + String.join("", pieces));
    }

    private static Target parse(String raw) {
        try {
            return Target.parse("GET", raw, "example.org", "http");
        } catch (Target.MalformedException malformed) {
            throw new AssertionError(raw, malformed);
        }
    }

    @Property(tries = 5000)
    void normalisingTwiceIsNormalisingOnce(@ForAll("paths") String raw) {
        Target once = parse(raw);
        Target twice = parse(once.normalised());
        assertThat(twice.path()).isEqualTo(once.path());
        assertThat(twice.ambiguous()).isEqualTo(once.ambiguous());
        assertThat(once.raw()).isEqualTo(raw);
    }

    @Property(tries = 5000)
    void aNormalisedPathHoldsNoDotSegmentAndNothingToDecode(@ForAll("paths") String raw) {
        Target target = parse(raw);
        if (!target.ambiguous()) {
            assertThat(target.path()).startsWith("/").doesNotContain(";").doesNotContain("%2F");
            for (String segment : target.path().split("/", -1)) {
                assertThat(segment).isNotIn(".", "..");
            }
        }
    }

    @Property(tries = 3000)
    void whateverIsAHostIsOneAfterwards(@ForAll("hosts") String host, @ForAll boolean secure) {
        String scheme = secure ? "https" : "http";
        try {
            String once = Target.parse("GET", "/", host, scheme).host();
            assertThat(Target.parse("GET", "/", once, scheme).host()).isEqualTo(once);
        } catch (Target.MalformedException refused) {
            assertThat(refused).hasMessageContaining("host");
        }
    }

    @Provide
    Arbitrary<String> hosts() {
        return Arbitraries.strings().withChars("aA.:80[]-_4 3").ofMaxLength(10);
    }

    @Property(tries = 3000)
    void aDateThatIsWrittenIsRead(@ForAll @LongRange(min = -2_208_988_800L, max = 253_402_300_799L) long seconds) {
        String text = HttpDate.format(seconds * 1000);
        assertThat(text).hasSize(29);
        assertThat(HttpDate.parse(text)).isEqualTo(seconds * 1000);
        assertThat(HttpDate.format(HttpDate.parse(text))).isEqualTo(text);
    }

    /** One edit: which, a name, a value. */
    record Edit(int kind, String name, String value) {}

    @Provide
    Arbitrary<List<Edit>> edits() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.of("A", "a", "B", "b", "C"),
                        Arbitraries.of("1", "2", ""))
                .as(Edit::new)
                .list()
                .ofMaxSize(40);
    }

    @Property
    void aBuilderIsAListOfLines(@ForAll("edits") List<Edit> edits) {
        Headers.Builder builder = Headers.builder();
        List<String[]> model = new ArrayList<>();
        for (Edit edit : edits) {
            switch (edit.kind) {
                case 0, 1 -> {
                    builder.add(edit.name, edit.value);
                    model.add(new String[] {edit.name, edit.value});
                }
                case 2 -> {
                    builder.remove(edit.name);
                    model.removeIf(line -> line[0].equalsIgnoreCase(edit.name));
                }
                case 3 -> {
                    builder.set(edit.name, edit.value);
                    model.removeIf(line -> line[0].equalsIgnoreCase(edit.name));
                    model.add(new String[] {edit.name, edit.value});
                }
                default -> {
                    builder.append(edit.name, edit.value);
                    String[] last = model.stream()
                            .filter(line -> line[0].equalsIgnoreCase(edit.name))
                            .reduce((one, other) -> other)
                            .orElse(null);
                    if (last == null) {
                        model.add(new String[] {edit.name, edit.value});
                    } else {
                        last[1] = last[1].isEmpty() ? edit.value : last[1] + ", " + edit.value;
                    }
                }
            }
        }
        Headers built = builder.build();
        assertThat(built.size()).isEqualTo(model.size());
        for (int i = 0; i < model.size(); i++) {
            assertThat(built.name(i)).isEqualTo(model.get(i)[0]);
            assertThat(built.value(i)).isEqualTo(model.get(i)[1]);
        }
        assertThat(built.edit().build()).isEqualTo(built);
    }
}
