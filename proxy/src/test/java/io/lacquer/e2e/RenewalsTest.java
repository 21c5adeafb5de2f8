package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the answer to a HEAD (RFC 9111 §4.3.5) and a 304 (§4.3.3, §4.3.4) do to what is stored. */
class RenewalsTest extends EndToEnd {
    /** A GET is {@code body} for ten seconds; a HEAD says these. */
    private void answer(int status, String... toHead) {
        origin.on("/a", call -> {
            List<String> fields = new ArrayList<>(List.of(date(), "Cache-Control: max-age=10"));
            if (call.method.equals("HEAD")) {
                fields.addAll(List.of(toHead));
                call.raw("HTTP/1.1 " + status + " X\r\n" + String.join("\r\n", fields) + "\r\n\r\n");
            } else {
                fields.addAll(List.of("ETag: \"1\"", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT", "X-Old: o"));
                call.reply(200, "body", fields.toArray(new String[0]));
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ETag: \"1\"|X-New: n",
                "ETag: W/\"1\"|X-New: n",
                "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT|X-New: n"
            })
    void theAnswerToAHeadRenewsWhatItDescribes(String same, String news) {
        answer(200, same, news);
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(send("HEAD", "/a", "").cache()).isEqualTo("MISS");
        clock.advance(Duration.ofSeconds(5));
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.age()).isEqualTo(5);
        assertThat(hit.text()).isEqualTo("body");
        assertThat(hit.header("X-New")).isEqualTo("n");
        assertThat(hit.header("X-Old")).isEqualTo("o");
        assertThat(hit.header("ETag")).isEqualTo("\"1\"");
        assertThat(hit.header("Content-Length")).isEqualTo("4");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ETag: \"2\"|Content-Length: 4",
                "ETag: \"1\"|Content-Length: 5",
                "ETag: \"1\"|Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT",
                "Content-Length: 0|X-Any: a"
            })
    void theAnswerToAHeadEndsWhatItContradicts(String one, String other) {
        answer(200, one, other);
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "");
        assertThat(get("/a").header("Cache-Status")).contains("fwd=uri-miss");
        assertThat(origin.last("/a").header("If-None-Match")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"404", "500", "302", "204", "304"})
    void anotherStatusToAHeadChangesNothing(int status) {
        answer(status, "ETag: \"2\"", "X-New: n");
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "");
        Client.Response next = get("/a");
        assertThat(next.header("Cache-Status")).contains("fwd=stale");
        assertThat(origin.last("/a").header("If-None-Match")).isEqualTo("\"1\"");
        assertThat(next.header("X-New")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cache-Control: private, max-age=60|",
                "Cache-Control: no-store|",
                "Set-Cookie: a=b|",
                "Vary: Cookie|",
                "X-Any: a|Authorization: me"
            })
    void whatIsForOneAloneRenewsNothing(String field, String asked) {
        answer(200, "ETag: \"1\"", "X-New: secret", field);
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "", asked == null ? "X-Any: a" : asked);
        Client.Response next = get("/a");
        assertThat(next.header("X-New")).isNull();
        assertThat(next.header("Set-Cookie")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 4", "X-Any: a"})
    void withoutAValidatorItRenewsNothingAndEndsNothing(String field) {
        answer(200, field, "X-New: n");
        proxy(PLAIN);
        get("/a");
        send("HEAD", "/a", "", "Cache-Control: no-cache");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "");
        Client.Response next = get("/a");
        assertThat(next.cache()).isNotEqualTo("HIT");
        assertThat(next.header("X-New")).isNull();
    }

    @Test
    void aHeadNowAndThenKeepsNothingAliveThatHasNoValidator() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "version " + origin.count("/a"),
                        date(),
                        "Cache-Control: max-age=10",
                        call.method.equals("HEAD") ? "X-None: a" : "X-Get: a"));
        proxy(PLAIN);
        get("/a");
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofSeconds(8));
            send("HEAD", "/a", "");
        }
        assertThat(get("/a").text()).isEqualTo("version 4");
    }

    @Test
    void parametersThatDoNotCountCanNotPutWordsIntoAStoredHead() {
        origin.on(
                "/a",
                call -> call.reply(
                        200, "body", date(), "Cache-Control: max-age=10", "ETag: \"1\"", "X-Asked: " + call.target));
        proxy(policies("- {name: a, match: {path: /a}, key: {query: {drop: [\"utm_*\"]}}}"));
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a?utm_x=evil", "");
        assertThat(get("/a").header("X-Asked")).isEqualTo("/a");
    }

    @Test
    void anotherSpellingOfThePathCanNotEither() {
        origin.on(
                "*",
                call -> call.reply(
                        200, "body", date(), "Cache-Control: max-age=10", "ETag: \"1\"", "X-Asked: " + call.target));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/x/../a", "");
        assertThat(get("/a").header("X-Asked")).isEqualTo("/a");
    }

    @Test
    void aHeadOfOneVariantLeavesTheOthersAlone() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "body",
                        date(),
                        "Cache-Control: max-age=10",
                        "ETag: \"" + call.header("X-Kind") + "\"",
                        "Vary: X-Kind",
                        "X-Method: " + call.method));
        proxy(PLAIN);
        get("/a", "X-Kind: 1");
        get("/a", "X-Kind: 2");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "", "X-Kind: 1");
        Client.Response renewed = get("/a", "X-Kind: 1");
        assertThat(renewed.cache()).isEqualTo("HIT");
        assertThat(renewed.header("X-Method")).isEqualTo("HEAD");
        assertThat(get("/a", "X-Kind: 2").cache()).isNotEqualTo("HIT");
    }

    @Test
    void groupsThatARenewalNamesCount() {
        origin.on("/a", call -> {
            boolean get = call.method.equals("GET");
            call.reply(
                    200,
                    "body",
                    date(),
                    "Cache-Control: max-age=10",
                    "ETag: \"1\"",
                    "Cache-Groups: " + (get ? "\"old\"" : "\"new\""));
        });
        origin.on("/w", call -> call.reply(200, "", "Cache-Group-Invalidation: \"new\""));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        send("POST", "/w", "");
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void aHeadUnderAnotherPolicyTakesNoTagsAway() {
        answer(200, "ETag: \"1\"", "X-New: n");
        origin.on("/w", call -> call.reply(200, ""));
        proxy(policies("""
            - {name: a, match: {path: /a, method: GET}, tags: [all]}
            - {name: w, match: {path: /w}, invalidate: {tags: [all]}}
            """));
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a", "");
        assertThat(get("/a").header("X-New")).isEqualTo("n");
        send("POST", "/w", "");
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void aWriteDuringAHeadWins() throws Exception {
        java.util.concurrent.CountDownLatch gate = new java.util.concurrent.CountDownLatch(1);
        origin.on("/a", call -> {
            call.body();
            if (call.method.equals("HEAD")) {
                gate.await();
            }
            call.reply(200, "body", date(), "Cache-Control: max-age=10", "ETag: \"1\"");
        });
        var proxy = proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        try (Client head = new Client(proxy.port())) {
            head.send("HEAD", "/a", "");
            org.awaitility.Awaitility.await().until(() -> origin.count("/a") == 2);
            send("PUT", "/a", "new");
            gate.countDown();
            assertThat(head.read("HEAD").status()).isEqualTo(200);
        }
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    /** Two variants with such tags, both expired, one of them validated with a 304 that has this tag. */
    private Client.Response otherAfterRenewal(String one, String other, String told) {
        origin.on("/a", call -> {
            boolean first = "1".equals(call.header("X-Kind"));
            String tag = first ? one : other;
            if (tag.equals(call.header("If-None-Match"))) {
                String says = first ? told : other;
                call.reply(304, "", date(), "Cache-Control: max-age=10", "ETag: " + says, "Vary: X-Kind", "X-New: n");
            } else {
                String body = "kind " + call.header("X-Kind");
                call.reply(200, body, date(), "Cache-Control: max-age=10", "ETag: " + tag, "Vary: X-Kind");
            }
        });
        proxy(PLAIN);
        get("/a", "X-Kind: 1");
        get("/a", "X-Kind: 2");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a", "X-Kind: 1").cache()).isEqualTo("REVALIDATED");
        assertThat(get("/a", "X-Kind: 1").text()).isEqualTo("kind 1");
        int before = origin.count("/a");
        Client.Response response = get("/a", "X-Kind: 2");
        assertThat(response.text()).isEqualTo("kind 2");
        assertThat(origin.count("/a") - before).isEqualTo(response.cache().equals("HIT") ? 0 : 1);
        return response;
    }

    @Test
    void a304RenewsEveryVariantWithItsStrongTag() {
        Client.Response other = otherAfterRenewal("\"1\"", "\"1\"", "\"1\"");
        assertThat(other.cache()).isEqualTo("HIT");
        assertThat(other.header("X-New")).isEqualTo("n");
        assertThat(other.age()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"W/\"1\"|W/\"1\"|W/\"1\"", "\"1\"|\"2\"|\"1\"", "\"1\"|W/\"1\"|\"1\"", "W/\"1\"|\"1\"|W/\"1\""})
    void noOtherVariantIsRenewed(String one, String other, String told) {
        assertThat(otherAfterRenewal(one, other, told).cache()).isEqualTo("REVALIDATED");
    }

    @Test
    void a304ThatIsAboutSomethingElseIsNotUsed() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") != null) {
                call.reply(304, "", date(), "ETag: \"9\"");
            } else {
                call.reply(200, "body" + origin.count("/a"), date(), "Cache-Control: max-age=10", "ETag: \"1\"");
            }
        });
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a").text()).isEqualTo("body3");
    }
}
