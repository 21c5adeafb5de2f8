package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests share a variant, and how many variants there may be. */
class VariantsTest extends EndToEnd {
    /** Answers with the value of a field that it varies by. */
    private void varying(String field, String... more) {
        origin.on("/a", call -> {
            call.body();
            String[] fields = java.util.Arrays.copyOf(more, more.length + 3);
            fields[more.length] = date();
            fields[more.length + 1] = "Cache-Control: max-age=60";
            fields[more.length + 2] = "Vary: " + field;
            call.reply(200, "for " + call.header(field), fields);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Accept-Encoding|gzip, br|br,gzip",
                "Accept-Encoding|gzip, br|BR , , GZip ;q=1",
                "Accept-Encoding|gzip;q=0.5, br|br;q=1.0,gzip; Q=0.500",
                "Accept-Encoding|gzip|x-gzip",
                "Accept-Encoding|gzip, identity;q=0|identity;q=0.000,gzip",
                "Accept-Language|de, en;q=0.5|en;q=0.5,DE",
                "Accept-Language|de-AT, de;q=0.9|de-at,de;q=0.90",
                "X-List|a, b|a,b"
            })
    void valuesThatMeanTheSameShareAVariant(String field, String one, String other) {
        varying(field);
        proxy(PLAIN);
        get("/a", field + ": " + one);
        assertThat(get("/a", field + ": " + other).cache()).isEqualTo("HIT");
        String[] members = other.split(",", 2);
        if (members.length == 2 && !members[0].isBlank()) {
            assertThat(get("/a", field + ": " + members[0], field + ": " + members[1])
                            .cache())
                    .as("in two lines")
                    .isEqualTo("HIT");
        }
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Accept-Encoding|gzip, br|gzip",
                "Accept-Encoding|gzip|gzip;q=0",
                "Accept-Encoding|gzip;q=0.5, br|gzip, br;q=0.5",
                "Accept-Encoding|gzip;q=0.5|gzip;q=0.501",
                "Accept-Encoding|gzip|*",
                "Accept-Language|de, en;q=0.5|en, de;q=0.5",
                "Accept-Language|de|de-AT",
                "X-List|a, b|b, a",
                "X-List|\"a, b\"|\"a,b\"",
                "X-List|A|a"
            })
    void allOthersDoNot(String field, String one, String other) {
        varying(field);
        proxy(PLAIN);
        assertThat(get("/a", field + ": " + one).text()).isEqualTo("for " + one);
        assertThat(get("/a", field + ": " + other).text()).isEqualTo("for " + other);
        assertThat(get("/a").text()).isEqualTo("for null");
        assertThat(get("/a", field + ":").text()).isEqualTo("for ");
        assertThat(get("/a", field + ": " + one).cache()).isEqualTo("HIT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "de|de;q=zero",
                "de|de;q=00",
                "de|de;q=0.0001",
                "de|de;q=",
                "de|de;q=-1",
                "de|de;q=2",
                "de|de;x=evil",
                "de|de;q=1;x=evil",
                "de|de;evil",
                "de|de;q=0, de",
                "de;q=0.5|de;q=0.5, de;q=0.4",
                "de;q=zero|de;q=00",
                "de;x=good|de;x=evil"
            })
    void whatServersCouldReadInTwoWaysIsAVariantOfItsOwn(String plain, String odd) {
        for (String field : new String[] {"Accept-Language", "Accept-Encoding"}) {
            varying(field);
            if (field.equals("Accept-Language")) {
                proxy(PLAIN);
            }
            send("PUT", "/a", "new");
            assertThat(get("/a", field + ": " + odd).text()).isEqualTo("for " + odd);
            assertThat(get("/a", field + ": " + plain).text()).as(field).isEqualTo("for " + plain);
            assertThat(get("/a", field + ": " + odd).cache()).isEqualTo("HIT");
        }
    }

    @Test
    void whatIsInTheOneMostPreferredLanguageIsServed() {
        varying("Accept-Language", "Content-Language: de");
        proxy(PLAIN);
        get("/a", "Accept-Language: de, fr;q=0.3");
        for (String same : new String[] {"de", "DE, it;q=0.9", "en;q=0.1, de;q=0.2"}) {
            Client.Response hit = get("/a", "Accept-Language: " + same);
            assertThat(hit.cache()).as(same).isEqualTo("HIT");
            assertThat(hit.text()).isEqualTo("for de, fr;q=0.3");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fr, de;q=0.9", "de, fr", "de-AT", "*", "de;q=0", ""})
    void whatMayNotBeMostPreferredIsAskedFor(String language) {
        varying("Accept-Language", "Content-Language: de");
        proxy(PLAIN);
        get("/a", "Accept-Language: de, fr;q=0.3");
        assertThat(get("/a", "Accept-Language: " + language).text()).isEqualTo("for " + language);
        assertThat(get("/a").text()).isEqualTo("for null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"de;x=evil", "de;q=zero", "de, de"})
    void whatWasAskedForInOddWordsIsPreferredByNobody(String odd) {
        varying("Accept-Language", "Content-Language: de");
        proxy(PLAIN);
        get("/a", "Accept-Language: " + odd);
        assertThat(get("/a", "Accept-Language: de").text()).isEqualTo("for de");
    }

    @Test
    void anAnswerInSeveralLanguagesOrNoneIsChosenByItsOwnValueOnly() {
        for (String languages : new String[] {"Content-Language: de, en", "X-None: x"}) {
            varying("Accept-Language", languages);
            if (languages.startsWith("Content")) {
                proxy(PLAIN);
            }
            send("PUT", "/a", "new");
            get("/a", "Accept-Language: de, fr;q=0.3");
            assertThat(get("/a", "Accept-Language: de").cache()).isEqualTo("MISS");
        }
    }

    @Test
    void everythingElseThatItVariesByMustBeEqual() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        call.header("Accept-Language") + call.header("X-Tenant"),
                        date(),
                        "Cache-Control: max-age=60",
                        "Content-Language: de",
                        "Vary: Accept-Language, X-Tenant"));
        proxy(PLAIN);
        get("/a", "Accept-Language: de, fr;q=0.3", "X-Tenant: one");
        assertThat(get("/a", "Accept-Language: de", "X-Tenant: two").text()).isEqualTo("detwo");
        assertThat(get("/a", "Accept-Language: de, it;q=0.1", "X-Tenant: one").text())
                .isEqualTo("de, fr;q=0.3one");
    }

    @Test
    void aPreferredVariantThatHasExpiredIsNotFresh() {
        varying("Accept-Language", "Content-Language: de");
        proxy(PLAIN);
        get("/a", "Accept-Language: de, fr;q=0.3");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a", "Accept-Language: de").text()).isEqualTo("for de");
    }

    private static String capped(int most) {
        return policies("- {name: a, match: {path: /a}, key: {max_variants: " + most + "}}");
    }

    @Test
    void soManyVariantsAreStoredAndTheNextOnesPass() {
        varying("X-Kind");
        proxy(capped(2));
        for (String kind : new String[] {"1", "2"}) {
            assertThat(get("/a", "X-Kind: " + kind).header("Cache-Status")).contains("stored");
        }
        for (int i = 0; i < 2; i++) {
            Client.Response third = get("/a", "X-Kind: 3");
            assertThat(third.text()).isEqualTo("for 3");
            assertThat(third.cache()).isEqualTo("MISS");
            assertThat(third.header("Cache-Status")).doesNotContain("stored");
        }
        assertThat(get("/a", "X-Kind: 4").header("Cache-Status")).contains("detail=variants");
        assertThat(get("/a", "X-Kind: 1").cache()).isEqualTo("HIT");
        assertThat(get("/a", "X-Kind: 2").cache()).isEqualTo("HIT");
    }

    @Test
    void oneOfThemIsReplacedByItsSuccessor() {
        varying("X-Kind");
        proxy(capped(2));
        get("/a", "X-Kind: 1");
        get("/a", "X-Kind: 2");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a", "X-Kind: 1").header("Cache-Status")).contains("stored");
        assertThat(get("/a", "X-Kind: 1").cache()).isEqualTo("HIT");
    }

    @Test
    void aPurgeMakesRoom() {
        varying("X-Kind");
        proxy(capped(2));
        get("/a", "X-Kind: 1");
        get("/a", "X-Kind: 2");
        send("PUT", "/a", "new");
        assertThat(get("/a", "X-Kind: 3").header("Cache-Status")).contains("stored");
        assertThat(get("/a", "X-Kind: 3").cache()).isEqualTo("HIT");
    }

    @Test
    void whatAStrangerFilledItWithKeepsNobodyOutBeyondItsLifetime() {
        varying("X-Kind");
        proxy(capped(2));
        get("/a", "X-Kind: evil1");
        get("/a", "X-Kind: evil2");
        clock.advance(Duration.ofSeconds(61));
        for (String kind : new String[] {"1", "2"}) {
            assertThat(get("/a", "X-Kind: " + kind).header("Cache-Status")).contains("stored");
            assertThat(get("/a", "X-Kind: " + kind).cache()).isEqualTo("HIT");
        }
        assertThat(get("/a", "X-Kind: 3").header("Cache-Status")).contains("detail=variants");
    }

    @Test
    void theDefaultIsSixtyFour() {
        varying("X-Kind");
        proxy(PLAIN);
        for (int i = 0; i < 70; i++) {
            get("/a", "X-Kind: " + i);
        }
        assertThat(get("/a", "X-Kind: 63").cache()).isEqualTo("HIT");
        assertThat(get("/a", "X-Kind: 64").cache()).isEqualTo("MISS");
        assertThat(get("/a", "X-Kind: 0").cache()).isEqualTo("HIT");
    }
}
