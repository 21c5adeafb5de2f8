package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A stored head is packed; what comes out of it is what went in. */
class StoredHeadProperties {
    private static final StoredHead.Owner OWNER = new StoredHead.Owner("p", "n");

    private static StoredHead stored(ResponseHead head) {
        return new StoredHead(OWNER, head, false, Map.of(), List.of(), 0, 0);
    }

    @Provide
    Arbitrary<Headers> fields() {
        Arbitrary<String> names = Arbitraries.of("Date", "date", "ETag", "X-Odd", "x!#$%&'*+-.^_`|~", "Content-Type");
        Arbitrary<String> values = Arbitraries.strings()
                .withCharRange(' ', '\u00ff')
                .excludeChars('\u007f')
                .ofMaxLength(300);
        return Combinators.combine(names, values)
                .as((name, value) -> List.of(name, value.strip()))
                .list()
                .ofMaxSize(40)
                .map(pairs -> Headers.of(pairs.stream().flatMap(List::stream).toArray(String[]::new)));
    }

    /** Many heads at once, since the last ones that were used are kept unpacked. */
    @Property(tries = 60)
    void whatGoesInComesOut(@ForAll("many") List<Headers> all) {
        List<StoredHead> packed = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            packed.add(stored(new ResponseHead(100 + i, i % 2 == 0 ? Status.reason(100 + i) : "Odd", all.get(i))));
        }
        for (int i = 0; i < all.size(); i++) {
            Headers fields = all.get(i);
            StoredHead head = packed.get(i);
            assertThat(head.head().headers()).isEqualTo(fields);
            assertThat(head.status()).isEqualTo(100 + i);
            assertThat(head.head().reason()).isEqualTo(i % 2 == 0 ? Status.reason(100 + i) : "Odd");
            assertThat(head.lines()).isEqualTo(fields.size());
            assertThat(head.toString()).endsWith("\n" + fields);
        }
    }

    @Provide
    Arbitrary<List<Headers>> many() {
        return fields().list().ofMinSize(1).ofMaxSize(600);
    }

    @Property
    void linesAreCopiedAsTheyAreSent(@ForAll("fields") Headers fields, @ForAll int one, @ForAll int other) {
        StoredHead head = stored(ResponseHead.of(200, fields));
        int from = Math.floorMod(one, fields.size() + 1);
        int to = from + Math.floorMod(other, fields.size() + 1 - from);
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(fields.name(i)).append(": ").append(fields.value(i)).append("\r\n");
        }
        byte[] into = new byte[head.length(from, to) + 1];
        assertThat(head.copy(from, to, into, 1)).isEqualTo(into.length);
        assertThat(new String(into, 1, into.length - 1, StandardCharsets.ISO_8859_1))
                .isEqualTo(text.toString());
    }

    @Property
    void whatCouldEndALineIsRefused(@ForAll("fields") Headers fields) {
        for (String bad : new String[] {"a\r\nb", "\n", "\r", "\u0100"}) {
            assertThatThrownBy(() -> stored(
                            ResponseHead.of(200, fields.edit().add("A", bad).build())))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> stored(ResponseHead.of(
                            200, fields.edit().add("A" + bad, "b").build())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (String bad : new String[] {"", ":", "a:b"}) {
            assertThatThrownBy(() -> stored(
                            ResponseHead.of(200, fields.edit().add(bad, "b").build())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
