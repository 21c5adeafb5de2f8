package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who decides when origin and policy disagree, what each level is told, and which policy a request meets. */
class ModesTest extends EndToEnd {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // mode | the origin's field | lifetime in Lacquer in seconds, 0 for not stored
                "respect  | X-None: 1                        | 600",
                "respect  | Cache-Control: max-age=30        | 30",
                "respect  | Cache-Control: s-maxage=40       | 40",
                "respect  | Cache-Control: s-maxage=40, max-age=30 | 40",
                "respect  | Expires: 0                       | 0",
                "respect  | Cache-Control: no-cache          | 0",
                "respect  | Cache-Control: private           | 0",
                "respect  | Cache-Control: no-store          | 0",
                "respect  | Vary: *                          | 0",
                "respect  | Set-Cookie: a=b                  | 0",
                "respect  | CDN-Cache-Control: max-age=50    | 50",
                "respect  | Surrogate-Control: max-age=55    | 55",
                "override | Cache-Control: max-age=30        | 600",
                "override | Cache-Control: s-maxage=40       | 600",
                "override | Expires: 0                       | 600",
                "override | Cache-Control: no-cache          | 600",
                "override | Cache-Control: private           | 0",
                "override | Cache-Control: no-store          | 0",
                "override | Cache-Control: private=\"x\"     | 600",
                "override | CDN-Cache-Control: no-store      | 0",
                "override | CDN-Cache-Control: private       | 0",
                "override | Vary: *                          | 0",
                "override | Set-Cookie: a=b                  | 0",
                "force    | Cache-Control: max-age=30        | 600",
                "force    | Expires: 0                       | 600",
                "force    | Cache-Control: no-cache          | 600",
                "force    | Cache-Control: private           | 600",
                "force    | Cache-Control: no-store          | 600",
                "force    | CDN-Cache-Control: no-store      | 600",
                "force    | Vary: *                          | 600",
                "force    | Set-Cookie: a=b                  | 600"
            })
    void theModeDecides(String mode, String field, int lifetime) {
        origin.on("/a", call -> call.reply(200, "x", date(), field));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: " + mode + "}"));
        get("/a");
        if (lifetime == 0) {
            assertThat(get("/a").cache()).isEqualTo("MISS");
            return;
        }
        clock.advance(Duration.ofSeconds(lifetime - 1));
        assertThat(get("/a").cache()).isEqualTo("HIT");
        clock.advance(Duration.ofSeconds(1));
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // policy | Cache-Control | CDN-Cache-Control and Surrogate-Control | stored
                "preset: browser            | private, max-age=300  | no-store     | false",
                "preset: cdn                | max-age=300           | max-age=3600 | false",
                "preset: redis              | private, max-age=60   | no-store     | true",
                "preset: full               | max-age=60            | max-age=3600 | true",
                "preset: full, ttl: 2m      | max-age=120           | max-age=120  | true",
                "preset: cdn, ttl: 2m       | max-age=120           | max-age=120  | false",
                "preset: cdn, ttl: {proxy: 1m} | max-age=300        | max-age=3600 | true",
                "ttl: 2m                    | max-age=120           | max-age=120  | true",
                "ttl: {proxy: 2m}           |                       |              | true",
                "ttl: {browser: 0, proxy: 2m} | max-age=0           |              | true",
                "ttl: {browser: off, cdn: 1m, proxy: 2m} | no-store | max-age=60   | true",
                "ttl: {browser: off, cdn: off, proxy: 2m} | no-store | no-store    | true",
                "ttl: {cdn: off, proxy: 2m} | private               | no-store     | true",
                "stale_if_error: 1m         |                       |              | false"
            })
    void aPresetTellsEachLevel(String policy, String browser, String cdn, boolean stored) {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(policies("- {name: a, match: {path: /a}, " + policy + "}"));
        for (String cache : new String[] {"MISS", stored ? "HIT" : "MISS"}) {
            Client.Response answer = get("/a");
            assertThat(answer.cache()).isEqualTo(cache);
            assertThat(answer.header("Cache-Control")).isEqualTo(browser);
            assertThat(answer.header("CDN-Cache-Control")).isEqualTo(cdn);
            assertThat(answer.header("Surrogate-Control")).isEqualTo(cdn);
        }
    }

    @Test
    void withoutAPolicyTheOriginsFieldsAreLeftAlone() {
        String[] fields = {
            "Cache-Control: max-age=30, s-maxage=60, foo",
            "Expires: 0",
            "Pragma: no-cache",
            "Surrogate-Control: max-age=90"
        };
        origin.on("/a", call -> call.reply(200, "x", date(), fields[0], fields[1], fields[2], fields[3]));
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(5));
        assertThat(get("/a").fields()).contains(fields).contains("Age: 5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "respect  | {proxy: 10s}              | Cache-Control: s-maxage=10, max-age=9000",
                "respect  | {browser: 1m, proxy: 10s} | Cache-Control: s-maxage=10, max-age=9000",
                "respect  | {cdn: 1m, proxy: 10s}     | Surrogate-Control: max-age=10",
                "override | {proxy: 10s}              | Cache-Control: max-age=9000",
                "override | {cdn: off, proxy: 10s}    | Cache-Control: max-age=9000",
                "override | {proxy: 10s}              | CDN-Cache-Control: max-age=9000",
                "force    | {proxy: 10s}              | Surrogate-Control: max-age=9000"
            })
    void staleIsGivenNoNewLifeAtAnyLevel(String mode, String ttl, String field) {
        origin.on("/a", call -> call.reply(200, "x", date(), field));
        proxy(policies(
                "- {name: a, match: {path: /a}, mode: " + mode + ", ttl: " + ttl + ", stale_while_revalidate: 1h}"));
        get("/a");
        clock.advance(Duration.ofSeconds(20));
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.fields()).noneMatch(line -> line.matches(".*max-?age=[1-9].*"));
    }

    @Test
    void anAnswerOlderThanItsPolicyLifetimeStillGivesEachLevelItsOwn() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Age: 100", "Cache-Control: max-age=1"));
        proxy(policies("- {name: a, match: {path: /a}, mode: override, ttl: {browser: 1m, cdn: 5m, proxy: 10m}}"));
        Client.Response miss = get("/a");
        assertThat(miss.age()).isEqualTo(100);
        assertThat(miss.header("Cache-Control")).isEqualTo("max-age=160");
        assertThat(miss.header("Cache-Status")).contains("ttl=500");
    }

    @ParameterizedTest
    @CsvSource({
        "/m, GET, X: 1, method",
        "/m, HEAD, X: 1, rest",
        "/h, GET, Host: api.example.org, host",
        "/h, GET, Host: a.b.example.net:8080, wild",
        "/h, GET, Host: example.net, rest",
        "/x, GET, X-Kind: alpha, 'header, x-kind'",
        "/x, GET, X-Kind: beta, 'rest, x-kind'",
        "/q?v=2, GET, X: 1, query",
        "/q?v=3, GET, X: 1, rest",
        "/q?v=3&v=2, GET, X: 1, query",
        "/q, GET, X: 1, rest"
    })
    void theFirstPolicyThatMatchesWins(String path, String method, String field, String policy) {
        origin.on("*", call -> call.reply(200, "x", date()));
        String ttl = ", ttl: {browser: 1m, proxy: 1m}, tags: [t], vary_by: [\"header:X-";
        proxy(policies("- {name: method, match: {path: /m, method: [GET]}" + ttl + "method\"]}\n"
                + "- {name: host, match: {path: /h, host: [api.example.org]}" + ttl + "host\"]}\n"
                + "- {name: wild, match: {path: /h, host: [\"*.example.net\"]}" + ttl + "wild\"]}\n"
                + "- {name: header, match: {path: /x, header: {X-Kind: \"al*\"}}" + ttl + "header\"]}\n"
                + "- {name: query, match: {path: /q, query: {v: \"2\"}}" + ttl + "query\"]}\n"
                + "- {name: rest, match: {path: \"/**\"}" + ttl + "rest\"]}\n"));
        assertThat(send(method, path, "", field).header("Vary")).isEqualToIgnoringCase("X-" + policy);
    }

    @Test
    void aPolicyForAStatusDecidesOnItAlone() {
        origin.on("/gone", call -> call.reply(404, "x", date()));
        origin.on("/here", call -> call.reply(200, "x", date()));
        origin.on("/bad", call -> call.reply(500, "x", date(), "Cache-Control: max-age=60"));
        proxy(policies("""
            - {name: missing, match: {path: "/**", status: [404]}, mode: override, ttl: 30s}
            - {name: broken, match: {path: "/**", status: [5xx]}, cache: false}
            - {name: all, match: {path: "/**"}, ttl: 10m}
            """));
        for (String path : new String[] {"/gone", "/here", "/bad"}) {
            get(path);
        }
        assertThat(get("/gone").header("Cache-Control")).isEqualTo("max-age=30");
        assertThat(get("/gone").cache()).isEqualTo("HIT");
        assertThat(get("/bad").cache()).isEqualTo("MISS");
        clock.advance(Duration.ofSeconds(31));
        assertThat(get("/gone").cache()).isEqualTo("MISS");
        assertThat(get("/here").cache()).isEqualTo("HIT");
    }

    @Test
    void aLifetimeIsMeantForAnswersNotForErrors() {
        origin.on("*", call -> call.reply(Integer.parseInt(call.target.substring(1)), "x", date()));
        proxy(policies("- {name: a, match: {path: \"/**\"}, ttl: 10m}"));
        for (String status : new String[] {"404", "500", "302", "403", "429"}) {
            get("/" + status);
            Client.Response again = get("/" + status);
            assertThat(again.cache()).as(status).isEqualTo("MISS");
            assertThat(again.header("Cache-Control")).as(status).isNull();
        }
    }

    @Test
    void aLevelThatIsSwitchedOffForgetsWhatItHolds() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60"));
        var proxy = proxy(policies("- {name: a, match: {path: /a}, preset: full}"));
        get("/a");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, preset: cdn}")))
                .isEmpty();
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void whatWasForcedIsNotServedOnceThePolicyRespectsTheOrigin() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: private, max-age=60"));
        var proxy = proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: force}"));
        get("/a");
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, ttl: 10m}")))
                .isEmpty();
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }
}
