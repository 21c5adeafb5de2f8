package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.Proxy;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What one process has decided on, another one or a restarted one keeps to. */
class RulesL2Test extends WithRedis {
    @Test
    void anotherProcessFindsAVariantByAValueThatMeansTheSame() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Vary: Accept-Encoding"));
        get(proxy(), "/a", "Accept-Encoding: gzip, br;q=0.5");
        keys(2);
        Client.Response hit = get(proxy(), "/a", "Accept-Encoding: BR;q=0.50,gzip");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(get(proxy(), "/a", "Accept-Encoding: gzip;q=0.5, br").level())
                .isEqualTo("ORIGIN");
    }

    @Test
    void anotherProcessFindsTheVariantInTheMostPreferredLanguage() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Vary: Accept-Language", "Content-Language: de"));
        get(proxy(), "/a", "Accept-Language: de, fr;q=0.3");
        keys(2);
        Proxy second = proxy();
        assertThat(get(second, "/a", "Accept-Language: fr, de;q=0.9").level()).isEqualTo("ORIGIN");
        Proxy third = proxy();
        assertThat(get(third, "/a", "Accept-Language: de, it;q=0.2").level()).isEqualTo("L2");
        assertThat(get(third, "/a", "Accept-Language: de, en;q=0.2").level()).isEqualTo("L1");
    }

    @Test
    void aQueryIsFoundByItsContent() {
        origin.on("/a", call -> call.reply(200, call.body(), "Cache-Control: max-age=600"));
        Client.once(proxy().port(), "QUERY", "/a", "one");
        keys(1);
        Proxy second = proxy();
        Client.Response hit = Client.once(second.port(), "QUERY", "/a", "one");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.text()).isEqualTo("one");
        assertThat(Client.once(second.port(), "QUERY", "/a", "two").text()).isEqualTo("two");
        assertThat(get(second, "/a").level()).isEqualTo("ORIGIN");
    }

    @Test
    void theAnswerToAPostIsFoundByAGet() {
        origin.on("/a", call -> {
            call.body();
            call.reply(200, call.method, "Cache-Control: max-age=600", "Content-Location: /a");
        });
        Client.once(proxy().port(), "POST", "/a", "x");
        keys(1);
        Client.Response hit = get(proxy(), "/a");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.text()).isEqualTo("POST");
    }

    @Test
    void privateFieldsNeverReachRedisAndUnvalidatedOnesNobody() {
        origin.on(
                "/a",
                echo(
                        "Cache-Control: max-age=600, private=\"X-User\", no-cache=\"X-Once\"",
                        "X-User: alice-the-secret",
                        "X-Once: o"));
        assertThat(get(proxy(), "/a").header("X-User")).isEqualTo("alice-the-secret");
        String value = new String(raw.get(keys(1).getFirst()), StandardCharsets.ISO_8859_1);
        assertThat(value).contains("/a").doesNotContain("alice-the-secret");
        Client.Response hit = get(proxy(), "/a");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.header("X-User")).isNull();
        assertThat(hit.header("X-Once")).isNull();
    }

    @Test
    void whatIsNotForSharingNeverReachesRedis() {
        origin.on("/cookie", echo("Cache-Control: max-age=600", "Set-Cookie: s=1"));
        origin.on("/private", echo("Cache-Control: max-age=600, private"));
        origin.on("/no-store", echo("Cache-Control: max-age=600, no-store"));
        origin.on("*", echo("Cache-Control: max-age=600"));
        Proxy proxy = proxy();
        for (String path : new String[] {"/cookie", "/private", "/no-store", "/a%2Fb", "/a;b"}) {
            assertThat(get(proxy, path).status()).isEqualTo(200);
        }
        assertThat(get(proxy, "/authorized", "Authorization: Bearer alice").status())
                .isEqualTo(200);
        get(proxy, "/last"); // what was to be written before it is written by now
        assertThat(keys(1)).hasSize(1);
        Proxy second = proxy();
        assertThat(get(second, "/authorized").level()).isEqualTo("ORIGIN");
        assertThat(get(second, "/cookie").level()).isEqualTo("ORIGIN");
        assertThat(get(second, "/last").level()).isEqualTo("L2");
    }

    @Test
    void theCapOnVariantsHoldsAfterARestart() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Vary: X-Kind"));
        String yaml = yaml(redis.uri(), "") + "policies: [{name: a, match: {path: /a}, key: {max_variants: 2}}]\n";
        Proxy first = proxy(yaml);
        get(first, "/a", "X-Kind: 1");
        get(first, "/a", "X-Kind: 2");
        keys(3);
        Proxy second = proxy(yaml);
        for (String kind : new String[] {"1", "2"}) {
            assertThat(get(second, "/a", "X-Kind: " + kind).level()).isEqualTo("L2");
        }
        assertThat(get(second, "/a", "X-Kind: 3").header("Cache-Status")).contains("detail=variants");
        assertThat(get(second, "/a", "X-Kind: 1").cache()).isEqualTo("HIT");
    }

    @Test
    void equivalentUrlsShareNothingInL2ButThemselves() {
        origin.on("/a", echo("Cache-Control: max-age=600", "No-Vary-Search: params"));
        Proxy first = proxy();
        get(first, "/a?x=1");
        assertThat(get(first, "/a?x=2").text()).isEqualTo("/a?x=1");
        keys(1);
        Proxy second = proxy();
        assertThat(get(second, "/a?x=1").level()).isEqualTo("L2");
        assertThat(get(second, "/a?x=3").header("X-Cache")).isIn("MISS", "HIT");
    }

    @Test
    void aHeadsNewsReachRedis() {
        origin.on(
                "/a",
                call -> call.reply(
                        200, "body", "Cache-Control: max-age=600", "ETag: \"1\"", "X-Method: " + call.method));
        Proxy first = proxy();
        get(first, "/a");
        keys(1);
        org.awaitility.Awaitility.await().untilAsserted(() -> {
            Client.once(
                    first.port(), "HEAD", "/a", "", "Cache-Control: no-cache"); // a write to a slow Redis may be lost
            Client.Response hit = get(proxy(), "/a");
            assertThat(hit.level()).isEqualTo("L2");
            assertThat(hit.header("X-Method")).isEqualTo("HEAD");
            assertThat(hit.text()).isEqualTo("body");
        });
    }
}
