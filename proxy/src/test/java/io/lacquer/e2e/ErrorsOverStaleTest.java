package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5861 §4: within the window what is stored is better than an error, and an error is no better than another. */
class ErrorsOverStaleTest extends EndToEnd {
    private static final String WINDOW = "Cache-Control: max-age=1, stale-if-error=100";

    @Test
    void anErrorWithALifetimeDoesNotTakeThePlaceOfWhatCoversItUp() {
        origin.on("/a", call -> call.reply(200, "good", date(), WINDOW));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(2));
        origin.on("/a", call -> call.reply(503, "bad", date(), "Cache-Control: max-age=60"));
        for (int i = 0; i < 3; i++) {
            Client.Response answer = get("/a");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("good");
            assertThat(answer.cache()).isEqualTo("STALE");
        }
        clock.advance(Duration.ofSeconds(200));
        assertThat(get("/a").status()).isEqualTo(503);
        assertThat(get("/a").cache()).isEqualTo("HIT");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 501, 502, 503, 504, 507, 520, 599})
    void everyErrorOfTheServerIsOne(int status) {
        origin.on("/a", call -> call.reply(200, "good", date(), WINDOW));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(2));
        origin.on("/a", call -> call.reply(status, "bad", date()));
        assertThat(get("/a").cache()).isEqualTo("STALE");
    }

    @Test
    void anOlderErrorIsNoBetterThanANewOne() {
        origin.on("/a", call -> call.reply(503, "old", date(), WINDOW));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(2));
        origin.on("/a", call -> call.reply(503, "new", date(), WINDOW));
        assertThat(get("/a").text()).isEqualTo("new");
    }
}
