package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts that are stale: renewed, replaced, served all the same. */
class StalePartsTest extends WithParts {
    @ParameterizedTest
    @EnumSource(names = {"STRONG", "WEAK", "DATED"})
    void aStalePartIsRenewedByA304AndStaysThatPart(Validator validator) {
        Representation a = at(validator);
        proxy(PLAIN);
        range("10-29");
        clock.advance(Duration.ofSeconds(61));
        Client.Response renewed = is206(range("12-19"), a, 12, 19);
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        assertThat(last().header("Range")).isEqualTo("bytes=12-19");
        assertThat(last().header(a.tag(1) == null ? "If-Modified-Since" : "If-None-Match"))
                .isEqualTo(a.tag(1) == null ? a.changed(1) : a.tag(1));
        clock.advance(Duration.ofSeconds(5));
        Client.Response hit = is206(range("10-29"), a, 10, 29);
        isHit(hit);
        assertThat(hit.age()).isEqualTo(5);
        assertThat(asked()).isEqualTo(2);
        isMiss(is206(range("29-30"), a, 29, 30));
        isWhole(get("/a"), a);
    }

    @Test
    void severalPiecesAreRenewedTogether() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        range("40-49");
        range("80-99");
        clock.advance(Duration.ofSeconds(61));
        range("42-43");
        isHit(is206(range("10-19"), a, 10, 19));
        isHit(is206(range("80-99"), a, 80, 99));
        isHit(is206(range("40-49"), a, 40, 49));
        assertThat(asked()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(Validator.class)
    void aStalePartThatChangedGivesWayToTheNewOne(Validator validator) {
        Representation a = at(validator);
        proxy(PLAIN);
        range("10-29");
        clock.advance(Duration.ofSeconds(61));
        if (validator == Validator.LOOSE) {
            assertThat(range("12-19").cache())
                    .as("the origin says that it is as good")
                    .isEqualTo("REVALIDATED");
            return;
        }
        a.change();
        isMiss(is206(range("12-19"), a, 12, 19));
        isHit(is206(range("12-19"), a, 12, 19));
        isMiss(is206(range("10-11"), a, 10, 11));
    }

    @Test
    void aStalePartAndANewOneOfTheSameVersionAreKeptTogether() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        clock.advance(Duration.ofSeconds(61));
        isMiss(is206(range("20-29"), a, 20, 29));
        isHit(is206(range("10-29"), a, 10, 29));
    }

    @Test
    void staleIfErrorServesPartsToo() {
        Representation a = at(Validator.STRONG, "Cache-Control: max-age=10, stale-if-error=60");
        proxy(PLAIN);
        range("10-29");
        clock.advance(Duration.ofSeconds(20));
        origin.on("/a", call -> call.reply(503, "bad"));
        Client.Response stale = is206(range("12-19"), a, 12, 19);
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.header("Cache-Status")).contains("stale-if-error");
        origin.on("/a", Origin.Call::reset);
        is206(range("10-29"), a, 10, 29);
        assertThat(range("10-30").status()).as("a byte more than is there").isEqualTo(502);
        assertThat(get("/a").status()).isEqualTo(502);
        clock.advance(Duration.ofSeconds(60));
        assertThat(range("12-19").status()).isEqualTo(502);
    }

    @Test
    void aStalePartIsServedWhileItIsRenewedInTheBackground() {
        Representation a = at(Validator.STRONG, "Cache-Control: max-age=10, stale-while-revalidate=60");
        proxy(PLAIN);
        range("10-29");
        clock.advance(Duration.ofSeconds(20));
        Client.Response stale = is206(range("12-19"), a, 12, 19);
        assertThat(stale.cache()).isEqualTo("STALE");
        await().until(() -> range("10-29").cache().equals("HIT"));
        assertThat(asked()).isEqualTo(2);
        assertThat(last().header("Range")).isEqualTo("bytes=12-19");
        clock.advance(Duration.ofSeconds(20));
        a.change();
        assertThat(range("12-19").body()).isEqualTo(a.bytes(1, 12, 19));
        await().untilAsserted(() -> isHit(is206(range("12-19"), a, 12, 19)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoWantsOtherBytesDoesNotBoardTheRefreshOfAPart(boolean changes) throws Exception {
        Representation a = at(Validator.STRONG, "Cache-Control: max-age=10, stale-while-revalidate=60");
        Proxy proxy = proxy(PLAIN);
        range("10-29");
        clock.advance(Duration.ofSeconds(20));
        origin.on("/a", call -> {
            if (call.header("If-None-Match") != null) {
                gate.await();
            }
            a.handle(call);
        });
        if (changes) {
            a.change();
        }
        range("12-19");
        await().until(() -> asked() == 2);
        Future<Client.Response> other = threads.submit(() -> range("50-59"));
        await().until(() -> asked() + collapsed(proxy) == 3);
        Future<Client.Response> whole = threads.submit(() -> get("/a"));
        await().until(() -> asked() + collapsed(proxy) == 4);
        gate.countDown();
        isWhole(whole.get(), a);
        is206(other.get(), a, 50, 59);
    }

    @Test
    void noCacheValidatesAPart() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-29");
        Client.Response renewed = is206(range("12-19", "Cache-Control: no-cache"), a, 12, 19);
        assertThat(renewed.cache()).isEqualTo("REVALIDATED");
        a.change();
        isMiss(is206(range("12-19", "Cache-Control: no-cache"), a, 12, 19));
    }
}
