package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import io.lacquer.http.HttpDate;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What policies, variants and users mean for parts. */
class PartPoliciesTest extends WithParts {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // policy | the origin's lifetime | lifetime in Lacquer
                "ttl: 10m                                     | X-None: 1                 | 600",
                "ttl: 10m                                     | Cache-Control: max-age=30 | 30",
                "ttl: 10m, mode: override                     | Cache-Control: max-age=30 | 600",
                "ttl: 10m, mode: override                     | Cache-Control: no-cache   | 600",
                "ttl: 10m, mode: override                     | Cache-Control: no-store   | 0",
                "ttl: 10m, mode: force                        | Cache-Control: no-store   | 600",
                "ttl: 10m, mode: override, cache: false       | Cache-Control: max-age=30 | 0",
                "preset: cdn                                  | Cache-Control: max-age=30 | 0"
            })
    void thePolicyDecidesOnPartsAsOnWholes(String policy, String field, int lifetime) {
        Representation a = at(Validator.NONE, field);
        boolean off = lifetime == 0;
        proxy(policies("- {name: a, match: {path: /a}, " + policy + "}"));
        is206(range("10-19"), a, 10, 19);
        if (off) {
            assertThat(range("10-19").cache()).isIn("MISS", "BYPASS");
            return;
        }
        clock.advance(Duration.ofSeconds(lifetime - 1));
        isHit(is206(range("10-19"), a, 10, 19));
        clock.advance(Duration.ofSeconds(1));
        isMiss(is206(range("10-19"), a, 10, 19));
    }

    @Test
    void aPolicyForA200IsForItsPartsToo() {
        Representation a = at(Validator.STRONG, "X-None: 1");
        proxy(policies("""
            - {name: ok, match: {path: /a, status: [200]}, ttl: {browser: 2m, proxy: 10m}}
            - {name: rest, match: {path: /a}, ttl: {browser: 1s, proxy: 1s}}
            """));
        Client.Response first = is206(range("10-19"), a, 10, 19);
        assertThat(first.header("Cache-Status")).contains("stored; ttl=600");
        assertThat(first.header("Cache-Control")).isEqualTo("max-age=120");
        isHit(is206(range("10-19"), a, 10, 19));
        range("50-59");
        isHit(is206(range("10-19"), a, 10, 19));
        origin.on("/a", call -> call.reply(206, "odd", date(), "Content-Range: bytes 0-2/*"));
        isMiss(range("0-2"));
        isHit(range("0-2"));
    }

    @Test
    void anEditedLifetimeActsOnStoredParts() {
        Representation a = at(Validator.NONE, "X-None: 1");
        Proxy proxy = proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        range("10-19");
        clock.advance(Duration.ofSeconds(60));
        isHit(is206(range("10-19"), a, 10, 19));
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, ttl: 30s}")))
                .isEmpty();
        isMiss(is206(range("10-19"), a, 10, 19));
    }

    @Test
    void variantsHaveTheirOwnParts() {
        Representation de = new Representation(clock, Validator.STRONG, 100).with("Cache-Control: max-age=60");
        Representation fr = new Representation(clock, Validator.NONE, 200).with("Cache-Control: max-age=60");
        origin.on("/a", call -> {
            Representation of = "de".equals(call.header("Accept-Language")) ? de : fr;
            of.with("Cache-Control: max-age=60", "Vary: Accept-Language").handle(call);
        });
        proxy(PLAIN);
        String german = "Accept-Language: de";
        String french = "Accept-Language: fr";
        is206(range("10-19", german), de, 10, 19);
        isMiss(is206(range("10-19", french), fr, 10, 19));
        isHit(is206(range("10-19", german), de, 10, 19));
        isHit(is206(range("10-19", french), fr, 10, 19));
        isMiss(is206(range("20-59", german), de, 20, 59));
        isHit(is206(range("10-59", german), de, 10, 59));
        isHit(is206(range("10-19", french), fr, 10, 19));
        isWhole(get("/a", german), de);
        isHit(isWhole(get("/a", german), de));
        isMiss(isWhole(get("/a", french), fr));
        isHit(is206(range("10-19", german), de, 10, 19));
    }

    @Test
    void variantsHaveTheirOwnAnswersThatAreGoodForOneRangeOnly() {
        Representation a = new Representation(clock, Validator.STRONG, 100);
        origin.on(
                "/a",
                call -> a.with(
                                "Cache-Control: max-age=60",
                                "Vary: Accept-Language",
                                "X-For: " + call.header("Accept-Language"))
                        .handle(call));
        proxy(PLAIN);
        for (String language : new String[] {"de", "fr"}) {
            isMiss(range("10-19,30-39", "Accept-Language: " + language));
        }
        for (String language : new String[] {"de", "fr"}) {
            Client.Response again = range("10-19,30-39", "Accept-Language: " + language);
            isHit(again);
            assertThat(again.header("X-For")).isEqualTo(language);
        }
        isMiss(range("10-19,30-39", "Accept-Language: it"));
    }

    @Test
    void aPartForOneUserIsNotForAnother() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        is206(range("10-19", "Authorization: one"), a, 10, 19);
        isMiss(is206(range("10-19", "Authorization: two"), a, 10, 19));
        isMiss(is206(range("10-19"), a, 10, 19));
        isHit(is206(range("10-19"), a, 10, 19));
    }

    @Test
    void cookiesOfAPartAreNotForOthers() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        a.with("Cache-Control: max-age=60", "Set-Cookie: a=b");
        assertThat(range("20-29").header("Set-Cookie")).isEqualTo("a=b");
        isHit(is206(range("10-19"), a, 10, 19));
        assertThat(range("10-19").header("Set-Cookie")).isNull();
        isMiss(is206(range("20-29"), a, 20, 29));
    }

    @Test
    void theHeadOfWhatIsKeptTogetherIsTheNewest() {
        Representation a = at(Validator.STRONG, "Cache-Control: max-age=60", "X-Old: 1", "X-Both: old");
        proxy(PLAIN);
        range("10-19");
        clock.advance(Duration.ofSeconds(30));
        a.with("Cache-Control: max-age=90", "X-Both: new");
        range("30-39");
        Client.Response hit = range("10-19");
        isHit(hit);
        assertThat(hit.all("X-Both")).containsExactly("new");
        assertThat(hit.header("Cache-Control")).isEqualTo("max-age=90");
        assertThat(hit.header("Date")).isEqualTo(HttpDate.format(clock.wallMillis()));
        assertThat(hit.age()).isZero();
        clock.advance(Duration.ofSeconds(89));
        isHit(range("10-19"));
    }
}
