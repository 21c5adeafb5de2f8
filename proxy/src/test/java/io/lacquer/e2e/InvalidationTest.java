package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the answer to a write names: groups (RFC 9875), and resources of the same origin (RFC 9111 §4.4). */
class InvalidationTest extends EndToEnd {
    /** A GET may be kept, with these groups. */
    private void member(String path, String groups) {
        origin.on(
                path,
                call -> call.reply(200, call.target, date(), "Cache-Control: max-age=60", "Cache-Groups: " + groups));
    }

    /** An answer of any method. */
    private void answers(String path, int status, String... fields) {
        origin.on(path, call -> {
            call.body();
            call.reply(status, call.method, fields);
        });
    }

    private void warm(String... paths) {
        for (String path : paths) {
            get(path);
            assertThat(get(path).cache()).as(path).isEqualTo("HIT");
        }
    }

    private void assertEnded(String... paths) {
        for (String path : paths) {
            assertThat(get(path).cache()).as(path).isEqualTo("MISS");
        }
    }

    private void assertLives(String... paths) {
        for (String path : paths) {
            assertThat(get(path).cache()).as(path).isEqualTo("HIT");
        }
    }

    @Test
    void aGroupEndsAsAWholeAndNoOtherDoes() {
        member("/a", "\"one\"");
        member("/b", "\"two\", \"one\";p=1");
        member("/c", "\"two\"");
        member("/d", "\"ONE\"");
        member("/e", "\"one more\"");
        answers("/w", 200, "Cache-Group-Invalidation: \"one\"");
        proxy(PLAIN);
        warm("/a", "/b", "/c", "/d", "/e");
        send("POST", "/w", "x");
        assertEnded("/a", "/b");
        assertLives("/c", "/d", "/e");
    }

    @Test
    void severalGroupsInSeveralLinesEnd() {
        member("/a", "\"one\"");
        member("/b", "\"two\"");
        member("/c", "\"thr\\\\ee\"");
        answers("/w", 204, "Cache-Group-Invalidation: \"one\"", "Cache-Group-Invalidation: \"two\", \"thr\\\\ee\"");
        proxy(PLAIN);
        warm("/a", "/b", "/c");
        send("DELETE", "/w", "");
        assertEnded("/a", "/b", "/c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "QUERY", "OPTIONS"})
    void aSafeMethodEndsNothing(String method) {
        member("/a", "\"one\"");
        answers("/w", 200, "Cache-Group-Invalidation: \"one\"", "Location: /a", "Content-Location: /a");
        proxy(PLAIN);
        warm("/a");
        send(method, "/w", "");
        assertLives("/a");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404, 500})
    void aWriteThatFailedEndsNothing(int status) {
        member("/a", "\"one\"");
        answers("/w", status, "Cache-Group-Invalidation: \"one\"", "Location: /a");
        proxy(PLAIN);
        warm("/a");
        send("POST", "/w", "x");
        assertLives("/a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "\"one", "1", "\"one\", 1", "(\"one\")", "\"one\",", "'one'"})
    void whatIsNoListOfStringsSaysNothing(String groups) {
        member("/a", "\"one\"");
        member("/b", groups);
        answers("/w", 200, "Cache-Group-Invalidation: " + groups);
        answers("/good", 200, "Cache-Group-Invalidation: \"one\"");
        proxy(PLAIN);
        warm("/a", "/b");
        send("POST", "/w", "x");
        assertLives("/a");
        send("POST", "/good", "x");
        assertEnded("/a");
        assertLives("/b");
    }

    @Test
    void groupsOfOtherOriginsAndTagsOfTheSameNameLive() {
        member("/a", "\"one\"");
        origin.on("/t", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60", "Surrogate-Key: one"));
        answers("/w", 200, "Cache-Group-Invalidation: \"one\"");
        proxy(PLAIN);
        get("/a", "Host: other.org");
        warm("/a", "/t");
        send("POST", "/w", "x");
        assertEnded("/a");
        assertLives("/t");
        assertThat(get("/a", "Host: other.org").cache()).isEqualTo("HIT");
        assertThat(get("/a", "Host: example.org:8080").cache()).isEqualTo("MISS");
        send("POST", "/w", "x", "Host: example.org:8080");
        assertLives("/a");
    }

    @Test
    void aTagOfAStrangersMakingIsNoGroup() {
        member("/a", "\"one\"");
        answers("/items/x", 200);
        proxy(policies("- {name: w, match: {path: \"/items/{id}\"}, invalidate: {tags: [\"{id}\", \"group:{id}\"]}}"));
        warm("/a");
        send("POST", "/items/one", "x");
        assertLives("/a");
    }

    @Test
    void groupsThatWereTooManyAreStillHonouredUpTo128() {
        StringBuilder many = new StringBuilder("\"g0\"");
        for (int i = 1; i < 128; i++) {
            many.append(", \"g").append(i).append('"');
        }
        member("/a", many.toString());
        answers("/w", 200, "Cache-Group-Invalidation: \"g127\"");
        proxy(PLAIN);
        warm("/a");
        send("POST", "/w", "x");
        assertEnded("/a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/x/w|/x/b|/x/b",
                "/x/w|b|/x/b",
                "/x/w|./b|/x/b",
                "/x/w|../b|/b",
                "/x/w|../../../b|/b",
                "/x/w|../b?q=1#frag|/b?q=1",
                "/x/w|?q=1|/x/w?q=1",
                "/x/w|//example.org/b|/b",
                "/x/w|http://example.org/b|/b",
                "/x/w|HTTP://Example.ORG:80/b|/b",
                "/x/w|http://example.org|/",
                "/x/w|http://example.org?q|/?q",
                "/x/w|/%62|/b",
                "/x/w|/b:c|/b:c",
                "/x/w|./b:c|/x/b:c",
                "/x/w|/b//c|/b//c",
                "/x/w|/b?q=a|/b?q=a",
                "/x/w|/b?q=[1]{2}|/b?q=[1]{2}",
                "/x/{w}|b|/x/b",
                "/x/w?return=http://elsewhere.org/|b|/x/b"
            })
    void aReferenceOfTheSameOriginEndsWhatItNames(String written, String reference, String ended) {
        for (String field : new String[] {"Location", "Content-Location"}) {
            origin.on("*", call -> {
                call.body();
                boolean write = call.method.equals("POST");
                call.reply(
                        write ? 201 : 200, call.target, write ? field + ": " + reference : "Cache-Control: max-age=60");
            });
            if (field.equals("Location")) {
                proxy(PLAIN);
            }
            warm(ended, "/bystander");
            send("POST", written, "x");
            assertEnded(ended);
            assertLives("/bystander");
        }
    }

    @Test
    void aReferenceWithABarEndsWhatItNames() {
        answers("/w", 201, "Location: /b?q=a|b");
        origin.on("/b", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        warm("/b?q=a|b");
        send("POST", "/w", "x");
        assertEnded("/b?q=a|b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://elsewhere.org/b",
                "//elsewhere.org/b",
                "http://example.org:81/b",
                "http://example.org.elsewhere.org/b",
                "http://example.org@elsewhere.org/b",
                "http://elsewhere.org@example.org/b",
                "ftp://example.org/b",
                "javascript:/b",
                "urn:b",
                "http:///b",
                "http://",
                "//",
                "http://exa mple.org/b",
                "/b/%2F..",
                "/c"
            })
    void whatNamesSomethingElseEndsNothing(String reference) {
        answers("/w", 201, "Location: " + reference, "Content-Location: " + reference);
        origin.on("/b", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        warm("/b");
        assertThat(send("POST", "/w", "x").status()).isEqualTo(201);
        assertLives("/b");
    }

    @Test
    void aRedirectAfterAWriteEndsItsTarget() {
        answers("/w", 303, "Location: /b");
        origin.on("/b", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        warm("/b");
        send("POST", "/w", "x");
        assertEnded("/b");
    }

    @Test
    void theReadersPolicySaysWhatTheUrlIs() {
        answers("/w", 201, "Location: /b?utm_x=1&n=1");
        origin.on("/b", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
        proxy(policies("- {name: b, match: {path: /b, method: GET}, ttl: 1m, key: {query: {drop: [\"utm_*\"]}},"
                + " invalidate_on_write: true, tags: [all]}"));
        warm("/b?n=1", "/b?n=2");
        send("POST", "/w", "x");
        assertEnded("/b?n=1");
        assertLives("/b?n=2");
    }
}
