package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** May a request use the cache at all? */
class RequestRuleTest {
    private static final Policy BYPASSING = Given.policy()
            .bypass(new Policy.Bypass(Map.of("x-preview", "on*"), List.of("session"), Map.of("nocache", "*")))
            .build();

    private static String judge(RequestHead request, boolean body, boolean on, Policy policy) {
        Target target = Given.target(request.target());
        return RequestRule.judge(request, target, body, on, policy) instanceof RequestRule.Verdict.Pass(Reason reason)
                ? reason.word()
                : "look up";
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /a, X: y, false, look up",
        "HEAD, /a, X: y, false, look up",
        "get, /a, X: y, false, method",
        "POST, /a, X: y, false, method",
        "QUERY, /a, X: y, true, look up",
        "QUERY, /a, X: y, false, look up",
        "GET, /a, X: y, true, request-body",
        "GET, /a%2Fb, X: y, false, ambiguous-path",
        "GET, /a, If-Match: *, false, precondition",
        "GET, /a, If-Unmodified-Since: x, false, precondition",
        "GET, /a, If-None-Match: x, false, look up",
        "GET, /a, Range: bytes=0-1, false, look up",
        "GET, /a, Authorization: x, false, look up",
        "GET, /a, X-Preview: once, false, bypass-rule",
        "GET, /a, X-Preview: off, false, look up",
        "GET, /a, Cookie: a=1; session=, false, bypass-rule",
        "GET, /a, Cookie: sessions=1, false, look up",
        "GET, /a?nocache, X: y, false, bypass-rule",
        "GET, /a?x=nocache, X: y, false, look up"
    })
    void judged(String method, String target, String fields, boolean body, String verdict) {
        assertThat(judge(Given.request(method, target, fields), body, true, BYPASSING))
                .isEqualTo(verdict);
    }

    @Test
    void switchedOff() {
        assertThat(judge(Given.get(""), false, false, Given.NONE)).isEqualTo("cache-off");
        assertThat(judge(Given.get(""), false, true, Given.policy().uncached().build()))
                .isEqualTo("policy-off");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '/',
            value = {
                "§5.4 Pragma counts                        / Pragma: no-cache                            / true",
                "§5.4 not beside Cache-Control             / Pragma: no-cache | Cache-Control: max-age=9 / false",
                "§5.4 other Pragmas are unknown            / Pragma: x                                   / false",
                "Cache-Control                             / Cache-Control: no-cache                     / true"
            })
    void noCacheByRfc9111(String sentence, String fields, boolean noCache) {
        assertThat(RequestRule.clientDirectives(Given.headers(fields), Given.NONE)
                        .has("no-cache"))
                .isEqualTo(noCache);
        assertThat(RequestRule.clientDirectives(
                                Given.headers(fields),
                                Given.policy().ignoringClients().build())
                        .isEmpty())
                .isTrue();
    }
}
