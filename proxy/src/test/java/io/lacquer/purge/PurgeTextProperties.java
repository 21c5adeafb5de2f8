package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A purge as text says the same to every node; what is not understood is rather too much. */
class PurgeTextProperties {
    @Provide
    Arbitrary<Purge> purges() {
        Arbitrary<String> odd =
                Arbitraries.of("", " ", "all", "soft 5", "tag x", "\r", "a\rall", "a\u2028b", "é", "\u0000");
        Arbitrary<String> text =
                Arbitraries.oneOf(odd, Arbitraries.strings().ofMaxLength(20).map(any -> any.replace('\n', '_')));
        Arbitrary<Scope> scopes = Combinators.combine(
                        text.set().ofMaxSize(3),
                        text.list().ofMaxSize(3),
                        text.list().ofMaxSize(2),
                        text.list().ofMaxSize(2),
                        text.list().ofMaxSize(2),
                        text.list().ofMaxSize(2),
                        Arbitraries.of(true, false))
                .as(Scope::new)
                .filter(scope -> !scope.isEmpty());
        return Combinators.combine(
                        text.filter(id -> !id.isEmpty()),
                        text,
                        Arbitraries.longs(),
                        text,
                        text,
                        scopes,
                        Arbitraries.longs().between(-1, Long.MAX_VALUE),
                        Arbitraries.integers().between(0, 3))
                .as((id, by, at, why, of, scope, harden, flags) -> new Purge(
                        id,
                        by,
                        at,
                        why,
                        of,
                        scope,
                        (flags & 1) != 0,
                        (flags & 1) != 0 ? harden : -1,
                        (flags & 2) != 0));
    }

    @Property
    void whatIsReadIsWhatWasWritten(@ForAll("purges") Purge purge) {
        assertThat(Purge.parse(purge.toText())).isEqualTo(purge);
    }

    @Property
    void noTextIsRefusedAndWhatMakesNoSenseIsAPurgeOfEverything(@ForAll String text) {
        Purge purge = Purge.parse(text);
        assertThat(purge.scope().isEmpty()).isFalse();
        if (!text.contains("id ")) {
            assertThat(purge.scope()).isEqualTo(Scope.ALL);
            assertThat(purge.soft()).isFalse();
        }
    }

    @Example
    void eachThatIsNotUnderstoodIsAHardPurgeOfEverything() {
        for (String line : List.of(
                "soft never",
                "soft",
                "soft 99999999999999999999",
                "at noon",
                "at",
                "colour red",
                "",
                " ",
                "TAG x",
                "hard")) {
            Purge purge = Purge.parse("id x\nby n\nsoft -\n" + line + "\ntag t\n");
            assertThat(purge.scope()).as("'%s'", line).isEqualTo(Scope.ALL);
            assertThat(purge.soft()).as("'%s'", line).isFalse();
            assertThat(purge.hardenMillis()).isEqualTo(-1);
        }
        assertThat(Purge.parse("id x\n").scope()).as("nothing is named").isEqualTo(Scope.ALL);
        assertThat(Purge.parse("tag t\n").scope()).as("no id").isEqualTo(Scope.ALL);
    }

    @Example
    void aLineBreakHasNoText() {
        Purge purge = new Purge("id", "n", 0, "api", "*", Scope.of(Set.of("a\nall"), List.of()), false, -1, false);
        assertThatThrownBy(purge::toText)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tag");
    }

    @Example
    void whoWaitsIsSaidAndNothingElseChanges() {
        Purge purge = Purge.parse("id x\nby n\nat 5\nwhy api\nfor *\nsoft 7\ntag t\n");
        assertThat(purge)
                .isEqualTo(new Purge("x", "n", 5, "api", "*", Scope.of(Set.of("t"), List.of()), true, 7, false));
        assertThat(purge.acked(true).toText()).contains("acked").contains("soft 7");
        assertThat(purge.acked(true).acked(false)).isEqualTo(purge);
    }
}
