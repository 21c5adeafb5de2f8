package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One part of a representation: asked for, stored, served (RFC 9111 §3.3). */
class PartsTest extends WithParts {
    @Test
    void aRangeThatIsNotStoredIsAskedOfTheOriginAndStored() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        Client.Response miss = is206(range("10-19"), a, 10, 19);
        isMiss(miss);
        assertThat(miss.header("Cache-Status")).isEqualTo("lacquer; fwd=uri-miss; fwd-status=206; stored; ttl=60");
        assertThat(last().header("Range")).isEqualTo("bytes=10-19");
        clock.advance(Duration.ofSeconds(7));
        Client.Response hit = is206(range("10-19"), a, 10, 19);
        isHit(hit);
        assertThat(hit.age()).isEqualTo(7);
        assertThat(hit.header("Content-Type")).isEqualTo("text/x-1");
        assertThat(hit.header("Date")).isEqualTo(miss.header("Date"));
        isHit(is206(range("12-15"), a, 12, 15));
        isHit(is206(range("19-19"), a, 19, 19));
        assertThat(range("12-13,15-16").status()).isEqualTo(206);
        assertThat(Multipart.parts(range("12-13,15-16")))
                .extracting(Multipart.Part::range)
                .containsExactly("bytes 12-13/100", "bytes 15-16/100");
        assertThat(range("100-").status())
                .as("it is known to have no such byte")
                .isEqualTo(416);
        assertThat(asked()).isEqualTo(1);
        assertThat(is206(range("15-20"), a, 15, 20).header("Cache-Status")).contains("fwd=partial");
        assertThat(asked()).isEqualTo(2);
    }

    @Test
    void aSuffixIsFoundInAStoredPartAndTheOtherWayRound() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        is206(range("-20"), a, 80, 99);
        assertThat(last().header("Range")).isEqualTo("bytes=-20");
        isHit(is206(range("80-"), a, 80, 99));
        isHit(is206(range("-5"), a, 95, 99));
        isHit(is206(range("85-1000"), a, 85, 99));
        isMiss(is206(range("-21"), a, 79, 99));
        assertThat(asked()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Validator.class)
    void onePartIsServedWhateverItsValidator(Validator validator) {
        Representation a = at(validator);
        proxy(PLAIN);
        is206(range("10-19"), a, 10, 19);
        isHit(is206(range("12-15"), a, 12, 15));
        isMiss(isWhole(get("/a"), a));
        assertThat(asked()).isEqualTo(2);
        assertThat(last().header("Range")).as("more than half is missing").isNull();
        isHit(is206(range("50-59"), a, 50, 59));
    }

    @Test
    void conditionsOfAClientStayHereAndGoBeforeTheRange() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        Client.Response first = range("10-19", "If-None-Match: \"v1\"");
        assertThat(first.status()).isEqualTo(304);
        assertThat(first.header("Content-Range")).isNull();
        isMiss(first);
        assertThat(last().header("If-None-Match")).isNull();
        assertThat(last().header("Range")).isEqualTo("bytes=10-19");
        Client.Response second = range("10-19", "If-None-Match: \"v1\"");
        assertThat(second.status()).isEqualTo(304);
        isHit(second);
        isHit(is206(range("10-19", "If-None-Match: \"v0\""), a, 10, 19));
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void ifRangeGoesToTheOriginWithTheRange() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        is206(range("10-19", "If-Range: \"v1\""), a, 10, 19);
        assertThat(last().header("If-Range")).isEqualTo("\"v1\"");
        isHit(is206(range("10-19", "If-Range: \"v1\""), a, 10, 19));
        isHit(is206(range("10-19"), a, 10, 19));
        Client.Response other = range("10-19", "If-Range: \"v0\"");
        isWhole(other, a);
        assertThat(asked()).isEqualTo(2);
        isHit(isWhole(get("/a"), a));
        isHit(isWhole(range("10-19", "If-Range: \"v0\""), a));
    }

    @Test
    void aWholeMadeOfA206IsA200() {
        Representation a = at(Validator.NONE);
        proxy(PLAIN);
        is206(range("0-"), a, 0, 99);
        Client.Response whole = isWhole(get("/a"), a);
        isHit(whole);
        assertThat(whole.header("Content-Length")).isEqualTo("100");
        isHit(is206(range("3-5"), a, 3, 5));
        Client.Response head = send("HEAD", "/a", "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("100");
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void aHeadIsNotAnsweredFromAPartAndDoesNotEndIt() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        Client.Response head = send("HEAD", "/a", "", "Range: bytes=10-19");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("100");
        assertThat(head.header("Content-Range")).isNull();
        isMiss(head);
        isHit(is206(range("10-19"), a, 10, 19));
    }

    @Test
    void onlyIfCachedIsFineForWhatIsThere() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        String only = "Cache-Control: only-if-cached";
        assertThat(range("10-19", only).status()).isEqualTo(504);
        range("10-19");
        isHit(is206(range("11-12", only), a, 11, 12));
        assertThat(range("11-20", only).status()).isEqualTo(504);
        assertThat(get("/a", only).status()).isEqualTo(504);
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void anotherUnitPassesThroughUnstored() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on(
                "/a",
                call -> call.reply(
                        206, "l" + asked(), date(), "Cache-Control: max-age=60", "Content-Range: lines 0-1/9"));
        String[] fields = {"Range: lines=0-1", "If-Range: \"x\"", "If-None-Match: \"y\""};
        for (int i = 1; i < 3; i++) {
            Client.Response lines = get("/a", fields);
            assertThat(lines.status()).isEqualTo(206);
            assertThat(lines.text()).isEqualTo("l" + i);
            assertThat(lines.header("Content-Range")).isEqualTo("lines 0-1/9");
            assertThat(lines.header("Cache-Status")).contains("detail=range").doesNotContain("stored");
            assertThat(last().fields).contains(fields);
        }
        origin.on("/a", a);
        isMiss(is206(range("0-9"), a, 0, 9));
        get("/a", "Range: lines=0-1");
        assertThat(last().header("Range")).isEqualTo("lines=0-1");
        isHit(is206(range("0-9"), a, 0, 9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=", "bytes=9-2", "bytes=a-", "bytes=0-1\r\nRange: bytes=4-5"})
    void aMalformedRangeIsNotForwarded(String range) {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        isMiss(isWhole(get("/a", "Range: " + range), a));
        assertThat(last().header("Range")).isNull();
        isHit(isWhole(get("/a", "Range: " + range), a));
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void aBodyThatBreaksOffIsNotStored() {
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(PLAIN);
        origin.on("/a", call -> {
            call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(a.contentRange(0, 49)))
                    + "\r\nContent-Length: 50\r\n\r\n");
            call.raw(a.slice(0, 24)).close();
        });
        assertThatThrownBy(() -> range("0-49")).hasRootCauseInstanceOf(IOException.class);
        await().until(() -> proxy.server().ledger().used() == 0);
        origin.on("/a", a);
        isMiss(is206(range("0-9"), a, 0, 9));
    }

    @Test
    void theSameRangeIsAskedForOnceAndOtherRangesDoNotWait() throws Exception {
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(PLAIN);
        origin.on("/a", call -> {
            if ("bytes=10-19".equals(call.header("Range"))) {
                gate.await();
            }
            a.handle(call);
        });
        List<Future<Client.Response>> same = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            same.add(threads.submit(() -> range("10-19")));
        }
        await().until(() -> collapsed(proxy) == 49);
        isMiss(is206(range("50-59"), a, 50, 59));
        isMiss(is206(range("10-18"), a, 10, 18));
        isWhole(get("/a"), a);
        gate.countDown();
        for (Future<Client.Response> answer : same) {
            is206(answer.get(), a, 10, 19);
        }
        assertThat(asked()).isEqualTo(4);
        isHit(isWhole(get("/a"), a));
    }

    @ParameterizedTest
    @EnumSource(names = {"STRONG", "NONE"})
    void aPartThatComesHomeAfterTheWholeDoesNotTakeItsPlace(Validator validator) throws Exception {
        Representation a = at(validator);
        Proxy proxy = proxy(PLAIN);
        origin.on("/a", call -> {
            if ("bytes=10-19".equals(call.header("Range"))) {
                gate.await();
            }
            a.handle(call);
        });
        Future<Client.Response> slow = threads.submit(() -> range("10-19"));
        await().until(() -> asked() == 1);
        isMiss(isWhole(get("/a"), a));
        gate.countDown();
        is206(slow.get(), a, 10, 19);
        await().until(() -> number(proxy, "flights") == 0);
        isHit(isWhole(get("/a"), a));
    }

    @Test
    void whoWaitsForARangeWithAnotherIfRangeGetsItsOwnAnswer() throws Exception {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        origin.on("/a", call -> {
            gate.await();
            a.handle(call);
        });
        Future<Client.Response> plain = threads.submit(() -> range("10-19"));
        Future<Client.Response> holds = threads.submit(() -> range("10-19", "If-Range: \"v1\""));
        Future<Client.Response> other = threads.submit(() -> range("10-19", "If-Range: \"v0\""));
        await().until(() -> asked() == 3);
        gate.countDown();
        is206(plain.get(), a, 10, 19);
        is206(holds.get(), a, 10, 19);
        isWhole(other.get(), a);
    }
}
