package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class HeadersTest {
    private static final Headers START = Headers.of("A", "1", "B", "2", "a", "3");

    @Test
    void whatDoesNotChangeIsNotCopied() {
        assertThat(START.edit().remove("C").removeIf(name -> false).build()).isSameAs(START);
    }

    @Test
    void aChangeLeavesTheOriginalAlone() {
        assertThat(START.edit().append("A", "4").build()).isEqualTo(Headers.of("A", "1", "B", "2", "a", "3, 4"));
        assertThat(START.edit().remove("a").build()).isEqualTo(Headers.of("B", "2"));
        assertThat(START.edit().set("B", "5").build()).isEqualTo(Headers.of("A", "1", "a", "3", "B", "5"));
        assertThat(START.edit().addAll(START).build().size()).isEqualTo(6);
        assertThat(START).isEqualTo(Headers.of("A", "1", "B", "2", "a", "3"));
    }

    @Test
    void whatWasBuiltStaysWhenTheBuilderGoesOn() {
        Headers.Builder builder = START.edit();
        Headers before = builder.build();
        Headers added = builder.add("C", "6").build();
        builder.append("C", "7").remove("A");

        assertThat(before).isEqualTo(START);
        assertThat(added).isEqualTo(Headers.of("A", "1", "B", "2", "a", "3", "C", "6"));
        assertThat(builder.build()).isEqualTo(Headers.of("B", "2", "C", "6, 7"));
    }

    @Test
    void roomThatIsNotUsedIsNoPartOfIt() {
        Headers roomy = Headers.builder(9).add("A", "1").add("B", "2").build();
        Headers exact = Headers.of("A", "1", "B", "2");

        assertThat(roomy).isEqualTo(exact).hasSameHashCodeAs(exact).hasToString(exact.toString());
        assertThat(roomy.bytes()).isEqualTo(exact.bytes());
        assertThat(roomy.size()).isEqualTo(2);
        assertThat(roomy.count("b")).isEqualTo(1);
        assertThat(roomy.edit().add("C", "3").build()).isEqualTo(Headers.of("A", "1", "B", "2", "C", "3"));
        assertThat(Headers.builder().addUnless(roomy, "A"::equals).build()).isEqualTo(Headers.of("B", "2"));
        assertThat(Headers.builder(9).build()).isEqualTo(Headers.EMPTY);
    }

    /** Names are told apart by marks first: that must hide none, however it is written. */
    @Property
    void whatIsThereIsFoundInWhateverCase(
            @ForAll @Size(max = 12)
                    List<@StringLength(min = 1, max = 20) @Chars({'a', 'B', '-', 'z', '9', '_'}) String> names,
            @ForAll Random random) {
        Headers.Builder builder = Headers.builder();
        for (String name : names) {
            builder.add(odd(name, random), name);
        }
        Headers all = builder.build();
        for (String name : names) {
            String wanted = odd(name, random);
            assertThat(all.get(wanted)).isEqualToIgnoringCase(name);
            assertThat(all.hasToken(wanted, name)).isTrue();
            assertThat(all.edit().append(wanted, "more").build().size()).isEqualTo(all.size());
            assertThat(all.edit().remove(wanted).build().has(name)).isFalse();
            assertThat(Headers.builder().addAll(all).set(wanted, "once").build().all(name))
                    .containsExactly("once");
            assertThat(Fields.withoutHopByHop(
                                    all.edit().set("connection", wanted).build())
                            .build()
                            .size())
                    .isEqualTo(all.edit().remove(name).build().size());
        }
        assertThat(all.get("absent")).isNull();
    }

    private static String odd(String name, Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            text.append(random.nextBoolean() ? Character.toUpperCase(c) : Character.toLowerCase(c));
        }
        return text.toString();
    }
}
