package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Response fields that speak to some caches only (RFC 9213, Edge Architecture 1.0), and how we say which one we are. */
class TargetsTest extends EndToEnd {
    private void answer(String... fields) {
        origin.on("/a", call -> {
            call.body();
            String[] all = java.util.Arrays.copyOf(fields, fields.length + 1);
            all[fields.length] = date();
            call.reply(200, "v" + origin.count("/a"), all);
        });
    }

    private static String targets(String ofDefaults, String ofPolicy) {
        return PLAIN
                + (ofDefaults == null ? "" : "defaults: {targets: [" + ofDefaults + "]}\n")
                + (ofPolicy == null ? "" : "policies: [{name: a, match: {path: /a}, targets: [" + ofPolicy + "]}]\n");
    }

    /** How long the answer is fresh; -1 where it is not stored. */
    private long lifetime() {
        String status = get("/a").header("Cache-Status");
        return status.contains("; stored") ? Long.parseLong(status.replaceAll(".*ttl=(-?\\d+).*", "$1")) : -1;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "none|none|1",
                "Ours|none|60",
                "none|Ours|60",
                "Theirs|Ours|60",
                "Ours|Theirs|30",
                "ours|none|60",
                "\"Theirs, Ours\"|none|30",
                "\"Missing, Ours\"|none|60",
                "\"Broken, Ours\"|none|60",
                "\"Empty, Ours\"|none|60",
                "Broken|none|1",
                "Missing|none|1"
            })
    void theFirstValidFieldThatIsConfiguredCounts(String ofDefaults, String ofPolicy, long seconds) {
        answer(
                "Cache-Control: max-age=1",
                "Ours: max-age=60",
                "Theirs: max-age=30",
                "Broken: max-age=\"30\"",
                "Empty: ");
        proxy(targets(
                ofDefaults == null ? null : ofDefaults.replace("\"", ""),
                ofPolicy == null ? null : ofPolicy.replace("\"", "")));
        assertThat(lifetime()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "private, max-age=60|max-age=60|-1",
                "no-store|max-age=60|-1",
                "max-age=60|private|60",
                "max-age=60|no-store|60",
                "public|max-age=60|-1"
            })
    void itReplacesCacheControlWhole(String ours, String general, long seconds) {
        answer("Cache-Control: " + general, "Ours: " + ours);
        proxy(targets("Ours", null));
        assertThat(lifetime()).isEqualTo(seconds);
    }

    @Test
    void whatIsPrivateForUsIsNotGivenToWhoAsksNext() {
        answer("Cache-Control: max-age=60", "CDN-Cache-Control: private");
        var proxy = proxy(PLAIN);
        get("/a");
        assertThat(get("/a").text()).isEqualTo("v2");
        assertThat(proxy.reload(targets("Ours", null))).isEmpty();
        get("/a");
        assertThat(get("/a").cache()).as("no longer a target").isEqualTo("HIT");
        assertThat(proxy.reload(PLAIN)).isEmpty();
        assertThat(get("/a").cache()).as("judged again").isEqualTo("MISS");
    }

    @Test
    void theSecondNumberOfSurrogateControlIsHowLongStaleIsServed() {
        answer("Cache-Control: no-store", "Surrogate-Control: max-age=30+60");
        proxy(PLAIN);
        get("/a");
        clock.advance(Duration.ofSeconds(29));
        assertThat(get("/a").cache()).isEqualTo("HIT");
        clock.advance(Duration.ofSeconds(60));
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.text()).isEqualTo("v1");
        await().untilAsserted(() -> assertThat(get("/a").text()).isEqualTo("v2"));
        clock.advance(Duration.ofSeconds(91));
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void withinItAFailureOfTheOriginIsCoveredToo() {
        answer("Surrogate-Control: max-age=30+60");
        proxy(PLAIN);
        get("/a");
        origin.on("/a", Origin.Call::reset);
        clock.advance(Duration.ofSeconds(80));
        assertThat(get("/a", "Cache-Control: no-cache").text()).isEqualTo("v1");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a").status()).isEqualTo(502);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=10, max-age=60;lacquer|60",
                "max-age=60;lacquer, max-age=10|60",
                "max-age=60;LACQUER|60",
                "max-age=60;other;lacquer|60",
                "max-age=10, max-age=60;other|10",
                "no-store;lacquer, max-age=60|-1",
                "no-store, max-age=60;lacquer|60",
                "no-store;other, max-age=60|60",
                "max-age=60;other|1",
                "max-age=60;other;lacquerware|1",
                "content=\"ESI/1.0\"|1",
                "content=\"ESI/1.0\", max-age=60|60",
                "max-age=soon|1",
                "max-age=60+soon|1"
            })
    void directivesForOtherDevicesAreNotForUs(String control, long seconds) {
        answer("Cache-Control: max-age=1", "Surrogate-Control: " + control);
        proxy(PLAIN);
        assertThat(lifetime()).isEqualTo(seconds);
    }

    @Test
    void theOriginIsToldWhatWeAreAndAStrangersWordOnItStaysHere() {
        answer("Cache-Control: max-age=60");
        var proxy = proxy(PLAIN);
        String ours = "lacquer=\"Surrogate/1.0\"";
        for (String method : new String[] {"GET", "HEAD", "POST", "QUERY"}) {
            send(method, "/a", "", "Surrogate-Capability: evil=\"ESI/1.0\"", "Surrogate_Capability: evil=\"ESI/1.0\"");
            Origin.Call seen = origin.last("/a");
            assertThat(seen.header("Surrogate-Capability")).isEqualTo(ours);
            assertThat(seen.fields).noneMatch(field -> field.contains("evil"));
            send("PUT", "/a", "x");
        }
        assertThat(proxy.reload("trusted_proxies: [127.0.0.1]\n" + PLAIN)).isEmpty();
        get("/a", "Surrogate-Capability: edge=\"ESI/1.0\"");
        List<String> told = origin.last("/a").fields.stream()
                .filter(field -> field.startsWith("Surrogate-Capability:"))
                .toList();
        assertThat(String.join(", ", told)).contains("edge=\"ESI/1.0\"").contains(ours);
    }
}
