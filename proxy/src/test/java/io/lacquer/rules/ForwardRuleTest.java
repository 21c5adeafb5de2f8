package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is passed on and what is not (RFC 9110 §7.6, RFC 7239). */
class ForwardRuleTest {
    private static Headers forward(String fields, boolean trusted, Policy policy) {
        return ForwardRule.request(
                        Given.get(fields),
                        Given.target("/a"),
                        new ForwardRule.Client("192.0.2.1", trusted),
                        "origin",
                        policy,
                        false)
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "Connection, false",
        "Keep-Alive, false",
        "Proxy-Connection, false",
        "Proxy-Authorization, false",
        "TE, false",
        "Transfer-Encoding, false",
        "Upgrade, false",
        "Content-Length, false",
        "X-Original-URL, false",
        "X-Forwarded-Anything, false",
        "X_Rewrite_URL, false",
        "X-Real-IP, false",
        "Accept, true",
        "Authorization, true",
        "Cookie, true",
        "Trailer, true",
        "X-Any, true",
        "X_Any, true"
    })
    void aStrangersField(String name, boolean passed) {
        assertThat(forward(name + ": v", false, Given.NONE).all(name).contains("v"))
                .isEqualTo(passed);
    }

    @Test
    void whatConnectionNamesStays() {
        Headers sent = forward("Connection: X-A, close, authorization | X-A: 1 | Authorization: b", true, Given.NONE);
        assertThat(sent.has("X-A")).isFalse();
        assertThat(sent.get("Authorization")).isEqualTo("b");
    }

    @Test
    void oursAreAddedToATrustedProxys() {
        Headers sent = forward(
                "X-Forwarded-For: 6.6.6.6 | Forwarded: for=6 | Via: 1.0 x | X-Forwarded-Host: shop", true, Given.NONE);
        assertThat(sent.get("X-Forwarded-For")).isEqualTo("6.6.6.6, 192.0.2.1");
        assertThat(sent.get("Forwarded")).isEqualTo("for=6, for=192.0.2.1;host=example.org;proto=http");
        assertThat(sent.get("Via")).isEqualTo("1.0 x, 1.1 lacquer");
        assertThat(sent.get("X-Forwarded-Host")).isEqualTo("shop");
        assertThat(sent.all("Host")).containsExactly("origin");
    }

    @Test
    void whatIsInTheKeyPassesInThatSpellingOnly() {
        Policy policy = Given.policy()
                .key(false, java.util.List.of(), java.util.List.of(), "x-original-url", "x-tenant")
                .build();
        Headers sent = forward("X-Original-URL: 1 | X_Original_URL: 2 | X-Tenant: 3 | X_Tenant: 4", false, policy);
        assertThat(sent.get("X-Original-URL")).isEqualTo("1");
        assertThat(sent.get("X-Tenant")).isEqualTo("3");
        assertThat(sent.has("X_Original_URL")).isFalse();
        assertThat(sent.has("X_Tenant")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"2001:db8::1, 'for=\"[2001:db8::1]\"'", "192.0.2.1, for=192.0.2.1"})
    void theForwardedNodeOfRfc7239Section6(String address, String node) {
        Headers sent = ForwardRule.request(
                        Given.get(""),
                        Given.target("/"),
                        new ForwardRule.Client(address, false),
                        "o",
                        Given.NONE,
                        false)
                .build();
        assertThat(sent.get("Forwarded")).isEqualTo(node + ";host=example.org;proto=http");
    }

    @Test
    void anAnswerLosesItsConnectionFields() {
        assertThat(ForwardRule.response(
                        Given.headers("Connection: X-A, Cache-Control, Vary | X-A: 1 | Cache-Control: no-store |"
                                + " Vary: a | Upgrade: h2c")))
                .isEqualTo(Given.headers("Cache-Control: no-store | Vary: a"));
    }
}
