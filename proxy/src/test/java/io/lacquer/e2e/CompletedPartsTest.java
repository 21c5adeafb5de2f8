package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole is made of a stored part and what is missing of it. */
class CompletedPartsTest extends WithParts {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // stored | asked for then, nothing where the whole is
                "0-49              | bytes=50-",
                "50-99             | bytes=0-49",
                "0-48              | ",
                "51-99             | ",
                "0-39 60-99        | bytes=40-59",
                "0-29 40-49 70-99  | bytes=30-69",
                "0-9 30-39 40-99   | bytes=10-29",
                "0-9 90-99         | ",
                "10-89             | ",
                "1-99              | bytes=0-0",
                "0-98              | bytes=99-"
            })
    void aWholeIsMadeOfAPartAndWhatIsMissing(String stored, String asked) throws IOException {
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(PLAIN);
        String[] ranges = stored.split(" ");
        for (String each : ranges) {
            range(each);
        }
        clock.advance(Duration.ofSeconds(20));
        try (Client client = new Client(proxy.port())) {
            Client.Response whole = isWhole(client.send("GET", "/a", "").read("GET"), a);
            assertThat(whole.all("Content-Length")).containsExactly("100");
            isMiss(whole);
            assertThat(whole.header("Cache-Status")).contains("fwd=partial");
            settle();
            isHit(client.send("GET", "/a", "").read("GET"));
        }
        assertThat(asked()).isEqualTo(ranges.length + 1);
        assertThat(last().header("Range")).isEqualTo(asked);
        assertThat(last().header("If-Range")).isEqualTo(asked == null ? null : "\"v1\"");
        assertThat(last().header("If-None-Match")).isNull();
        Client.Response hit = isWhole(get("/a"), a);
        isHit(hit);
        assertThat(hit.age()).as("as old as what came last").isEqualTo(0);
        isHit(is206(range("45-55"), a, 45, 55));
    }

    @Test
    void aStrongDateCompletesToo() {
        Representation a = at(Validator.DATED);
        proxy(PLAIN);
        range("0-59");
        isWhole(get("/a"), a);
        assertThat(last().header("Range")).isEqualTo("bytes=60-");
        assertThat(last().header("If-Range")).isEqualTo(a.changed(1));
        isHit(isWhole(get("/a"), a));
    }

    @ParameterizedTest
    @EnumSource(names = {"WEAK", "LOOSE", "JUST_NOW"})
    void withoutAStrongValidatorTheWholeIsAskedForAtOnce(Validator validator) {
        Representation a = at(validator);
        proxy(PLAIN);
        range("0-89");
        isMiss(isWhole(get("/a"), a));
        assertThat(last().header("Range")).isNull();
        assertThat(asked()).isEqualTo(2);
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void withoutAnyValidatorTheRestIsAskedForOnceAndNeverJoined() {
        Representation a = at(Validator.NONE);
        proxy(PLAIN);
        range("0-89");
        isMiss(isWhole(get("/a"), a));
        assertThat(asked()).as("the part, the rest, the whole").isEqualTo(3);
        assertThat(last().header("Range")).isNull();
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void theStoredPrefixIsSentBeforeTheRestIsHere() throws Exception {
        Representation a = new Representation(clock, Validator.STRONG, 100_000);
        origin.on("/a", a);
        Proxy proxy = proxy(PLAIN);
        range("0-59999");
        range("90000-");
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(a.contentRange(60_000, 89_999)))
                    + "\r\nContent-Length: 30000\r\n\r\n");
            gate.await();
            call.raw(a.slice(60_000, 89_999));
        });
        try (Client client = new Client(proxy.port())) {
            Client.Response head = client.send("GET", "/a", "").readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo("100000");
            assertThat(client.input().readNBytes(60_000)).isEqualTo(a.slice(0, 59_999));
            Future<Client.Response> other = threads.submit(() -> get("/a"));
            await().until(() -> collapsed(proxy) == 1);
            gate.countDown();
            assertThat(client.input().readNBytes(40_000)).isEqualTo(a.slice(60_000, 99_999));
            isWhole(other.get(), a);
        }
        assertThat(asked()).isEqualTo(3);
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void aChangedWholeComesWholeInThePlaceOfTheRest() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("0-59");
        a.change();
        isMiss(isWhole(get("/a"), a));
        assertThat(asked()).isEqualTo(2);
        isHit(isWhole(get("/a"), a));
    }

    @ParameterizedTest
    @ValueSource(strings = {"validator", "no validator", "range", "complete", "none", "416", "multipart", "length"})
    void whatDoesNotFitIsNotJoinedAndTheWholeIsAskedForAnew(String what) {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("0-59");
        origin.on("/a", call -> {
            if (call.header("Range") == null) {
                a.handle(call);
                return;
            }
            byte[] rest = a.slice(60, 99);
            String life = "Cache-Control: max-age=60";
            switch (what) {
                case "validator" ->
                    call.reply(206, rest, date(), life, "ETag: \"v7\"", "Content-Range: bytes 60-99/100");
                case "no validator" -> call.reply(206, rest, date(), life, "Content-Range: bytes 60-99/100");
                case "range" ->
                    call.reply(206, a.slice(50, 99), date(), life, "ETag: \"v1\"", "Content-Range: bytes 50-99/100");
                case "complete" ->
                    call.reply(206, rest, date(), life, "ETag: \"v1\"", "Content-Range: bytes 60-99/101");
                case "none" -> call.reply(206, rest, date(), life, "ETag: \"v1\"");
                case "416" -> call.reply(416, "no", date(), life, "Content-Range: bytes */50");
                case "multipart" ->
                    call.reply(
                            206, rest, date(), life, "ETag: \"v1\"", "Content-Type: multipart/byteranges; boundary=x");
                default ->
                    call.reply(206, a.slice(60, 89), date(), life, "ETag: \"v1\"", "Content-Range: bytes 60-99/100");
            }
        });
        Client.Response whole = isWhole(get("/a"), a);
        assertThat(whole.header("ETag")).isEqualTo("\"v1\"");
        assertThat(asked()).isEqualTo(3);
        assertThat(last().header("Range")).isNull();
        assertThat(last().header("If-Range")).isNull();
        isHit(isWhole(get("/a"), a));
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 39, 40, 41, 50})
    void aRestThatDoesNotSayHowLongItIsIsNeverTakenAtItsWord(int length) throws Exception {
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(PLAIN);
        range("0-59");
        origin.on("/a", call -> {
            if (call.header("Range") == null) {
                a.handle(call);
                return;
            }
            call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(a.contentRange(60, 99)))
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(length) + "\r\n");
            call.raw(Arrays.copyOf(a.slice(60, 99), length)).raw("\r\n0\r\n\r\n");
        });
        try (Client client = new Client(proxy.port())) {
            client.socket().setSoTimeout(5000);
            isWhole(client.send("GET", "/a", "").read("GET"), a);
            isWhole(client.send("GET", "/a", "").read("GET"), a); // in step with what was announced
        }
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void aRestThatBreaksOffLeavesThePartAsItWas() throws Exception {
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(PLAIN);
        range("0-59");
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(a.contentRange(60, 99)))
                    + "\r\nContent-Length: 40\r\n\r\n");
            call.raw(a.slice(60, 79)).close();
        });
        assertThatThrownBy(() -> get("/a")).hasRootCauseInstanceOf(IOException.class);
        isHit(is206(range("0-59"), a, 0, 59));
        await().until(() -> number(proxy, "flights") == 0);
        origin.on("/a", a);
        isMiss(is206(range("60-61"), a, 60, 61));
        isMiss(isWhole(get("/a"), a));
        assertThat(last().header("Range")).isEqualTo("bytes=62-");
    }

    @Test
    void aStalePartIsNotCompleted() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("0-59");
        clock.advance(Duration.ofSeconds(61));
        isMiss(isWhole(get("/a"), a));
        assertThat(last().header("Range")).isNull();
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void aClientThatWantsNewerGetsNoWholeMadeOfAnOldPart() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("0-59");
        isWhole(get("/a", "Cache-Control: no-cache"), a);
        assertThat(last().header("Range")).isNull();
    }
}
