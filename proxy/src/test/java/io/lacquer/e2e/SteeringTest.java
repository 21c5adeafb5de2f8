package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Policies that a request header chooses between share no answer, and tell caches in front so. */
class SteeringTest extends EndToEnd {
    @Test
    void whatAHeaderSteersToAnotherOriginIsKeptApartAndAnnounced() {
        origin.on("/app", call -> call.reply(200, "stable", date()));
        try (Origin beta = new Origin()) {
            beta.on("/app", call -> call.reply(200, "beta", date()));
            proxy("""
                version: 1
                origins:
                  stable: {servers: ["${ORIGIN}"]}
                  beta: {servers: ["%s"]}
                defaults: {origin: stable}
                policies:
                  - {name: other, match: {path: /other, header: {X-Other: "*"}}, ttl: 1m}
                  - {name: beta, match: {path: "/app/**", header: {X-Beta: "1"}}, origin: beta, ttl: 1m}
                  - {name: app, match: {path: "/app/**"}, ttl: 1m}
                """.formatted(beta.url()));
            assertThat(get("/app", "X-Beta: 1").text()).isEqualTo("beta");
            Client.Response stable = get("/app");
            assertThat(stable.text()).isEqualTo("stable");
            assertThat(stable.header("Vary")).isEqualToIgnoringCase("x-beta");
            Client.Response hit = get("/app", "X-Beta: 1");
            assertThat(hit.cache()).isEqualTo("HIT");
            assertThat(hit.text()).isEqualTo("beta");
            assertThat(hit.header("Vary")).isEqualToIgnoringCase("x-beta");
        }
    }
}
