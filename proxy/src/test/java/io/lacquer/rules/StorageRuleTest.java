package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.RequestHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** May a response be stored by a shared cache? */
class StorageRuleTest {
    private static String judge(RequestHead request, String client, int status, String fields, Policy policy) {
        return judge(request, client, status, fields, policy, false);
    }

    private static String judge(
            RequestHead request, String client, int status, String fields, Policy policy, boolean ranged) {
        StorageRule.Verdict verdict = StorageRule.judge(
                request,
                Given.directives(client),
                Given.response(status, "Date: " + Given.DATE + "|" + fields),
                policy,
                ranged,
                0);
        return switch (verdict) {
            case StorageRule.Verdict.Store(Lifetime lifetime, long age) -> "store " + lifetime.millis() / 1000;
            case StorageRule.Verdict.Refuse(Reason reason) -> reason.word();
        };
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "9111 §3 max-age                        / GET  /          / 200 / Cache-Control: max-age=9            "
                        + "  / store 9",
                "9111 §3 the method is understood       / POST /          / 200 / Cache-Control: max-age=9            "
                        + "  / method",
                "9111 §3 HEAD brings no body            / HEAD /          / 200 / Cache-Control: max-age=9            "
                        + "  / method",
                "9111 §3 partial content                / GET  /          / 206 / Cache-Control: max-age=9            "
                        + "  / partial",
                "9111 §4.3.4 a 304 is no answer         / GET  /          / 304 / Cache-Control: max-age=9            "
                        + "  / status",
                "9111 §3 no lifetime                    / GET  /          / 200 / X: y                                "
                        + "  / no-lifetime",
                "9111 §3 no lifetime of its own         / GET  /          / 302 / X: y                                "
                        + "  / status",
                "9111 §3 explicit for any final status  / GET  /          / 302 / Cache-Control: max-age=9            "
                        + "  / store 9",
                "9111 §3 explicit for an error          / GET  /          / 500 / Cache-Control: max-age=9            "
                        + "  / store 9",
                "9111 §3 Expires                        / GET  /          / 200 / Expires: Sun, 06 Nov 1994 08:49:46"
                        + " GMT / store 9",
                "9111 §3 heuristic                      / GET  /          / 200 / Last-Modified: Sun, 06 Nov 1994"
                        + " 08:48:37 GMT / store 6",
                "9111 §5.2.2.5 no-store                 / GET  /          / 200 / Cache-Control: no-store, max-age=9  "
                        + "  / no-store",
                "9111 §5.2.2.5 in any case              / GET  /          / 200 / Cache-Control: max-age=9, No-Store  "
                        + "  / no-store",
                "9111 §5.2.2.5 in a second line         / GET  /          / 200 / Cache-Control: max-age=9 |"
                        + " Cache-Control: no-store / no-store",
                "9111 §5.2.2.7 private                  / GET  /          / 200 / Cache-Control: private, max-age=9   "
                        + "  / private",
                "9111 §5.2.2.7 private with fields      / GET  /          / 200 / Cache-Control: private=\"a\","
                        + " max-age=9 / store 9",
                "9111 §5.2.2.7 private with no field    / GET  /          / 200 / Cache-Control: private=\"a b\","
                        + " max-age=9 / private",
                "9111 §5.2.2.3 must-understand, no-store / GET /          / 200 / Cache-Control: must-understand,"
                        + " no-store, max-age=9 / store 9",
                "9111 §5.2.2.3 not understood           / GET  /          / 599 / Cache-Control: must-understand,"
                        + " max-age=9 / status",
                "9213 §2.2 targeted no-store            / GET  /          / 200 / CDN-Cache-Control: no-store |"
                        + " Cache-Control: max-age=9 / no-store",
                "9213 §2.2 a target replaces no-store   / GET  /          / 200 / CDN-Cache-Control: max-age=9 |"
                        + " Cache-Control: no-store / store 9",
                "9213 §2.2 a target replaces private    / GET  /          / 200 / CDN-Cache-Control: max-age=9 |"
                        + " Cache-Control: private / store 9",
                "Edge: content lifts no private         / GET  /          / 200 / Surrogate-Control:"
                        + " content=\"ESI\" | Cache-Control: private, max-age=9 / private",
                "9111 §5.2.1.5 no-store of the client   / GET  / no-store / 200 / Cache-Control: max-age=9            "
                        + "  / client-directive",
                "9111 §4.1 Vary *                       / GET  /          / 200 / Vary: * | Cache-Control: max-age=9  "
                        + "  / vary-star",
                "9111 §4.1 Vary with * in it            / GET  /          / 200 / Vary: a, * | Cache-Control:"
                        + " max-age=9 / vary-star",
                "the contract: Set-Cookie               / GET  /          / 200 / Set-Cookie: a=b | Cache-Control:"
                        + " max-age=9 / set-cookie",
                "9111 §5.2.2.4 no-cache with validator  / GET  /          / 200 / ETag: \"1\" | Cache-Control:"
                        + " no-cache / store 0",
                "no-cache without validator             / GET  /          / 200 / Cache-Control: no-cache             "
                        + "  / zero-lifetime",
                "max-age=0 with Last-Modified           / GET  /          / 200 / Last-Modified: Sun, 06 Nov 1994"
                        + " 08:48:37 GMT | Cache-Control: max-age=0 / store 0"
            })
    void withoutPolicy(String sentence, String method, String client, int status, String fields, String verdict) {
        assertThat(judge(Given.request(method, "/a", ""), client == null ? "" : client, status, fields, Given.NONE))
                .isEqualTo(verdict);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '/',
            value = {
                "respect  / max-age=9                    / authorization",
                "respect  / max-age=9, public            / store 9",
                "respect  / s-maxage=9                   / store 9",
                "respect  / max-age=9, must-revalidate   / store 9",
                "respect  / max-age=9, proxy-revalidate  / authorization",
                "respect  / max-age=9, immutable         / authorization",
                "override / max-age=9                    / authorization",
                "force    / max-age=9                    / authorization",
                "force    / private                      / authorization",
                "override / public                       / store 600"
            })
    void anAuthorizedRequestByRfc9111Section3_5(String mode, String control, String verdict) {
        assertThat(judge(
                        Given.get("Authorization: Bearer a"),
                        "",
                        200,
                        "Cache-Control: " + control,
                        Given.policy(mode, 600).build()))
                .isEqualTo(verdict);
    }

    @Test
    void theContractsWaysRoundIt() {
        RequestHead authorized = Given.get("authorization: Basic a");
        Policy user =
                Given.policy("respect", 600).varyBy(new Policy.VaryBy.User()).build();
        Policy header = Given.policy("respect", 600)
                .varyBy(new Policy.VaryBy.Header("authorization"))
                .build();
        Policy share = Given.policy("respect", 600).sharing().build();
        Policy cookie = Given.policy("respect", 600)
                .varyBy(new Policy.VaryBy.Cookie("authorization"))
                .build();
        assertThat(judge(authorized, "", 200, "", user)).isEqualTo("store 600");
        assertThat(judge(authorized, "", 200, "", header)).isEqualTo("store 600");
        assertThat(judge(authorized, "", 200, "", share)).isEqualTo("store 600");
        assertThat(judge(authorized, "", 200, "", cookie)).isEqualTo("authorization");
        assertThat(judge(authorized, "", 200, "Cache-Control: private", share)).isEqualTo("private");
    }

    @ParameterizedTest
    @CsvSource({
        "override, Cache-Control: no-cache, store 600",
        "override, Expires: 0, store 600",
        "override, Cache-Control: max-age=0, store 600",
        "override, Cache-Control: private, private",
        "override, Cache-Control: no-store, no-store",
        "override, Set-Cookie: a=b, set-cookie",
        "override, Vary: *, vary-star",
        "force, Cache-Control: private, store 600",
        "force, Cache-Control: no-store, store 600",
        "force, Set-Cookie: a=b, store 600",
        "force, Vary: *, store 600"
    })
    void whatAModeBeats(String mode, String field, String verdict) {
        assertThat(judge(Given.get(""), "", 200, field, Given.policy(mode, 600).build()))
                .isEqualTo(verdict);
    }

    @Test
    void whatAPolicyKeepsOut() {
        Policy.Level minute = Policy.Level.on(java.time.Duration.ofMinutes(1));
        Policy browser =
                Given.policy().ttl(minute, Policy.Level.OFF, Policy.Level.OFF).build();
        Policy uncached = Given.policy("override", 600).uncached().build();
        Policy strip =
                Given.policy("respect", 600).setCookie(Policy.SetCookie.STRIP).build();
        assertThat(judge(Given.get(""), "", 200, "Cache-Control: max-age=9", browser))
                .isEqualTo("proxy-off");
        assertThat(judge(Given.get(""), "", 200, "Cache-Control: max-age=9", uncached))
                .isEqualTo("policy-off");
        assertThat(judge(Given.get(""), "", 200, "Set-Cookie: a=b", strip)).isEqualTo("store 600");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "9111 §3.3 a part that was asked for    / true  / 206 / max-age=9           / store 9",
                "9111 §3.3 a part that was not          / false / 206 / max-age=9           / partial",
                "9111 §3.3 a private part               / true  / 206 / max-age=9, private  / private",
                "9110 §14.2 the whole instead           / true  / 200 / max-age=9           / store 9",
                "9110 §15.5.17 416 is of that range     / true  / 416 / max-age=9           / range",
                "9110 §15.5.17 416 without a range      / false / 416 / max-age=9           / range",
                "9111 §4.3.4 a 304 is no answer         / true  / 304 / max-age=9           / status"
            })
    void ofARange(String sentence, boolean ranged, int status, String control, String verdict) {
        assertThat(judge(Given.get(""), "", status, "Cache-Control: " + control, Given.NONE, ranged))
                .isEqualTo(verdict);
    }

    @ParameterizedTest
    @CsvSource({
        "200, true", "204, true", "206, true", "301, true", "308, true", "404, true", "417, true", "421, true",
        "426, true", "505, true", "207, false", "226, false", "306, false", "309, false", "418, false", "423, false",
        "429, false", "451, false", "506, false", "599, false"
    })
    void mustUnderstandByRfc9111Section5_2_2_3(int status, boolean understood) {
        String fields = "Cache-Control: max-age=9, no-store, must-understand";
        assertThat(judge(Given.get(""), "", status, fields, Given.NONE, true))
                .isEqualTo(understood ? "store 9" : "status");
        assertThat(judge(Given.get(""), "", status, "Cache-Control: max-age=9", Given.NONE, true))
                .as("without it any final status")
                .isEqualTo("store 9");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = "//",
            value = {
                "a target of ours                     // Our-Control: max-age=5 | CDN-Cache-Control: max-age=7 //"
                        + " store 5",
                "in the order of the policy           // CDN-Cache-Control: max-age=7 | Our-Control: no-store //"
                        + " no-store",
                "malformed, so the next one           // Our-Control: max-age=x | CDN-Cache-Control: max-age=7 //"
                        + " store 7",
                "none of these, so Cache-Control      // Surrogate-Control: no-store | Cache-Control: max-age=9 //"
                        + " store 9"
            })
    void targetsThatAPolicyNamesByRfc9213Section2_2(String sentence, String fields, String verdict) {
        Policy policy =
                Given.policy().targets("Our-Control", "CDN-Cache-Control").build();
        assertThat(judge(Given.get(""), "", 200, fields, policy)).isEqualTo(verdict);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "9110 §9.3.3 of the same URL        | POST | /a?b   | 200 | /a?b                      | true",
                "9110 §9.3.3 by its whole URL       | POST | /a?b   | 200 | http://example.org:80/a?b | true",
                "9110 §9.3.3 by a relative one      | POST | /c/a   | 200 | a                         | true",
                "9110 §9.3.3 another spelling       | POST | /%61   | 200 | /x/../a                   | true",
                "9110 §9.3.3 another query          | POST | /a?b   | 200 | /a?c                      | false",
                "9110 §9.3.3 another path           | POST | /a     | 200 | /b                        | false",
                "9110 §9.3.3 of another host        | POST | /a     | 200 | http://example.com/a      | false",
                "9110 §9.3.3 of another scheme      | POST | /a     | 200 | https://example.org/a     | false",
                "9110 §9.3.3 nothing is said        | POST | /a     | 200 | none                      | false",
                "9110 §9.3.3 not of another method  | PUT  | /a     | 200 | /a                        | false",
                "9110 §9.3.3 created is not answered | POST | /a    | 201 | /a                        | false",
                "an ambiguous path is no key        | POST | /a%2Fb | 200 | /a%2Fb                    | false"
            })
    void answersGet(String sentence, String method, String target, int status, String location, boolean answers) {
        assertThat(StorageRule.answersGet(
                        Given.request(method, target, ""),
                        Given.target(target),
                        Given.response(status, location == null ? "" : "Content-Location: " + location)))
                .isEqualTo(answers);
    }

    @Test
    void twoContentLocationsAreNone() {
        assertThat(StorageRule.answersGet(
                        Given.request("POST", "/a", ""),
                        Given.target("/a"),
                        Given.response(200, "Content-Location: /a | Content-Location: /b")))
                .isFalse();
    }
}
