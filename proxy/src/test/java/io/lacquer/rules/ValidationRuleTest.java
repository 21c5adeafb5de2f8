package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions, ours and the client's. */
class ValidationRuleTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "9110 §13.1.2 a tag matches weakly     // If-None-Match: W/\"1\"       // 200 // ETag: \"1\"       //"
                        + " true",
                "9110 §13.1.2 one of several           // If-None-Match: \"0\", \"1\"  // 200 // ETag: \"1\"       //"
                        + " true",
                "9110 §13.1.2 over two lines           // If-None-Match: \"0\" | If-None-Match: \"1\" // 200 // ETag:"
                        + " \"1\" // true",
                "9110 §13.1.2 a comma within a tag     // If-None-Match: \"0,1\"       // 200 // ETag: \"1\"       //"
                        + " false",
                "9110 §13.1.2 * matches whatever is    // If-None-Match: *             // 200 // X: y              //"
                        + " true",
                "9110 §13.1.2 another tag              // If-None-Match: \"2\"         // 200 // ETag: \"1\"       //"
                        + " false",
                "9110 §13.1.2 no tag                   // If-None-Match: \"2\"         // 200 // X: y              //"
                        + " false",
                "9110 §13.1.3 ignored with tags        // If-None-Match: \"2\" | If-Modified-Since: DATE // 200 //"
                        + " ETag: \"1\" | Last-Modified: DATE // false",
                "9110 §13.1.3 not modified since       // If-Modified-Since: DATE      // 200 // Last-Modified: DATE"
                        + " // true",
                "9110 §13.1.3 modified later           // If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT // 200 //"
                        + " Last-Modified: DATE // false",
                "9110 §13.1.3 what is no date          // If-Modified-Since: today     // 200 // Last-Modified: DATE"
                        + " // false",
                "9111 §4.3.2 Date where no Last-Modified // If-Modified-Since: DATE    // 200 // Date: DATE        //"
                        + " true",
                "9110 §13.2.1 only where it would be 200 // If-None-Match: \"1\"       // 404 // ETag: \"1\"       //"
                        + " false",
                "no condition                          // X: y                         // 200 // ETag: \"1\"       //"
                        + " false"
            })
    void notModified(String sentence, String request, int status, String response, boolean expected) {
        assertThat(ValidationRule.notModified(
                        Given.headers(request.replace("DATE", Given.DATE)),
                        Given.response(status, response.replace("DATE", Given.DATE))))
                .isEqualTo(expected);
    }

    @Test
    void aValidatorIsSentForEachThatIsStored() {
        ResponseHead stored = Given.response(200, "ETag: W/\"1\" | Last-Modified: " + Given.DATE);
        Headers.Builder request = Headers.builder();
        ValidationRule.addConditions(request, stored);
        assertThat(request.build())
                .isEqualTo(Given.headers("If-None-Match: W/\"1\" | If-Modified-Since: " + Given.DATE));
        assertThat(ValidationRule.hasValidator(stored)).isTrue();
        assertThat(ValidationRule.hasValidator(Given.response(200, "Last-Modified: never")))
                .isFalse();
    }

    @Test
    void aClientsConditionsDoNotReachASharedFetch() {
        Headers.Builder request = Given.headers("If-None-Match: a | If-Modified-Since: b | If-Match: c"
                        + "| If-Unmodified-Since: d | If-Range: e | Range: f | range: g | Accept: h")
                .edit();
        ValidationRule.stripConditions(request);
        assertThat(request.build()).isEqualTo(Given.headers("Accept: h"));
    }

    @Test
    void a304ReplacesFieldsButNotThoseOfTheBody() {
        ResponseHead stored = Given.response(
                200, "ETag: \"1\" | Content-Length: 5 | X: a | X: b | Y: c | Age: 9 | Content-Type: text/html");
        ResponseHead merged = ValidationRule.merge(
                stored, Given.headers("x: n | x: m | Content-Length: 0 | Content-Type: a/b | ETag: \"1\" | Z: z"));
        assertThat(merged.headers())
                .isEqualTo(Given.headers(
                        "ETag: \"1\" | Content-Length: 5 | Y: c | x: n | x: m | Content-Type: a/b | Z: z"));
        assertThat(merged.status()).isEqualTo(200);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "the same tag                  // ETag: \"1\"        // ETag: \"1\"         // false",
                "the same tag, weak            // ETag: W/\"1\"      // ETag: \"1\"         // false",
                "another tag                   // ETag: \"2\"        // ETag: \"1\"         // true",
                "a tag where there was none    // ETag: \"2\"        // X: y                // true",
                "no tag where there was one    // X: y               // ETag: \"1\"         // false",
                "the same date                 // Last-Modified: DATE // Last-Modified: DATE // false",
                "another date                  // Last-Modified: x   // Last-Modified: DATE // true",
                "a date where there was none   // Last-Modified: DATE // X: y               // true",
                "the same length               // Content-Length: 5  // X: y                // false",
                "another length                // Content-Length: 6  // X: y                // true",
                "a length that is none         // Content-Length: x  // X: y                // true",
                "nothing is said               // X: y               // ETag: \"1\"         // false",
                "one of three differs          // ETag: \"1\" | Content-Length: 6 // ETag: \"1\" // true"
            })
    void aHeadThatSpeaksOfAnotherRepresentationByRfc9111Section4_3_5(
            String sentence, String told, String known, boolean contradicts) {
        assertThat(ValidationRule.contradicts(
                        Given.response(200, told.replace("DATE", Given.DATE)),
                        Given.response(200, known.replace("DATE", Given.DATE)),
                        5))
                .isEqualTo(contradicts);
    }

    @Test
    void aLengthBeyondWhatIsToldApart() {
        ResponseHead told = Given.response(200, "Content-Length: 99999999999");
        assertThat(ValidationRule.contradicts(told, Given.response(200, ""), 99_999_999_999L))
                .isFalse();
    }

    @Test
    void aPartIsComparedWithAClientsTagsToo() {
        assertThat(ValidationRule.notModified(
                        Given.headers("If-None-Match: \"1\""), Given.response(206, "ETag: \"1\"")))
                .isTrue();
    }
}
