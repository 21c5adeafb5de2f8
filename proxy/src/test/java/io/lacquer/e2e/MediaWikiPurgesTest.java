package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code PURGE} as MediaWiki 1.39 was seen to send it by libcurl, which takes Lacquer for a forward proxy. */
class MediaWikiPurgesTest extends WithPurges {
    private static final String POLICIES = "trusted_proxies: [127.0.0.1]\npurge: {allow: [127.0.0.1/32]}\n"
            + policies("- {name: wiki, match: {path: \"/**\"}, ttl: 10m}");

    private static String request(String url, String host) {
        return "PURGE " + url + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\nconnection: Keep-Alive\r\n"
                + "proxy-connection: Keep-Alive\r\nuser-agent: MediaWiki/1.39.17 CdnCacheUpdate\r\n"
                + "content-length: 0\r\n\r\n";
    }

    @Test
    void severalUrlsGoOverOneConnection() throws IOException {
        answerAll();
        proxy(POLICIES);
        String[] pages = {"/wiki/Cats", "/index.php?title=Cats&action=history", "/wiki/%C3%84pfel_%26_Birnen"};
        warm(pages);
        warm("/wiki/Dogs");
        try (Client wiki = new Client(current().port())) {
            for (String page : pages) {
                wiki.raw(request("http://example.org" + page, "example.org"));
                assertThat(wiki.read("PURGE").status()).isEqualTo(200);
            }
        }
        assertEnded(pages);
        assertLives("/wiki/Dogs");
        assertThat(origin.last("/wiki/Cats").method).isEqualTo("GET");
    }

    /** MediaWiki puts an IPv6 address into brackets twice; the URL counts (RFC 9112 §3.2.2). */
    @ParameterizedTest
    @CsvSource({
        "http,  example.org,  http://example.org,      example.org",
        "https, example.org,  http://example.org,      example.org",
        "http,  example.org,  http://example.org,      example.org:80",
        "https, example.org,  http://Example.Org,      Example.Org",
        "https, example.org,  https://example.org:443, example.org:443",
        "https, example.org,  /,                       example.org:443",
        "http,  [::1]:8080,   http://[::1]:8080,       [[::1]]:8080"
    })
    void theHostIsTheReadersHoweverItIsWritten(String scheme, String readersHost, String url, String host)
            throws IOException {
        answerAll();
        proxy(POLICIES);
        String[] reader = {"Host: " + readersHost, "X-Forwarded-Proto: " + scheme};
        get("/wiki/Cats", reader);
        assertThat(get("/wiki/Cats", reader).cache()).isEqualTo("HIT");
        try (Client wiki = new Client(current().port())) {
            wiki.raw(request(url.equals("/") ? "/wiki/Cats" : url + "/wiki/Cats", host));
            assertThat(wiki.read("PURGE").status()).isEqualTo(200);
        }
        assertThat(get("/wiki/Cats", reader).cache()).isEqualTo("MISS");
    }

    @Test
    void theAccessLogNamesHostAndPathAsOfOtherRequests() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Proxy proxy = Proxy.start(POLICIES + "access_log: {mode: full}\n", origin.url(), clock, out, Map.of());
                Client wiki = new Client(proxy.port())) {
            wiki.raw(request("http://Example.Org:80/wiki/Cats?a=1", "Example.Org:80"));
            assertThat(wiki.read("PURGE").status()).isEqualTo(200);
            await().untilAsserted(
                            () -> assertThat(out.toString(StandardCharsets.UTF_8))
                                    .contains(
                                            "\"method\":\"PURGE\",\"scheme\":\"http\",\"host\":\"example.org\",\"path\":\"/wiki/Cats?a=1\""));
        }
    }
}
