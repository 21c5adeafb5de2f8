package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places in the log: their order, and their text. */
class PositionTest {
    @Property
    void readsWhatItWrites(@ForAll @LongRange(min = 0) long generation, @ForAll @LongRange(min = 0) long sequence) {
        Position position = new Position(generation, sequence);
        assertThat(Position.parse(position.toString())).isEqualTo(position);
    }

    @Property
    void generationsCountBeforeNumbers(@ForAll short a, @ForAll short b, @ForAll short c, @ForAll short d) {
        Position one = new Position(a, b);
        Position other = new Position(c, d);
        assertThat(one.isAfter(other)).isEqualTo(a > c || (a == c && b > d));
        assertThat(one.compareTo(other)).isEqualTo(-other.compareTo(one));
        assertThat(one.compareTo(other) == 0).isEqualTo(one.equals(other));
    }

    @Test
    void startIsBeforeAll() {
        assertThat(new Position(0, 1).isAfter(Position.START)).isTrue();
        assertThat(Position.START.isAfter(Position.START)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "5", "5-", "-5", "a-b", "5-x", "5 - 6", "99999999999999999999-1", "5-6-7", "５-６x"})
    void whatIsNoPlaceIsRefused(String text) {
        assertThatThrownBy(() -> Position.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
