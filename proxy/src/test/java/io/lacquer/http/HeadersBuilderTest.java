package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeadersBuilderTest {
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
}
