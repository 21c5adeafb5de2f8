package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.e2e.Representation.Validator;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Partial answers that can not be placed in their whole, or that nobody asked for. */
class OddPartsTest extends WithParts {
    /** A 206 that can't be placed in its whole; five bytes. */
    private String odd(String kind, String... more) {
        String range = switch (kind) {
            case "contradicting" -> "Content-Range: bytes 0-9/100";
            case "unknown length" -> "Content-Range: bytes 0-4/*";
            case "no Content-Range" -> "X-No: 1";
            case "two of them" -> "Content-Range: bytes 0-4/100, bytes 0-4/100";
            case "two lines of them" -> "Content-Range: bytes 0-4/100\r\nContent-Range: bytes 5-9/100";
            case "other unit" -> "Content-Range: lines 0-4/100";
            default -> "Content-Type: multipart/byteranges; boundary=x";
        };
        return "HTTP/1.1 206 X\r\n" + date() + "\r\nCache-Control: max-age=60\r\nETag: \"v1\"\r\n" + range + "\r\n"
                + String.join("", more) + "Content-Length: 5\r\n\r\nodd" + asked() % 10 + "\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "contradicting",
                "unknown length",
                "no Content-Range",
                "two of them",
                "two lines of them",
                "other unit",
                "multipart"
            })
    void a206ThatCanNotBePlacedIsGoodForTheVerySameRangeOnly(String kind) {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        is206(range("40-49"), a, 40, 49);
        origin.on("/a", call -> call.raw(odd(kind)));
        Client.Response first = range("0-4");
        assertThat(first.status()).isEqualTo(206);
        assertThat(first.text()).isEqualTo("odd2\n");
        isMiss(first);
        Client.Response again = range("0-4");
        isHit(again);
        assertThat(again.status()).isEqualTo(206);
        assertThat(again.text()).isEqualTo("odd2\n");
        assertThat(again.all("Content-Range")).isEqualTo(first.all("Content-Range"));
        assertThat(again.all("Content-Length")).containsExactly("5");
        isHit(is206(range("40-49"), a, 40, 49));
        assertThat(asked()).isEqualTo(2);
        origin.on("/a", a);
        isMiss(is206(range("0-3"), a, 0, 3));
        assertThat(range("0-4", "If-Range: \"v0\"").status()).isEqualTo(200);
        isHit(isWhole(get("/a"), a));
        isHit(is206(range("0-4"), a, 0, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"contradicting", "unknown length", "multipart"})
    void renewedByA304ItIsStillGoodForThatRangeOnly(String kind) {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> call.raw(odd(kind)));
        range("0-4");
        clock.advance(Duration.ofSeconds(61));
        origin.on("/a", a); // a 304, and the truth to everybody else
        Client.Response renewed = range("0-4");
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        assertThat(renewed.text()).isEqualTo("odd1\n");
        assertThat(last().header("If-None-Match")).isEqualTo("\"v1\"");
        assertThat(last().header("Range")).isEqualTo("bytes=0-4");
        assertThat(range("0-4").text()).isEqualTo("odd1\n");
        is206(range("0-3"), a, 0, 3);
        isMiss(isWhole(get("/a"), a));
    }

    @Test
    void whatIsGoodForOneRangeOnlyIsRefreshedForThatRangeInTheBackground() {
        Representation a = at(Validator.STRONG);
        String window = "Cache-Control: stale-while-revalidate=60\r\n";
        origin.on("/a", call -> call.raw(odd("multipart", window)));
        proxy(PLAIN);
        range("0-4");
        clock.advance(Duration.ofSeconds(61));
        Client.Response stale = range("0-4");
        assertThat(stale.cache()).isEqualTo("STALE");
        await().until(() -> asked() == 2);
        assertThat(last().header("Range")).isEqualTo("bytes=0-4");
        await().until(() -> range("0-4").cache().equals("HIT"));
        assertThat(range("0-4").text()).isEqualTo("odd2\n");
        origin.on("/a", a);
        isMiss(isWhole(get("/a"), a));
    }

    @Test
    void a206InChunksThatContradictsItsContentRangeIsNotStored() {
        proxy(PLAIN);
        origin.on(
                "/a",
                call -> call.raw("HTTP/1.1 206 X\r\n" + date() + "\r\nCache-Control: max-age=60\r\nETag: \"v1\"\r\n"
                        + "Content-Range: bytes 0-4/100\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
        assertThat(range("0-4").text()).isEqualTo("abc");
        isMiss(range("0-4"));
        isMiss(range("0-2"));
    }

    @Test
    void a206InChunksThatTellsTheTruthIsAPart() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(a.contentRange(0, 9)))
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n");
            call.raw(a.slice(0, 3)).raw("\r\n6\r\n").raw(a.slice(4, 9)).raw("\r\n0\r\n\r\n");
        });
        assertThat(range("0-9").body()).isEqualTo(a.slice(0, 9));
        isHit(is206(range("2-5"), a, 2, 5));
    }

    @Test
    void a206ForAnotherRangeThanTheOneAskedForIsStoredForWhatItIs() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> call.reply(206, a.slice(0, 29), a.head(a.contentRange(0, 29))));
        is206(range("10-19"), a, 0, 29);
        isHit(is206(range("10-19"), a, 10, 19));
        isHit(is206(range("25-29"), a, 25, 29));
    }

    @Test
    void a206ThatWasNotAskedForIsNotStored() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> call.reply(206, a.slice(0, 29), a.head(a.contentRange(0, 29))));
        assertThat(get("/a").header("Cache-Status")).doesNotContain("stored").contains("detail=partial");
        origin.on("/a", a);
        isMiss(is206(range("10-19"), a, 10, 19));
        isMiss(isWhole(get("/a"), a));
    }

    @Test
    void a416IsNotStored() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        Client.Response none = range("100-");
        assertThat(none.status()).isEqualTo(416);
        assertThat(none.header("Content-Range")).isEqualTo("bytes */100");
        assertThat(range("100-").cache()).isEqualTo("MISS");
        assertThat(asked()).isEqualTo(2);
        a.change();
        is206(range("100-"), a, 100, 106);
    }

    @Test
    void a416ThatNobodyAskedForIsNotStoredEither() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> call.reply(416, "no", a.head("Content-Range: bytes */100")));
        assertThat(get("/a").status()).isEqualTo(416);
        assertThat(get("/a", "Range: bytes=9-2").status()).isEqualTo(416);
        origin.on("/a", a);
        isMiss(is206(range("10-19"), a, 10, 19));
        isMiss(isWhole(get("/a"), a));
    }
}
