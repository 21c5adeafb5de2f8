package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not in the key must not change the answer: override headers and tricks with {@code Connection}. */
class UnkeyedInputTest extends EndToEnd {
    private static final String TRUSTING = PLAIN + "trusted_proxies: [127.0.0.0/8]\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Original-URL",
                "X-Rewrite-URL",
                "X-HTTP-Method-Override",
                "X-HTTP-Method",
                "X-Method-Override",
                "X-Forwarded-Prefix",
                "X-Forwarded-Scheme",
                "X-Forwarded-Port",
                "X-Forwarded-Server",
                "X-Forwarded-Ssl",
                "X-Original-Host",
                "X-Host",
                "True-Client-IP",
                "CF-Connecting-IP",
                "Fastly-Client-IP",
                "X-Client-IP",
                "X-HTTP-Host-Override",
                "X-Override-URL",
                "X-Forwarded",
                "X-Scheme",
                "X-Envoy-Original-Path",
                "x-original-url",
                "X_Original_URL",
                "X-Original_URL",
                "X_HTTP_Method_Override",
                "X_Forwarded_Prefix"
            })
    void anOverrideHeaderReachesTheOriginOnlyFromATrustedProxy(String name) {
        origin.on("/a", call -> call.reply(200, "x", date()));
        var proxy = proxy(PLAIN);
        get("/a", name + ": evil");
        assertThat(origin.last("/a").header(name)).isNull();
        assertThat(proxy.reload(TRUSTING)).isEmpty();
        get("/a", name + ": told");
        assertThat(origin.last("/a").header(name)).isEqualTo("told");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-Host", "X_Forwarded_Host", "x_forwarded-host"})
    void aForwardedHostOfAStrangerNeverReachesTheOrigin(String name) {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(PLAIN);
        get("/a", name + ": evil.example");
        assertThat(origin.last("/a").fields).noneMatch(field -> field.contains("evil"));
        assertThat(origin.last("/a").header("X-Forwarded-Host")).isEqualTo("example.org");
    }

    @Test
    void forwardingFieldsOfAStrangerAreReplacedByOurs() {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(PLAIN);
        get(
                "/a",
                "X-Forwarded-For: 6.6.6.6",
                "X-Forwarded-Proto: https",
                "Forwarded: for=6.6.6.6;proto=https;host=evil",
                "X-Real-IP: 6.6.6.6",
                "X_Forwarded_For: 6.6.6.6",
                "X_Forwarded_Proto: https",
                "X_Real_IP: 6.6.6.6");
        Origin.Call seen = origin.last("/a");
        assertThat(seen.fields).noneMatch(field -> field.contains("6.6.6.6") || field.contains("https"));
        assertThat(seen.header("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(seen.header("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(seen.header("Forwarded")).isEqualTo("for=127.0.0.1;host=example.org;proto=http");
    }

    @Test
    void forwardingFieldsOfATrustedProxyAreExtended() {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(TRUSTING);
        get("/a", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6");
        Origin.Call seen = origin.last("/a");
        assertThat(seen.header("X-Forwarded-For")).isEqualTo("6.6.6.6, 127.0.0.1");
        assertThat(seen.header("X-Forwarded-Proto")).isEqualTo("https");
        assertThat(seen.header("Forwarded")).isEqualTo("for=6.6.6.6, for=127.0.0.1;host=example.org;proto=https");
    }

    @Test
    void theSchemeOfATrustedProxyIsInTheKeyAndThatOfAStrangerIsNot() {
        origin.on("/a", call -> call.reply(200, call.header("X-Forwarded-Proto"), date(), "Cache-Control: max-age=60"));
        var proxy = proxy(PLAIN);
        get("/a");
        assertThat(get("/a", "X-Forwarded-Proto: https").cache()).isEqualTo("HIT");
        assertThat(proxy.reload(TRUSTING)).isEmpty();
        assertThat(get("/a", "X-Forwarded-Proto: https").text()).isEqualTo("https");
        assertThat(get("/a").text()).isEqualTo("http");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-Host", "X-Original-URL", "X-Tenant"})
    void anOverrideHeaderThatIsInTheKeyReachesTheOriginAndKeepsAnswersApart(String name) {
        origin.on("/a", call -> call.reply(200, "for " + call.header(name), date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, key: {headers: [" + name + "]}}"));
        for (String cache : new String[] {"MISS", "HIT"}) {
            for (String value : new String[] {"one", "two"}) {
                Client.Response answer = get("/a", name + ": " + value);
                assertThat(answer.text()).isEqualTo("for " + value);
                assertThat(answer.cache()).isEqualTo(cache);
                assertThat(answer.header("Vary")).containsIgnoringCase(name);
            }
        }
    }

    @Test
    void aKeyedValueCannotImitateAnotherPart() {
        origin.on("/a", call -> call.reply(200, call.header("X-A") + "|" + call.header("X-B"), date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, key: {headers: [X-A, X-B]}}"));
        assertThat(get("/a", "X-A: 1", "X-B: 2").text()).isEqualTo("1|2");
        assertThat(get("/a", "X-A: 1 h:x-b=2").text()).isEqualTo("1 h:x-b=2|null");
        assertThat(get("/a", "X-A: 1").text()).isEqualTo("1|null");
        assertThat(get("/a", "X-A: 1", "X-B:").text()).isEqualTo("1|");
        assertThat(get("/a", "X-A: 1", "X-B: -").text()).isEqualTo("1|-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Cache-Control", "Authorization", "Cookie", "Host", "Content-Type", "Vary"})
    void connectionCannotTakeAnEndToEndFieldFromARequest(String name) {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(PLAIN);
        if (name.equals("Host")) {
            get("/a", "Connection: Host");
            assertThat(origin.last("/a").header("Host")).isNotNull();
        } else {
            get("/a", name + ": kept", "Connection: close, " + name);
            assertThat(origin.last("/a").header(name)).isEqualTo("kept");
        }
    }

    @Test
    void anAuthorizedAnswerIsNotSharedForATrickWithConnection() {
        origin.on(
                "/a",
                call -> call.reply(200, "for " + call.header("Authorization"), date(), "Cache-Control: max-age=60"));
        proxy(PLAIN);
        get("/a", "Authorization: Bearer a", "Connection: Authorization, Cache-Control");
        assertThat(get("/a").text()).isEqualTo("for null");
    }

    @Test
    void connectionOfTheOriginCannotTakeItsCacheControl() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: no-store", "Connection: Cache-Control"));
        proxy(PLAIN);
        assertThat(get("/a").header("Cache-Control")).isEqualTo("no-store");
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void whatConnectionTakesFromTheOriginIsNotInTheKeyEither() {
        origin.on("/a", call -> call.reply(200, "for " + call.header("X-Tenant"), date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, key: {headers: [X-Tenant]}}"));
        get("/a", "X-Tenant: acme", "Connection: X-Tenant");
        assertThat(get("/a", "X-Tenant: acme").text()).isEqualTo("for acme");
    }

    @Test
    void whatConnectionTakesFromTheOriginSelectsNoVariantEither() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "for " + call.header("Accept-Language"),
                        date(),
                        "Cache-Control: max-age=60",
                        "Vary: Accept-Language"));
        proxy(PLAIN);
        get("/a", "Accept-Language: de", "Connection: Accept-Language");
        assertThat(get("/a", "Accept-Language: de").text()).isEqualTo("for de");
    }

    @Test
    void hopByHopFieldsAreNotForwarded() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: 5"));
        proxy(PLAIN);
        Client.Response answer = get(
                "/a",
                "Connection: X-Mine",
                "X-Mine: 1",
                "Keep-Alive: 5",
                "Proxy-Connection: keep-alive",
                "Proxy-Authorization: Basic x",
                "TE: gzip");
        Origin.Call seen = origin.last("/a");
        for (String name : new String[] {"X-Mine", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE"}) {
            assertThat(seen.header(name)).as(name).isNull();
        }
        assertThat(answer.header("X-Hop")).isNull();
        assertThat(answer.header("Keep-Alive")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST"})
    void purgeTagsAreRemovedFromEveryAnswer(String method) {
        origin.on(
                "*",
                call -> call.reply(200, "x", date(), "Surrogate-Key: a b", "Cache-Tag: a", "xkey: a", "X-Other: kept"));
        proxy(policies("""
            - {name: a, match: {path: /a, method: [GET, HEAD]}, ttl: 10m}
            - {name: off, match: {path: /off}, cache: false}
            """));
        for (String path : new String[] {"/a", "/a", "/off", "/b", "/x%2Fy"}) {
            Client.Response answer = send(method, path, method.equals("POST") ? "b" : "");
            assertThat(answer.header("X-Other")).isEqualTo("kept");
            for (String tag : new String[] {"Surrogate-Key", "Cache-Tag", "xkey"}) {
                assertThat(answer.header(tag)).as("%s %s %s", method, path, tag).isNull();
            }
        }
    }

    @Test
    void anAnswerToHeadCarriesTheFieldsOfTheAnswerToGet() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: max-age=5"));
        proxy(policies("- {name: a, match: {path: /a}, mode: override, ttl: 10m, vary_by: [user]}"));
        Client.Response head = send("HEAD", "/a", "");
        Client.Response get = get("/a");
        for (String name : new String[] {"Cache-Control", "CDN-Cache-Control", "Vary"}) {
            assertThat(head.header(name)).as(name).isEqualTo(get.header(name));
        }
    }
}
