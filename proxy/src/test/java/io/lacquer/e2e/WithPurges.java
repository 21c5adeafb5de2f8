package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What tests of purges share: the admin API, and whether something is still stored. */
abstract class WithPurges extends EndToEnd {
    static final String INVALIDATE = "/api/v1/cache/invalidate";
    static final String EVENTS = "/api/v1/cache/events";
    static final String CLEAR = "/api/v1/cache/clear-all";

    private final JsonMapper json = new JsonMapper();

    /** A request to the admin listener; in the document {@code '} stands for a quote. */
    Client.Response admin(String method, String path, String document) {
        String body = document.replace('\'', '"');
        return Client.once(
                current().adminPort(), method, path, body, "Host: localhost", "Content-Type: application/json");
    }

    /** A purge that must be done; its receipt. */
    JsonNode purge(String document) {
        return done(admin("POST", INVALIDATE, document));
    }

    /** An event that must be taken; its receipt. */
    JsonNode event(String document) {
        return done(admin("POST", EVENTS, document));
    }

    private JsonNode done(Client.Response answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return page(answer);
    }

    /** The document of an answer. */
    JsonNode page(Client.Response answer) {
        return json.readTree(answer.body());
    }

    /** A family's sample, 0 where there is none. */
    double metric(String sample) {
        return current()
                .server()
                .metrics()
                .lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }

    /** Every path has an answer that is told apart by how often the path was asked for. */
    void answerAll(String... fields) {
        origin.on("*", call -> {
            call.body();
            String[] all = java.util.Arrays.copyOf(fields, fields.length + 1);
            all[fields.length] = date();
            String path =
                    call.target.indexOf('?') < 0 ? call.target : call.target.substring(0, call.target.indexOf('?'));
            call.reply(200, call.method + " " + call.target + " " + origin.count(path), all);
        });
    }

    void warm(String... paths) {
        for (String path : paths) {
            get(path);
            assertThat(get(path).cache()).as(path).isEqualTo("HIT");
        }
    }

    void assertEnded(String... paths) {
        for (String path : paths) {
            assertThat(get(path).cache()).as(path).isEqualTo("MISS");
        }
    }

    void assertLives(String... paths) {
        for (String path : paths) {
            assertThat(get(path).cache()).as(path).isEqualTo("HIT");
        }
    }
}
