package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.e2e.Representation.Validator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of one representation are kept together (RFC 9111 §3.4), as far as may be. */
class JoinedPartsTest extends WithParts {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "10-19 20-29 -> 10-29", // touching
                "20-29 10-19 -> 10-29",
                "10-25 20-29 -> 10-29", // overlapping
                "20-29 10-25 -> 10-29",
                "10-39 20-29 -> 10-39", // one in the other: the second is a hit
                "20-29 10-39 -> 10-39", // one around the other
                "10-19 30-39 -> 10-19 30-39", // apart
                "30-39 10-19 -> 10-19 30-39",
                "10-19 30-39 20-29 -> 10-39", // a gap filled exactly
                "10-19 30-39 15-34 -> 10-39", // a gap filled with more
                "10-19 30-39 50-59 5-70 -> 5-70", // around them all
                "10-19 30-39 50-59 25-54 -> 10-19 25-59",
                "10-19 30-39 50-59 0-30 -> 0-39 50-59",
                "50-59 30-39 10-19 39-50 -> 10-19 30-59",
                "0-9 -10 40-59 -> 0-9 40-59 90-99",
                "0-0 2-2 4-4 1-1 3-3 -> 0-4",
                "0-49 50-99 -> 0-99",
                "50-99 0-49 -> 0-99",
                "0-60 40-99 -> 0-99"
            })
    void partsOfOneRepresentationAreKeptTogether(String example) {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        String[] sides = example.split(" -> ");
        for (String each : sides[0].split(" ")) {
            assertThat(range(each).status()).isEqualTo(206);
        }
        int before = asked();
        for (String span : sides[1].split(" ")) {
            int first = Integer.parseInt(span.split("-")[0]);
            int last = Integer.parseInt(span.split("-")[1]);
            isHit(is206(range(span), a, first, last));
            isHit(is206(range((first + last) / 2 + "-" + last), a, (first + last) / 2, last));
        }
        assertThat(asked()).isEqualTo(before);
        for (String span : sides[1].split(" ")) { // and not a byte more than that
            int last = Integer.parseInt(span.split("-")[1]);
            if (last < 99) {
                assertThat(range(last + "-" + (last + 1), "Cache-Control: only-if-cached")
                                .status())
                        .isEqualTo(504);
            }
        }
        isWhole(get("/a"), a);
    }

    @Test
    void severalRangesComeFromPartsKeptTogether() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        range("60-69");
        List<Multipart.Part> parts = Multipart.parts(range("62-63,11-12"));
        assertThat(parts.get(0).body()).isEqualTo(a.slice(62, 63));
        assertThat(parts.get(1).body()).isEqualTo(a.slice(11, 12));
        assertThat(asked()).isEqualTo(2);
    }

    @Test
    void aStrongDateKeepsPartsTogetherToo() {
        Representation a = at(Validator.DATED);
        proxy(PLAIN);
        range("10-19");
        range("30-39");
        isHit(is206(range("10-19"), a, 10, 19));
        isHit(is206(range("30-39"), a, 30, 39));
        assertThat(asked()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"WEAK", "LOOSE", "JUST_NOW", "NONE"})
    void withoutAStrongValidatorTheNewPartTakesThePlaceOfTheOldOne(Validator validator) {
        Representation a = at(validator);
        proxy(PLAIN);
        range("10-19");
        isMiss(is206(range("20-29"), a, 20, 29));
        isHit(is206(range("20-29"), a, 20, 29));
        isMiss(is206(range("10-19"), a, 10, 19));
        assertThat(asked()).isEqualTo(3);
    }

    @Test
    void aPartOfAnotherVersionTakesThePlaceOfTheOldOne() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        a.change();
        isMiss(is206(range("20-29"), a, 20, 29));
        isMiss(is206(range("10-19"), a, 10, 19));
        isHit(is206(range("10-29"), a, 10, 29));
    }

    @Test
    void partsOfWholesOfDifferentLengthsAreNotOfOneRepresentation() {
        proxy(PLAIN);
        origin.on(
                "/a",
                call -> call.reply(
                        206,
                        "aaaa",
                        date(),
                        "ETag: \"1\"",
                        "Cache-Control: max-age=60",
                        "Content-Range: bytes 0-3/12"));
        range("0-3");
        origin.on(
                "/a",
                call -> call.reply(
                        206,
                        "bbbb",
                        date(),
                        "ETag: \"1\"",
                        "Cache-Control: max-age=60",
                        "Content-Range: bytes 4-7/16"));
        range("4-7");
        isHit(range("4-7"));
        isMiss(range("0-3"));
    }

    @Test
    void thePiecesAreAtMostSixtyFour() {
        Representation a = new Representation(clock, Validator.STRONG, 1000);
        origin.on("/a", a);
        proxy(PLAIN);
        for (int i = 0; i < 64; i++) {
            isMiss(is206(range(4 * i + "-" + (4 * i + 1)), a, 4 * i, 4 * i + 1));
        }
        for (int i = 0; i < 64; i++) {
            isHit(is206(range(4 * i + "-" + (4 * i + 1)), a, 4 * i, 4 * i + 1));
        }
        isMiss(is206(range("2-3"), a, 2, 3)); // joins two: 63
        isMiss(is206(range("300-301"), a, 300, 301));
        isHit(is206(range("0-5"), a, 0, 5));
        isMiss(is206(range("400-401"), a, 400, 401)); // the 65th: it alone is kept
        isHit(is206(range("400-401"), a, 400, 401));
        isMiss(is206(range("0-1"), a, 0, 1));
    }

    @Test
    void piecesOfManySegmentsAreExact() {
        Representation a = new Representation(clock, Validator.STRONG, 1_000_003);
        origin.on("/a", a);
        proxy(PLAIN);
        range("0-65535");
        range("200000-400000");
        range("60000-199999");
        isHit(is206(range("0-400000"), a, 0, 400_000));
        range("700000-");
        isHit(is206(range("-300000"), a, 700_003, 1_000_002));
        isHit(is206(range("131000-265000"), a, 131_000, 265_000));
        isWhole(get("/a"), a);
        assertThat(last().header("Range")).isEqualTo("bytes=400001-699999");
        isHit(isWhole(get("/a"), a));
    }
}
