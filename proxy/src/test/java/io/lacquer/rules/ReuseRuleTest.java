package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.StoredHead;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** May a stored response answer a request now? */
class ReuseRuleTest {
    private static String judge(String control, String client, int age, Policy policy) {
        ReuseRule.Verdict verdict = ReuseRule.judge(
                Given.stored("Cache-Control: " + control),
                Given.directives(client == null ? "" : client),
                policy,
                age * 1_000_000_000L);
        assertThat(verdict.ageMillis()).isEqualTo(age * 1000L);
        return switch (verdict) {
            case ReuseRule.Verdict.Fresh fresh -> "fresh";
            case ReuseRule.Verdict.StaleAccepted accepted -> "accepted";
            case ReuseRule.Verdict.StaleWhileRevalidate window -> "window";
            case ReuseRule.Verdict.Validate validate -> validate.client() ? "client" : "stale";
        };
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "9111 §4.2 fresh while lifetime > age      / max-age=60 /                / 59 / fresh",
                "9111 §4.2 not at its end                  / max-age=60 /                / 60 / stale",
                "9111 §5.2.1.1 max-age: older is refused   / max-age=60 / max-age=9      / 10 / client",
                "9111 §5.2.1.1 max-age: as old is taken    / max-age=60 / max-age=10     / 10 / fresh",
                "9111 §5.2.1.1 max-age=0                   / max-age=60 / max-age=0      / 1  / client",
                "9111 §5.2.1.1 a value that is none is 0   / max-age=60 / max-age=x      / 1  / client",
                "9111 §5.2.1.2 max-stale without value     / max-age=60 / max-stale      / 999 / accepted",
                "9111 §5.2.1.2 max-stale within            / max-age=60 / max-stale=10   / 70 / accepted",
                "9111 §5.2.1.2 max-stale beyond            / max-age=60 / max-stale=9    / 70 / stale",
                "9111 §5.2.1.3 min-fresh: enough is left   / max-age=60 / min-fresh=50   / 10 / fresh",
                "9111 §5.2.1.3 min-fresh: too little       / max-age=60 / min-fresh=51   / 10 / client",
                "9111 §5.2.1.3 min-fresh of something stale / max-age=60 / max-stale, min-fresh=1 / 70 / stale",
                "9111 §5.2.1.4 no-cache                    / max-age=60 / no-cache       / 1  / client",
                "9111 §5.2.1.5 no-store is about storing   / max-age=60 / no-store       / 1  / fresh",
                "9111 §5.2.2.2 must-revalidate             / max-age=60, must-revalidate  / max-stale / 61 / stale",
                "9111 §5.2.2.8 proxy-revalidate            / max-age=60, proxy-revalidate / max-stale / 61 / stale",
                "9111 §5.2.2.10 s-maxage says so too       / s-maxage=60 / max-stale      / 61 / stale",
                "9111 §5.2.2.4 no-cache                    / no-cache   / max-stale      / 1  / stale",
                "5861 §3 within the window                 / max-age=60, stale-while-revalidate=10 /  / 69 / window",
                "5861 §3 outside                           / max-age=60, stale-while-revalidate=10 /  / 70 / stale",
                "5861 §3 not against must-revalidate       / max-age=60, must-revalidate, stale-while-revalidate=10 /"
                        + " / 61 / stale",
                "5861 §3 not against the client's no-cache / max-age=60, stale-while-revalidate=10 / no-cache / 61 /"
                        + " stale",
                "5861 §3 not against the client's max-age  / max-age=60, stale-while-revalidate=10 / max-age=60 / 61 /"
                        + " stale",
                "unknown directives change nothing         / max-age=60 / foo=1          / 1  / fresh"
            })
    void withoutPolicy(String sentence, String control, String client, int age, String verdict) {
        assertThat(judge(control, client, age, Given.NONE)).isEqualTo(verdict);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            value = {
                "respect  / max-age=60                            / 70  / window",
                "respect  / max-age=60                            / 90  / stale",
                "respect  / max-age=60, stale-while-revalidate=0  / 70  / stale",
                "respect  / max-age=60, must-revalidate           / 70  / stale",
                "override / max-age=1                             / 599 / fresh",
                "override / max-age=1, stale-while-revalidate=0   / 610 / window",
                "override / no-cache                              / 610 / window",
                "override / must-revalidate                       / 610 / stale"
            })
    void underAPolicyOf600SecondsAndAWindowOf30(String mode, String control, int age, String verdict) {
        assertThat(judge(
                        control, null, age, Given.policy(mode, 600).stale(30, 0).build()))
                .isEqualTo(verdict);
    }

    @Test
    void whatMayBeSharedIsAskedOfThePolicyInForce() {
        Policy plain = Given.policy("respect", 600).build();
        Policy share = Given.policy("respect", 600).sharing().build();
        Policy force = Given.policy("force", 600).build();
        StoredHead authorized = Given.stored("ETag: \"1\"", true);
        StoredHead secret = Given.stored("Cache-Control: private");
        assertThat(ReuseRule.isPermitted(authorized, share)).isTrue();
        assertThat(ReuseRule.isPermitted(authorized, plain)).isFalse();
        assertThat(ReuseRule.isPermitted(authorized, force)).isFalse();
        assertThat(ReuseRule.isPermitted(secret, force)).isTrue();
        assertThat(ReuseRule.isPermitted(secret, plain)).isFalse();
        assertThat(ReuseRule.isPermitted(
                        Given.stored(""), Given.policy().uncached().build()))
                .isFalse();
    }

    @Test
    void aVariantIsSelectedByItsNominatedFields() {
        StoredHead base = Given.stored("");
        StoredHead german =
                new StoredHead(base.owner(), base.head(), false, Map.of("accept-language", "=de"), base.tags(), 0, 0);
        assertThat(ReuseRule.selects(german, Given.headers("Accept-Language: de")))
                .isTrue();
        assertThat(ReuseRule.selects(german, Given.headers("Accept-Language: fr")))
                .isFalse();
        assertThat(ReuseRule.selects(german, Given.headers(""))).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "9110 §12.5.4 in the language that is wanted most // Content-Language: de // Accept-Language: de,"
                        + " en;q=0.5 // true",
                "9110 §12.5.4 in another language // Content-Language: de // Accept-Language: en // false",
                "9110 §12.5.4 in two languages    // Content-Language: de, en // Accept-Language: de // false",
                "9111 §4.1 the very same          // X: y // Accept-Language: da, en-GB;q=0.8 // true",
                "9111 §4.1 the same in other words // X: y // Accept-Language: en-gb;q=0.80,DA // true"
            })
    void aVariantThatWillDo(String sentence, String response, String request, boolean selected) {
        StoredHead base = Given.stored(response);
        StoredHead variant = new StoredHead(
                base.owner(),
                base.head(),
                false,
                VaryRule.nominated(
                        java.util.List.of("accept-language"), Given.headers("Accept-Language: da, en-GB;q=0.8")),
                base.tags(),
                0,
                0);
        assertThat(ReuseRule.selects(variant, Given.headers(request))).isEqualTo(selected);
        assertThat(ReuseRule.selects(variant, null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'max-age=9, private=\"a\"', true",
        "'max-age=9, private=\"a b\"', false",
        "'max-age=9, no-store, must-understand', true",
        "'max-age=9, no-store', false"
    })
    void whatMayBeSharedIsJudgedAgainByRfc9111Section3(String control, boolean permitted) {
        assertThat(ReuseRule.isPermitted(Given.stored("Cache-Control: " + control), Given.NONE))
                .isEqualTo(permitted);
    }
}
