package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;
import java.util.List;
import java.util.Set;

/** Purges as the log and the journal have them: any text is a purge, any bytes are some journal. */
@NativeFuzzing
public class PurgeFuzzTest {
    @FuzzTest
    public void text(FuzzedDataProvider data) {
        Purge purge = Purge.parse(data.consumeRemainingAsString());
        assertThat(purge.scope().isEmpty()).isFalse();
        assertThat(purge.soft() || purge.hardenMillis() == -1).isTrue();
        if (!purge.id().isEmpty()) {
            assertThat(Purge.parse(purge.toText()).scope()).isEqualTo(purge.scope());
        }
    }

    @FuzzTest
    public void names(FuzzedDataProvider data) {
        String name = data.consumeString(100).replace('\n', ' ');
        String other = data.consumeRemainingAsString().replace('\n', ' ');
        Scope scope =
                new Scope(Set.of(name), List.of(other), List.of(name), List.of(other), List.of(), List.of(name), false);
        Purge purge = new Purge("id", name, 1, other, "*", scope, false, -1, true);
        assertThat(Purge.parse(purge.toText())).isEqualTo(purge);
    }

    @FuzzTest
    public void journal(FuzzedDataProvider data) {
        Journal.read(data.consumeRemainingAsBytes())
                .forEach((id, entry) -> assertThat(entry.purge().id()).isEqualTo(id));
    }

    @FuzzTest
    public void hitNote(FuzzedDataProvider data) {
        HitNote note = HitNote.parse(data.consumeRemainingAsString());
        note.hits()
                .forEach(hit ->
                        assertThat(hit.weight() > 0 && hit.ageMillis() >= 0).isTrue());
        assertThat(HitNote.parse(note.toText()).hits().size())
                .isIn(0, note.hits().size()); // a tiny weight is written as none
    }

    @FuzzTest
    public void position(FuzzedDataProvider data) {
        String text = data.consumeRemainingAsString();
        try {
            Position read = Position.parse(text);
            assertThat(Position.parse(read.toString())).isEqualTo(read);
        } catch (IllegalArgumentException refused) {
            assertThat(text).isNotEqualTo("1-1");
        }
    }
}
