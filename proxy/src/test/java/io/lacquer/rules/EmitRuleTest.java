package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What browsers and CDNs are told. */
class EmitRuleTest {
    static Policy.Level level(String text) {
        return switch (text) {
            case "unset" -> Policy.Level.UNSET;
            case "off" -> Policy.Level.OFF;
            default -> Policy.Level.on(Duration.ofSeconds(Integer.parseInt(text)));
        };
    }

    static Headers emit(ResponseHead head, Policy policy, EmitRule.Freshness freshness, long ageMillis) {
        Headers.Builder out = head.headers().edit();
        EmitRule.lifetimes(out, head, CacheControl.of(head.headers()), policy, freshness, ageMillis);
        return out.build();
    }

    @ParameterizedTest(name = "{0} {1}/{2} {3} {4} s: {5}")
    @CsvSource(
            delimiter = '/',
            value = {
                // mode / browser / cdn / freshness / age / origin / Cache-Control / CDN-Cache-Control
                "override / 60    / 300   / FRESH   / 0  / max-age=5      / max-age=60          / max-age=300",
                "override / 60    / 300   / FRESH   / 10 / max-age=5      / max-age=70          / max-age=310",
                "override / 60    / 300   / STALE   / 10 / max-age=5      / max-age=0           / max-age=0",
                "override / 60    / 300   / PRIVATE / 10 / max-age=5      / max-age=5           /",
                "override / 0     / 300   / FRESH   / 10 / max-age=5      / max-age=0           / max-age=310",
                "override / 60    / off   / FRESH   / 10 / max-age=5      / private, max-age=70 / no-store",
                "override / 60    / off   / STALE   / 10 / max-age=5      / private, max-age=0  / no-store",
                "override / off   / 300   / FRESH   / 10 / max-age=5      / no-store            / max-age=310",
                "override / off   / 300   / STALE   / 10 / max-age=5      / no-store            / max-age=0",
                "override / unset / 300   / FRESH   / 10 / max-age=5      / max-age=5           / max-age=310",
                "override / unset / off   / FRESH   / 10 / max-age=5      / max-age=5, private  / no-store",
                "override / unset / unset / FRESH   / 10 / max-age=5      / max-age=5           /",
                "override / unset / unset / STALE   / 10 / max-age=5      / max-age=0           /",
                "respect  / 60    / 300   / FRESH   / 10 / max-age=5      / max-age=5           /",
                "respect  / 60    / 300   / STALE   / 10 / max-age=5      / max-age=0           / max-age=0",
                "respect  / 60    / 300   / FRESH   / 10 / x=1            / max-age=70          / max-age=310",
                "force    / 60    / unset / STALE   / 10 / no-store       / max-age=0           /"
            })
    void lifetimes(
            String mode,
            String browser,
            String cdn,
            EmitRule.Freshness freshness,
            int age,
            String origin,
            String control,
            String targeted) {
        Policy policy = Given.policy()
                .mode(mode)
                .ttl(level(browser), level(cdn), Policy.Level.on(Duration.ofHours(1)))
                .build();
        Headers out = emit(Given.response(200, "Cache-Control: " + origin), policy, freshness, age * 1000L);
        assertThat(out.joined("Cache-Control")).isEqualTo(control);
        assertThat(out.joined("CDN-Cache-Control")).isEqualTo(targeted);
        assertThat(out.joined("Surrogate-Control")).isEqualTo(targeted);
    }

    @Test
    void expiresPragmaAndSMaxageGoWithAPolicysLifetime() {
        ResponseHead head = Given.response(200, "Expires: 0 | Pragma: no-cache | Cache-Control: s-maxage=5");
        assertThat(emit(head, Given.policy("override", 60).build(), EmitRule.Freshness.FRESH, 0))
                .isEqualTo(Given.headers(
                        "Cache-Control: max-age=60 | CDN-Cache-Control: max-age=60 | Surrogate-Control: max-age=60"));
    }

    @Test
    void nothingIsSaidWithoutAPolicyAndOfErrors() {
        ResponseHead head = Given.response(200, "Cache-Control: max-age=5 | Expires: 0");
        assertThat(emit(head, Given.NONE, EmitRule.Freshness.STALE, 9000)).isEqualTo(head.headers());
        ResponseHead error = Given.response(500, "X: y");
        assertThat(emit(error, Given.policy("force", 60).build(), EmitRule.Freshness.FRESH, 0))
                .isEqualTo(error.headers());
    }

    @Test
    void aLifetimeIsNeverBeyondWhatADirectiveCanSay() {
        Policy policy = Given.policy("override", Integer.MAX_VALUE).build();
        assertThat(emit(Given.response(200, ""), policy, EmitRule.Freshness.FRESH, 10_000)
                        .get("Cache-Control"))
                .isEqualTo("max-age=2147483647");
    }

    @Test
    void purgeTagsGo() {
        Headers.Builder out = Given.headers("surrogate-key: a | Cache-Tag: b | XKEY: c | Cache-Tag: d | X: e")
                .edit();
        EmitRule.removePurgeTags(out);
        assertThat(out.build()).isEqualTo(Given.headers("X: e"));
    }

    @ParameterizedTest
    @CsvSource({"'', 'X-A, Cookie, Authorization'", "'cookie, x-a', 'cookie, x-a, Authorization'"})
    void varyAnnouncesEachPartOnce(String sent, String expected) {
        Policy policy = Given.policy()
                .key(false, java.util.List.of(), java.util.List.of(), "x-a")
                .varyBy(
                        new Policy.VaryBy.Header("x-a"),
                        new Policy.VaryBy.Cookie("a"),
                        new Policy.VaryBy.Cookie("b"),
                        new Policy.VaryBy.User())
                .build();
        Headers head = sent.isEmpty() ? Headers.EMPTY : Headers.of("Vary", sent);
        Headers.Builder out = head.edit();
        EmitRule.announceVary(out, head, policy);
        assertThat(out.build().joined("Vary")).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiterString = "//",
            nullValues = "none",
            value = {
                "CDN-Cache-Control // max-age=300              // max-age=0",
                "CDN-Cache-Control // max-age=300;x            // max-age=0",
                "CDN-Cache-Control // s-maxage=300             // max-age=0",
                "CDN-Cache-Control // private, max-age=300     // private, max-age=0",
                "CDN-Cache-Control // no-store, max-age=300    // no-store",
                "CDN-Cache-Control // max-age=0                // max-age=0",
                "CDN-Cache-Control // must-revalidate          // must-revalidate",
                "Surrogate-Control // max-age=300+600          // max-age=0",
                "Surrogate-Control // max-age=0+600            // max-age=0",
                "Surrogate-Control // max-age=300;other        // max-age=0",
                "Surrogate-Control // max-age=0, max-age=300;x // max-age=0",
                "Surrogate-Control // content=\"ESI/1.0\"      // content=\"ESI/1.0\"",
                "Our-Control       // max-age=300              // max-age=0",
                "Other-Control     // max-age=300              // max-age=300"
            })
    void whatIsStaleIsGivenNoLifeInAnyGrammar(String field, String sent, String told) {
        Policy policy = Given.policy()
                .mode("override")
                .ttl(level("unset"), level("unset"), level("60"))
                .targets("Our-Control", "CDN-Cache-Control")
                .build();
        Headers out = emit(ResponseHead.of(200, Headers.of(field, sent)), policy, EmitRule.Freshness.STALE, 10_000);
        assertThat(out.joined(field)).isEqualTo(told);
    }
}
