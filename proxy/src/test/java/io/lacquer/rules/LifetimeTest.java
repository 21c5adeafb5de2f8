package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.CacheControl;
import io.lacquer.http.ResponseHead;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a response is fresh, and whose word it is. */
class LifetimeTest {
    private static final String EXPIRES_60 = "Expires: Sun, 06 Nov 1994 08:50:37 GMT";

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "9111 §4.2.1 s-maxage first        // Cache-Control: s-maxage=5, max-age=9                       // 5 "
                        + "   // S_MAXAGE",
                "9111 §4.2.1 then max-age          // Cache-Control: max-age=9 | EXPIRES                         // 9 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 then Expires - Date   // EXPIRES                                                    // 60"
                        + "   // EXPIRES",
                "9111 §4.2.1 duplicates: the first // Cache-Control: max-age=9, max-age=99                       // 9 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 over two lines        // Cache-Control: max-age=9 | Cache-Control: max-age=99       // 9 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 invalid is stale      // Cache-Control: max-age=abc                                 // 0 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 negative is stale     // Cache-Control: max-age=-5                                  // 0 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 fraction is stale     // Cache-Control: max-age=1.5                                 // 0 "
                        + "   // MAX_AGE",
                "9111 §4.2.1 no value is stale     // Cache-Control: max-age                                     // 0 "
                        + "   // MAX_AGE",
                "9111 §5.2 quoted is accepted      // Cache-Control: max-age=\"9\"                               // 9 "
                        + "   // MAX_AGE",
                "9111 §5.2 names have no case      // Cache-Control: MAX-AGE=9                                   // 9 "
                        + "   // MAX_AGE",
                "9111 §1.2.2 overflow is capped    // Cache-Control: max-age=99999999999999999999               //"
                        + " 2147483647 // MAX_AGE",
                "9111 §5.2.2.4 no-cache validates  // Cache-Control: no-cache, max-age=9                         // 0 "
                        + "   // NO_CACHE",
                "9111 §5.2.2.4 with field names    // Cache-Control: no-cache=\"a\", max-age=9                // 9 "
                        + " // MAX_AGE",
                "9111 §5.3 invalid Expires is past // Expires: 0                                                 // 0 "
                        + "   // EXPIRES",
                "9111 §5.3 Expires before Date     // Expires: Sat, 05 Nov 1994 08:49:37 GMT                     // 0 "
                        + "   // EXPIRES",
                "9111 §5.3 rfc850 date             // Expires: Sunday, 06-Nov-94 08:50:37 GMT                    // 60"
                        + "   // EXPIRES",
                "9111 §5.3 asctime date            // Expires: Sun Nov  6 08:50:37 1994                          // 60"
                        + "   // EXPIRES",
                "9111 §4.2.2 a tenth of its age    // Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT               // 6 "
                        + "   // HEURISTIC",
                "9111 §4.2.2 a day at most         // Last-Modified: Sun, 06 Nov 1960 08:48:37 GMT               //"
                        + " 86400 // HEURISTIC",
                "9111 §4.2.2 modified in the future // Last-Modified: Sun, 06 Nov 2094 08:48:37 GMT              // 0 "
                        + "   // HEURISTIC",
                "9111 §4.2.2 nobody says anything  // X: y                                                       // 0 "
                        + "   // NONE",
                "9213 §2.2 replaces Cache-Control  // CDN-Cache-Control: max-age=5 | Cache-Control: max-age=9    // 5 "
                        + "   // CDN_CACHE_CONTROL",
                "9213 §2.2 and Expires             // CDN-Cache-Control: max-age=5 | EXPIRES                     // 5 "
                        + "   // CDN_CACHE_CONTROL",
                "9213 §2.2 no-cache of a target    // CDN-Cache-Control: no-cache | Cache-Control: max-age=9     // 0 "
                        + "   // NO_CACHE",
                "9213 §2.2 what is no target       // CDN-Cache-Control: | Cache-Control: max-age=9              // 9 "
                        + "   // MAX_AGE",
                "Edge Architecture                 // Surrogate-Control: max-age=5 | CDN-Cache-Control: max-age=7 // 5"
                        + "   // SURROGATE_CONTROL",
                "Edge: content is no lifetime      // Surrogate-Control: content=\"ESI/1.0\" | CDN-Cache-Control:"
                        + " max-age=7 // 7 // CDN_CACHE_CONTROL"
            })
    void ofTheOrigin(String section, String fields, long seconds, Lifetime.Source source) {
        ResponseHead head = Given.response(200, "Date: " + Given.DATE + "|" + fields.replace("EXPIRES", EXPIRES_60));
        Lifetime lifetime = Lifetime.of(head, CacheControl.of(head.headers()), Given.NONE);
        assertThat(lifetime).isEqualTo(new Lifetime(seconds * 1000, source));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '/',
            value = {
                "respect  / 200 / Cache-Control: max-age=9      / 9   / MAX_AGE",
                "respect  / 200 / Cache-Control: no-cache       / 0   / NO_CACHE",
                "respect  / 200 / X: y                          / 600 / POLICY",
                "respect  / 200 / Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT / 600 / POLICY",
                "override / 200 / Cache-Control: max-age=9      / 600 / POLICY",
                "override / 200 / Cache-Control: no-cache       / 600 / POLICY",
                "override / 200 / Expires: 0                    / 600 / POLICY",
                "override / 200 / CDN-Cache-Control: max-age=9  / 600 / POLICY",
                "force    / 200 / Cache-Control: no-store       / 600 / POLICY",
                "respect  / 404 / X: y                          / 0   / NONE",
                "override / 404 / Cache-Control: max-age=9      / 9   / MAX_AGE",
                "override / 500 / X: y                          / 0   / NONE",
                "override / 301 / X: y                          / 600 / POLICY",
                "override / 302 / X: y                          / 0   / NONE"
            })
    void underAPolicy(String mode, int status, String fields, long seconds, Lifetime.Source source) {
        ResponseHead head = Given.response(status, "Date: " + Given.DATE + "|" + fields);
        Lifetime lifetime = Lifetime.of(
                head, CacheControl.of(head.headers()), Given.policy(mode, 600).build());
        assertThat(lifetime).isEqualTo(new Lifetime(seconds * 1000, source));
    }

    @ParameterizedTest
    @CsvSource({"404, 600", "500, 0", "200, 0"})
    void ofAPolicyThatNamesAStatus(int status, long seconds) {
        ResponseHead head = Given.response(status, "");
        Lifetime lifetime = Lifetime.of(
                head,
                CacheControl.NONE,
                Given.policy("override", 600).status(404).build());
        assertThat(lifetime.millis()).isEqualTo(seconds * 1000);
    }

    @ParameterizedTest
    @CsvSource({"200", "203", "204", "300", "301", "308", "404", "405", "410", "414", "501"})
    void heuristicsForTheStatusesOfRfc9110Section15_1(int status) {
        String fields = "Date: " + Given.DATE + "| Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT";
        assertThat(Lifetime.of(Given.response(status, fields), CacheControl.NONE, Given.NONE)
                        .source())
                .isEqualTo(Lifetime.Source.HEURISTIC);
        for (int other : new int[] {201, 202, 302, 303, 307, 400, 401, 403, 500, 502, 503}) {
            assertThat(Lifetime.of(Given.response(other, fields), CacheControl.NONE, Given.NONE))
                    .isEqualTo(Lifetime.NONE);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "9213 §2.1 a string is no number, so ignored // CDN-Cache-Control: max-age=\"5\" | Cache-Control:"
                        + " max-age=9 // 9 // MAX_AGE",
                "9213 §2.1 malformed, so ignored             // CDN-Cache-Control: max-age=5, | Cache-Control:"
                        + " max-age=9 // 9 // MAX_AGE",
                "9213 §2.2 without max-age nobody says       // CDN-Cache-Control: must-revalidate | Cache-Control:"
                        + " max-age=9 // 0 // NONE",
                "9213 §2.2 s-maxage is of Cache-Control      // CDN-Cache-Control: max-age=5, s-maxage=7 // 5 //"
                        + " CDN_CACHE_CONTROL",
                "9213 §2.2 no-cache of Cache-Control is void // CDN-Cache-Control: max-age=5 | Cache-Control: no-cache"
                        + " // 5 // CDN_CACHE_CONTROL",
                "9213 §2.2 no-cache limited to a field       // CDN-Cache-Control: max-age=5, no-cache=\"a\" // 5 //"
                        + " CDN_CACHE_CONTROL",
                "Edge: fresh, then stale                     // Surrogate-Control: max-age=5+60 // 5 //"
                        + " SURROGATE_CONTROL",
                "Edge: ours before that of all               // Surrogate-Control: max-age=5, max-age=7;lacquer // 7 //"
                        + " SURROGATE_CONTROL",
                "Edge: of another device                     // Surrogate-Control: max-age=5;other | Cache-Control:"
                        + " max-age=9 // 9 // MAX_AGE",
                "9111 §5.2.2.4 no-cache with no field's name // Cache-Control: no-cache=\"a b\", max-age=9 // 0 //"
                        + " NO_CACHE",
                "9111 §5.2.2.4 no-cache with nothing         // Cache-Control: no-cache=\"\", max-age=9 // 0 //"
                        + " NO_CACHE",
                "9111 §5.3 two Expires are no date           // EXPIRES | EXPIRES // 0 // EXPIRES"
            })
    void whoIsHeard(String section, String fields, long seconds, Lifetime.Source source) {
        ofTheOrigin(section, fields, seconds, source);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"302, public, HEURISTIC, 6", "500, public, HEURISTIC, 6", "302, x, NONE, 0", "206, x, HEURISTIC, 6"})
    void publicMakesAnyStatusHeuristicByRfc9111Section4_2_2(
            int status, String control, Lifetime.Source source, long seconds) {
        String fields =
                "Date: " + Given.DATE + "| Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT | Cache-Control: " + control;
        ResponseHead head = Given.response(status, fields);
        assertThat(Lifetime.of(head, CacheControl.of(head.headers()), Given.NONE))
                .isEqualTo(new Lifetime(seconds * 1000, source));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "Our-Control, none, 5, TARGETED",
                "our-control, CDN-Cache-Control, 5, TARGETED",
                "CDN-Cache-Control, Our-Control, 7, CDN_CACHE_CONTROL",
                "Surrogate-Control, none, 9, MAX_AGE"
            })
    void targetsInTheOrderOfThePolicyByRfc9213Section2_2(
            String first, String second, long seconds, Lifetime.Source source) {
        ResponseHead head =
                Given.response(200, "Our-Control: max-age=5 | CDN-Cache-Control: max-age=7 | Cache-Control: max-age=9");
        io.lacquer.config.Policy policy = second == null
                ? Given.policy().targets(first).build()
                : Given.policy().targets(first, second).build();
        assertThat(Lifetime.of(head, CacheControl.of(head.headers()), policy))
                .isEqualTo(new Lifetime(seconds * 1000, source));
    }
}
