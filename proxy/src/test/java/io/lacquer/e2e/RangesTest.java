package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.e2e.Representation.Validator;
import io.lacquer.http.HttpDate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of what is stored whole, and of a whole that streams by (RFC 9110 §13, §14). */
class RangesTest extends WithParts {
    /** A stored whole. */
    private Representation stored(Validator validator, int length, String... fields) {
        Representation a = new Representation(clock, validator, length);
        if (fields.length > 0) {
            a.with(fields);
        }
        origin.on("/a", a);
        proxy(PLAIN);
        assertThat(get("/a").body()).isEqualTo(a.bytes());
        return a;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes=0-0        | 0  | 0",
                "bytes=0-9        | 0  | 9",
                "bytes=90-        | 90 | 99",
                "bytes=0-         | 0  | 99",
                "bytes=99-        | 99 | 99",
                "bytes=95-1000    | 95 | 99",
                "bytes=-1         | 99 | 99",
                "bytes=-30        | 70 | 99",
                "bytes=-1000      | 0  | 99",
                "BYTES=3-4        | 3  | 4",
                "bytes= 3-4       | 3  | 4",
                "bytes=,3-4,      | 3  | 4",
                "bytes=3-4,500-   | 3  | 4",
                "bytes=3-9,8-20   | 3  | 20",
                "bytes=8-20,3-9   | 3  | 20",
                "bytes=3-4,3-4    | 3  | 4",
                "bytes=-5,90-99   | 90 | 99"
            })
    void aRangeOfAStoredWholeIsA206(String range, int first, int last) {
        Representation a = stored(Validator.STRONG, 100);
        clock.advance(Duration.ofSeconds(7));
        Client.Response part = get("/a", "Range: " + range);
        is206(part, a, first, last);
        assertThat(part.cache()).isEqualTo("HIT");
        assertThat(part.header("Cache-Status")).startsWith("lacquer; hit");
        assertThat(part.age()).isEqualTo(7);
        assertThat(part.header("ETag")).isEqualTo("\"v1\"");
        isWhole(get("/a"), a);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,200-300,-0"})
    void aRangeWithoutAByteIsA416ThatTellsTheLength(String range) throws IOException {
        Representation a = stored(Validator.STRONG, 100);
        Client.Response none = get("/a", "Range: " + range);
        is416(none, 100);
        assertThat(none.cache()).isEqualTo("HIT");
        isWhole(get("/a"), a);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=5-2",
                "bytes=a-b",
                "bytes=0x1-2",
                "bytes=1-2-3",
                "bytes=--1",
                "bytes=+1-2",
                "bytes 0-1",
                "bytes=0-1,x",
                "lines=1-2",
                "bytes",
                "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32",
                "bytes=0-1\r\nRange: bytes=4-5"
            })
    void whatIsNoUsableRangeIsIgnored(String range) {
        Representation a = stored(Validator.STRONG, 100);
        Client.Response whole = get("/a", "Range: " + range);
        isWhole(whole, a);
        assertThat(whole.cache()).isEqualTo("HIT");
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void severalRangesAreOneMultipartInTheirOrder() {
        Representation a = stored(Validator.STRONG, 100);
        Client.Response several = get("/a", "Range: bytes=50-54, 0-1 ,-2,700-");
        assertThat(several.status()).isEqualTo(206);
        assertThat(several.header("Content-Range")).isNull();
        assertThat(several.header("ETag")).isEqualTo("\"v1\"");
        List<Multipart.Part> parts = Multipart.parts(several);
        assertThat(parts)
                .extracting(Multipart.Part::range)
                .containsExactly("bytes 50-54/100", "bytes 0-1/100", "bytes 98-99/100");
        assertThat(parts).extracting(Multipart.Part::type).containsOnly("text/x-1");
        assertThat(parts.get(0).body()).isEqualTo(a.slice(50, 54));
        assertThat(parts.get(1).body()).isEqualTo(a.slice(0, 1));
        assertThat(parts.get(2).body()).isEqualTo(a.slice(98, 99));
    }

    @Test
    void nobodyIsSentAByteTwiceNorMoreThanTheWhole() {
        Representation a = stored(Validator.STRONG, 100);
        List<Multipart.Part> parts = Multipart.parts(get("/a", "Range: bytes=0-4,60-69,3-9,65-65"));
        assertThat(parts).extracting(Multipart.Part::range).containsExactly("bytes 0-9/100", "bytes 60-69/100");
        isWhole(get("/a", "Range: bytes=0-49,50-99"), a);
        assertThat(get("/a", "Range: bytes=0-49,51-99").status()).isEqualTo(206);
    }

    @Test
    void rangesOfALargeBodyAreExactAcrossItsSegments() {
        Representation a = stored(Validator.STRONG, 300_001);
        for (int at : new int[] {0, 65_535, 65_536, 65_537, 131_071, 262_144, 299_990}) {
            is206(get("/a", "Range: bytes=" + at + "-" + (at + 10)), a, at, at + 10);
        }
        is206(get("/a", "Range: bytes=1-299999"), a, 1, 299_999);
        is206(get("/a", "Range: bytes=-100000"), a, 200_001, 300_000);
        List<Multipart.Part> parts = Multipart.parts(get("/a", "Range: bytes=0-70000,131000-200000,300000-"));
        assertThat(parts.get(0).body()).isEqualTo(a.slice(0, 70_000));
        assertThat(parts.get(1).body()).isEqualTo(a.slice(131_000, 200_000));
        assertThat(parts.get(2).body()).isEqualTo(a.slice(300_000, 300_000));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // stored with | If-Range | 206
                "STRONG   | \"v1\"      | true",
                "STRONG   | W/\"v1\"    | false",
                "STRONG   | \"v2\"      | false",
                "STRONG   | v1          | false",
                "STRONG   | *           | false",
                "STRONG   | \"v1\", \"v2\" | false",
                "WEAK     | W/\"v1\"    | false",
                "WEAK     | \"v1\"      | false",
                "NONE     | \"v1\"      | false"
            })
    void ifRangeHoldsForTheSameStrongTagOnly(Validator validator, String condition, boolean holds) {
        Representation a = stored(validator, 100);
        Client.Response answer = get("/a", "Range: bytes=3-5", "If-Range: " + condition);
        assertThat(answer.cache()).isEqualTo("HIT");
        if (holds) {
            is206(answer, a, 3, 5);
        } else {
            isWhole(answer, a);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Last-Modified so many ms before Date | If-Range so many ms after Last-Modified | 206
                "86400000 | 0     | true",
                "1000     | 0     | true",
                "0        | 0     | false",
                "-5000    | 0     | false",
                "86400000 | 1000  | false",
                "86400000 | -1000 | false"
            })
    void ifRangeHoldsForAStrongDateThatIsTheVeryOne(long before, long after, boolean holds) {
        long modified = clock.wallMillis() - before;
        String changed = "Last-Modified: " + HttpDate.format(modified);
        origin.on("/a", call -> call.reply(200, "0123456789", date(), changed, "Cache-Control: max-age=60"));
        proxy(PLAIN);
        get("/a");
        Client.Response answer = get("/a", "Range: bytes=3-5", "If-Range: " + HttpDate.format(modified + after));
        assertThat(answer.cache()).isEqualTo("HIT");
        assertThat(answer.text()).isEqualTo(holds ? "345" : "0123456789");
        assertThat(answer.status()).isEqualTo(holds ? 206 : 200);
    }

    @Test
    void ifRangeInAnotherSpellingOfTheDateDoesNotHold() {
        String spelt = "Sunday, 06-Nov-94 08:49:37 GMT";
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "0123456789",
                        date(),
                        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
                        "Cache-Control: max-age=60"));
        proxy(PLAIN);
        get("/a");
        assertThat(get("/a", "Range: bytes=0-1", "If-Range: " + spelt).status()).isEqualTo(200);
        assertThat(get("/a", "Range: bytes=0-1", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT")
                        .status())
                .isEqualTo(206);
    }

    @Test
    void ifRangeThatDoesNotHoldGivesTheWholeEvenWhereTheRangeHasNoByte() {
        Representation a = stored(Validator.STRONG, 100);
        isWhole(get("/a", "Range: bytes=100-", "If-Range: \"v0\""), a);
        is416(get("/a", "Range: bytes=100-", "If-Range: \"v1\""), 100);
        isWhole(get("/a", "If-Range: \"v1\""), a);
    }

    @Test
    void conditionsGoBeforeRanges() {
        Representation a = stored(Validator.STRONG, 100, "Cache-Control: max-age=60", "Last-Modified: " + past());
        for (String range : new String[] {"bytes=0-3", "bytes=100-", "bytes=0-3,9-"}) {
            Client.Response same = get("/a", "Range: " + range, "If-None-Match: \"v1\"");
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.header("Content-Range")).isNull();
            assertThat(same.header("ETag")).isEqualTo("\"v1\"");
        }
        assertThat(get("/a", "Range: bytes=0-3", "If-Modified-Since: " + past()).status())
                .isEqualTo(304);
        is206(get("/a", "Range: bytes=0-3", "If-None-Match: \"v0\"", "If-Modified-Since: " + past()), a, 0, 3);
        assertThat(get("/a", "Range: bytes=0-3", "If-Range: \"v0\"", "If-None-Match: \"v1\"")
                        .status())
                .isEqualTo(304);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    private String past() {
        return HttpDate.format(clock.wallMillis() - 86_400_000);
    }

    @Test
    void aHeadIgnoresRange() {
        stored(Validator.STRONG, 100);
        for (String range : new String[] {"bytes=0-3", "bytes=100-"}) {
            Client.Response head = send("HEAD", "/a", "", "Range: " + range);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo("100");
            assertThat(head.header("Content-Range")).isNull();
            assertThat(head.cache()).isEqualTo("HIT");
        }
    }

    @Test
    void onlyOfA200AreThereRanges() {
        origin.on("/gone", call -> call.reply(404, "0123456789", date(), "Cache-Control: max-age=60", "ETag: \"1\""));
        proxy(PLAIN);
        get("/gone");
        Client.Response answer = get("/gone", "Range: bytes=2-3");
        assertThat(answer.cache()).isEqualTo("HIT");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).isEqualTo("0123456789");
        assertThat(answer.header("Content-Range")).isNull();
    }

    @Test
    void anEmptyWholeHasNoRanges() {
        origin.on("/a", call -> call.reply(200, "", date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        get("/a");
        is416(get("/a", "Range: bytes=0-"), 0);
    }

    @Test
    void aWholeThatCameInChunksHasRangesOnceItIsStored() {
        origin.on(
                "/a",
                call -> call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"));
        proxy(PLAIN);
        get("/a");
        Client.Response part = get("/a", "Range: bytes=2-5");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.header("Content-Range")).isEqualTo("bytes 2-5/10");
        assertThat(part.header("Transfer-Encoding")).isNull();
        assertThat(part.text()).isEqualTo("2345");
    }

    @Test
    void anAnswerIsFollowedByTheNextOneOnTheSameConnection() throws IOException {
        Representation a = stored(Validator.STRONG, 100);
        try (Client client = new Client(port())) {
            for (String range : new String[] {"bytes=0-3", "bytes=200-", "bytes=1-2,9-9", "bytes=-5", "x"}) {
                Client.Response answer =
                        client.send("GET", "/a", "", "Range: " + range).read("GET");
                assertThat(answer.cache()).isEqualTo("HIT");
            }
            isWhole(client.send("GET", "/a", "").read("GET"), a);
        }
    }

    @Test
    void aStaleWholeIsValidatedWholeAndTheRangeComesFromIt() {
        Representation a = stored(Validator.STRONG, 100);
        clock.advance(Duration.ofSeconds(61));
        Client.Response part = get("/a", "Range: bytes=5-9", "If-Range: \"v1\"");
        is206(part, a, 5, 9);
        assertThat(part.cache()).isEqualTo("REVALIDATED");
        assertThat(origin.last("/a").header("If-None-Match")).isEqualTo("\"v1\"");
        assertThat(origin.last("/a").header("Range")).isNull();
        assertThat(origin.last("/a").header("If-Range")).isNull();
        isWhole(get("/a"), a);
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aStaleWholeThatChangedIsFetchedWholeAndTheRangeIsOfTheNewOne() {
        Representation a = stored(Validator.STRONG, 100);
        clock.advance(Duration.ofSeconds(61));
        a.change();
        is206(get("/a", "Range: bytes=5-9"), a, 5, 9);
        clock.advance(Duration.ofSeconds(61));
        a.change();
        Client.Response other = get("/a", "Range: bytes=5-9", "If-Range: \"v1\"");
        isWhole(other, a);
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @Test
    void rangesJoinTheFetchOfAWholeAndGetTheirSliceAsSoonAsItIsThere() throws Exception {
        Representation a = stored(Validator.NONE, 200_000);
        clock.advance(Duration.ofSeconds(61));
        a.change();
        origin.on("/a", call -> {
            byte[] bytes = a.bytes();
            call.raw("HTTP/1.1 200 OK\r\n" + String.join("\r\n", a.head()) + "\r\nContent-Length: " + bytes.length
                    + "\r\n\r\n");
            call.raw(Arrays.copyOf(bytes, 100_000));
            gate.await();
            call.raw(Arrays.copyOfRange(bytes, 100_000, bytes.length));
        });
        Future<Client.Response> whole = threads.submit(() -> get("/a"));
        await().until(() -> origin.count("/a") == 2);
        is206(get("/a", "Range: bytes=70000-90000"), a, 70_000, 90_000);
        is206(get("/a", "Range: bytes=0-0"), a, 0, 0);
        is416(get("/a", "Range: bytes=200007-"), 200_007);
        Future<Client.Response> end = threads.submit(() -> get("/a", "Range: bytes=-10"));
        Future<Client.Response> across = threads.submit(() -> get("/a", "Range: bytes=99999-100001"));
        assertThat(end).isNotDone();
        gate.countDown();
        isWhole(whole.get(), a);
        is206(end.get(), a, 199_997, 200_006);
        is206(across.get(), a, 99_999, 100_001);
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aRangeOfAWholeThatBreaksOffBehindItIsGoodAndTheWholeIsNotStored() {
        Representation a = new Representation(clock, Validator.NONE, 100_000);
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 200 OK\r\n" + String.join("\r\n", a.head()) + "\r\nContent-Length: 100000\r\n\r\n");
            call.raw(a.slice(0, 49_999)).close();
        });
        proxy(PLAIN);
        is206(get("/a", "Range: bytes=10-20"), a, 10, 20);
        await().until(() -> proxyUsed() == 0);
        origin.on("/a", a);
        assertThat(get("/a", "Range: bytes=10-20").cache()).isEqualTo("MISS");
    }

    @Test
    void anOriginThatIgnoresRangeFillsTheStoreWithTheWhole() {
        Representation a = new Representation(clock, Validator.STRONG, 100).withoutRanges();
        origin.on("/a", a);
        proxy(PLAIN);
        Client.Response first = get("/a", "Range: bytes=5-9");
        is206(first, a, 5, 9);
        assertThat(first.cache()).isEqualTo("MISS");
        isWhole(get("/a"), a);
        is206(get("/a", "Range: bytes=-9"), a, 91, 99);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void anUnstorableWholeFromAnOriginThatIgnoresRangeIsCutToo() {
        Representation a = new Representation(clock, Validator.STRONG, 3_000_000)
                .with("Cache-Control: no-store")
                .withoutRanges();
        origin.on("/a", a);
        proxy(PLAIN);
        is206(get("/a", "Range: bytes=2000000-2000009"), a, 2_000_000, 2_000_009);
        is206(get("/a", "Range: bytes=5-9"), a, 5, 9);
        assertThat(origin.count("/a")).isEqualTo(2);
        await().until(() -> proxyUsed() == 0);
    }

    @Test
    void aWholeOfUnknownLengthIsSentWholeWhileItStreams() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        all.writeBytes("a\r\n0123456789\r\n0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        origin.on("/a", call -> call.raw(all.toByteArray()));
        proxy(PLAIN);
        Client.Response streamed = get("/a", "Range: bytes=2-3");
        assertThat(streamed.status()).isEqualTo(200);
        assertThat(streamed.text()).isEqualTo("0123456789");
        assertThat(get("/a", "Range: bytes=2-3").text()).isEqualTo("23");
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void staleIsServedInRangesTooWhereItMayBe() {
        Representation a =
                stored(Validator.NONE, 100, "Cache-Control: max-age=10, stale-if-error=60, stale-while-revalidate=10");
        clock.advance(Duration.ofSeconds(15));
        Client.Response revalidating = get("/a", "Range: bytes=5-9");
        is206(revalidating, a, 5, 9);
        assertThat(revalidating.cache()).isEqualTo("STALE");
        await().until(() -> origin.count("/a") == 2);
        assertThat(origin.last("/a").header("Range")).isNull();
        origin.on("/a", Origin.Call::reset);
        await().until(() -> get("/a").cache().equals("HIT"));
        clock.advance(Duration.ofSeconds(40));
        Client.Response failing = get("/a", "Range: bytes=-3");
        is206(failing, a, 97, 99);
        assertThat(failing.header("Cache-Status")).contains("stale-if-error");
    }

    private int port() {
        return current().port();
    }

    private long proxyUsed() {
        return current().server().ledger().used();
    }
}
