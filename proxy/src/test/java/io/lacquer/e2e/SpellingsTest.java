package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Whatever a value is and however it is spelled, a write ends what its reader stored, and so does whoever purges it by
 * name: random values, spelled at random by each of them.
 */
class SpellingsTest extends WithPurges {
    private static final int CASES = 400;
    private static final String UNRESERVED = "abzAZ09-._~";
    private static final String OF_A_SEGMENT = "!$&'()*+,=:@";
    private static final List<String> ALPHABET = List.of(
            "a", "B", "z", "7", "-", ".", "_", "~", "!", "$", "'", "(", ")", "*", ",", "=", ":", "@", "ü", "€", "😀");
    private static final String POLICIES = "purge: {allow: [127.0.0.1]}\n" + policies("""
        - {name: tagged, match: {path: "/wt/{id}", method: POST}, invalidate: {tags: ["id:{id}"]}}
        - {name: queried, match: {path: "/wq", method: POST}, invalidate: {tags: ["q:{query:q}"]}}
        - {name: urls, match: {path: "/wu/{id}", method: POST}, invalidate: {urls: ["/r/{id}"]}}
        - {name: prefixes, match: {path: "/wp/{id}", method: POST}, invalidate: {prefixes: ["/r/{id}"]}}
        - name: read
          match: {path: "/r/{id}"}
          ttl: 10m
          tags: ["id:{id}", "q:{query:q}"]
          invalidate_on_write: true
          invalidate_on: ["changed.{id}"]
        """);

    private Random random;

    private String value() {
        StringBuilder value = new StringBuilder();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            value.append(ALPHABET.get(random.nextInt(ALPHABET.size())));
        }
        return value.toString().matches("\\.{1,2}") ? value() : value.toString(); // those are no segments
    }

    /** In the ways that a client may; {@code escape} says of which characters it must, and must not where it is false. */
    private String spelled(String value, Predicate<Character> escape) {
        StringBuilder text = new StringBuilder();
        for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            boolean free = UNRESERVED.indexOf(c) >= 0 || Character.isLetterOrDigit(c) && c < 0x80;
            boolean escaped = free ? random.nextInt(4) == 0 : OF_A_SEGMENT.indexOf(c) < 0 || escape.test(c);
            text.append(escaped ? (random.nextBoolean() ? "%%%02X" : "%%%02x").formatted((int) c) : String.valueOf(c));
        }
        return text.toString();
    }

    private String json(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    @Test
    void aWriteEndsWhatItsReaderStored() {
        long seed = System.nanoTime();
        random = new Random(seed);
        answerAll();
        proxy(POLICIES);
        for (int i = 0; i < CASES; i++) {
            String value = value();
            long reserved = random.nextLong();
            Predicate<Character> asTheReader = c -> (reserved >>> (c % 61) & 1) == 1;
            Predicate<Character> asOneLikes = c -> random.nextBoolean();
            String inQuery = spelled(value, c -> true);
            String read = "/r/" + spelled(value, asTheReader) + "?q=" + inQuery;
            String plain = "/r/" + spelled(value, asTheReader);
            String write = switch (i % 8) {
                case 0 -> "POST /wt/" + spelled(value, asOneLikes);
                case 1 -> "POST /wq?x=1&q=" + spelled(value, c -> true);
                case 2 -> "POST /wu/" + spelled(value, asTheReader);
                case 3 -> "POST /wp/" + spelled(value, asTheReader);
                case 4 -> "PUT /r/" + spelled(value, asTheReader) + "?any=1";
                case 5 -> "PURGE /r/" + spelled(value, asTheReader);
                case 6 -> "tags id:" + value;
                default -> "event changed." + value;
            };
            String[] reads = i % 8 == 2 || i % 8 == 5
                    ? new String[] {plain}
                    : i % 8 == 1 ? new String[] {read} : new String[] {read, plain};
            String why = "seed " + seed + ", " + value + ": " + String.join(" ", reads) + " after " + write;
            for (String path : reads) {
                get(path);
                assertThat(get(path).cache()).as("stored: " + why).isEqualTo("HIT");
            }
            String what = write.substring(write.indexOf(' ') + 1);
            switch (write.substring(0, write.indexOf(' '))) {
                case "tags" -> purge("{\"tags\":[\"" + json(what) + "\"]}", true);
                case "event" -> purge("{\"event\":\"" + json(what) + "\"}", false);
                case String method ->
                    assertThat(send(method, what, "x").status()).as(why).isEqualTo(200);
            }
            for (String path : reads) {
                assertThat(get(path).cache()).as(why).isEqualTo("MISS");
            }
        }
    }

    private void purge(String document, boolean tags) {
        Client.Response answer = Client.once(
                current().adminPort(),
                "POST",
                tags ? INVALIDATE : EVENTS,
                document,
                "Host: localhost",
                "Content-Type: application/json");
        assertThat(answer.status()).as(document + answer.text()).isEqualTo(200);
    }
}
