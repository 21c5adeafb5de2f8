package io.lacquer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes heads of hits makes what the full path makes, at every moment, or is not there. */
class HitHeadTest {
    private static final HitHead.Moment LAST = new HitHead.Moment(86_400, 0);
    private static final int LENGTH = 1_234;

    private static StoredHead stored(String... fields) {
        return new StoredHead(
                new StoredHead.Owner("p", "n"),
                ResponseHead.of(200, Headers.of(fields)),
                false,
                Map.of(),
                List.of(),
                0,
                0);
    }

    private static HitHead.Maker made(StoredHead from, LongFunction<String> added) {
        return moment -> {
            Headers fields = from.head()
                    .headers()
                    .edit()
                    .remove("Age")
                    .add("X-Added", added.apply(moment.ageSeconds()))
                    .add("Age", Long.toString(moment.ageSeconds()))
                    .append("Cache-Status", "lacquer; hit; ttl=" + moment.ttlSeconds())
                    .build();
            return ResponseHead.of(200, fields);
        };
    }

    private static String text(HitHead head, StoredHead stored, long age, long ttl) {
        byte[] into = new byte[head.room(stored)];
        int length = head.write(stored, LENGTH, age, ttl, into);
        return new String(into, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static String text(ResponseHead head) {
        return "HTTP/1.1 200 OK\r\n" + head.headers().toString().replace("\n", "\r\n") + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ETag|\"1\"",
                "Date|x|Age|5|ETag|\"7\"",
                "Cache-Status|cdn; hit; ttl=37|Via|1.1 a",
                "Cache-Status|7; x=1016; ttl=100003",
                "A|1|A|1|A|2",
                "Content-Length|99",
                "X-Added|7",
                "Cache-Status|",
                "X-Digits|00012345678901234567890123"
            })
    void whateverIsStored(String fields) {
        StoredHead stored = stored(fields.isEmpty() ? new String[0] : fields.split("\\|", -1));
        for (String added : new String[] {"x", "7", "1016", "max-age=%d, 7", "%d-%d"}) {
            HitHead.Maker maker = made(stored, age -> added.replace("%d", Long.toString(age + 60)));
            HitHead head = HitHead.of(null, stored, LENGTH, LAST, maker);
            assertThat(head).as(added).isNotNull();
            for (long age : new long[] {0, 1, 9, 10, 99, 100, 86_400, 4_000_000_000L}) {
                for (long ttl : new long[] {-11, -1, 0, 5, 86_400}) {
                    assertThat(text(head, stored, age, ttl)).isEqualTo(text(maker.at(new HitHead.Moment(age, ttl))));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"twice", "capped", "minutes", "words", "longer", "padded", "before a digit"})
    void whatChangesInAnotherWayIsLeftToTheFullPath(String how) {
        LongFunction<String> added = age -> switch (how) {
            case "twice" -> Long.toString(2 * age);
            case "capped" -> Long.toString(Math.min(age, 50_000));
            case "minutes" -> Long.toString(age / 60);
            case "words" -> age < 100 ? "young" : "older";
            case "before a digit" -> age + "7";
            case "longer" -> "x".repeat((int) Math.min(20, age));
            default -> String.format(java.util.Locale.ROOT, "%08d", age);
        };
        StoredHead stored = stored("ETag", "\"1\"");
        assertThat(HitHead.of(null, stored, LENGTH, LAST, made(stored, added))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"v, v, true", "v, w, false", "60, 61, false"})
    void oneServesAllThatAreAlike(String first, String second, boolean same) {
        StoredHead one = stored("Date", "1", "ETag", "\"1\"");
        StoredHead other = stored("Date", "2", "ETag", "\"222\"");
        HitHead known = HitHead.of(null, one, LENGTH, LAST, made(one, age -> first));
        HitHead head = HitHead.of(known, other, LENGTH, LAST, made(other, age -> second));
        assertThat(head == known).isEqualTo(same);
        assertThat(text(head, other, 3, 4))
                .contains("Date: 2\r\nETag: \"222\"\r\nX-Added: " + second + "\r\nAge: 3\r\n");
    }

    /** Equal at one moment by chance. */
    @Test
    void aNumberThatStandsStillIsNotOneThatGoesOn() {
        StoredHead stored = stored("ETag", "\"1\"");
        HitHead still = HitHead.of(null, stored, LENGTH, LAST, made(stored, age -> "67"));
        HitHead goesOn = HitHead.of(still, stored, LENGTH, LAST, made(stored, age -> Long.toString(60 + age)));
        assertThat(text(still, stored, 8, 1)).contains("X-Added: 67\r\n");
        assertThat(text(goesOn, stored, 8, 1)).contains("X-Added: 68\r\n");
    }

    @Test
    void aLengthIsThatOfTheBody() {
        StoredHead chunked = stored("ETag", "\"1\"");
        HitHead head = HitHead.of(
                null,
                chunked,
                LENGTH,
                LAST,
                moment -> ResponseHead.of(
                        200,
                        chunked.head()
                                .headers()
                                .edit()
                                .add("Content-Length", Integer.toString(LENGTH))
                                .build()));
        byte[] into = new byte[head.room(chunked)];
        int length = head.write(chunked, 5, 0, 0, into);
        assertThat(new String(into, 0, length, StandardCharsets.ISO_8859_1)).contains("\r\nContent-Length: 5\r\n");
    }
}
