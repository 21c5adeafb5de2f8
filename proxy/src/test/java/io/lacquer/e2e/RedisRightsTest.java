package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A Redis user with the rights that the documents name, and no others, is all that Lacquer needs. */
class RedisRightsTest extends WithPurgeLog {
    private static final String COLLAPSING =
            "policies: [{name: all, match: {path: \"/**\"}, ttl: {proxy: 10m}, collapse_across: on}]\n";

    private static String read(String file) throws IOException {
        Path here = Path.of(file);
        return Files.readString(Files.exists(here) ? here : Path.of("..").resolve(file));
    }

    private static String found(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }

    @Test
    void thoseOfTheRunbookAreEnough() throws IOException {
        String rules = found("The ACL user needs `([^`]+)`", read("docs/runbook.md"));
        areEnough(List.of(rules.split("\\s+")));
    }

    @Test
    void thoseOfTheReadmeAreEnough() throws IOException {
        String words = found("(For cached answers Redis needs.*?\\n)\\n", read("README.md"));
        List<String> rules = new ArrayList<>();
        Matcher each = Pattern.compile("`([A-Z]+)`").matcher(words);
        while (each.find()) {
            rules.add("+" + each.group(1).toLowerCase(Locale.ROOT));
        }
        areEnough(rules);
    }

    private void areEnough(List<String> rules) throws IOException {
        List<Object> command = new ArrayList<>(List.of("ACL", "SETUSER", "lacquer", "on", ">pass", "~*shop*", "&*"));
        command.addAll(rules);
        raw.call(command.toArray());
        String uri = redis.uri().replace("redis://", "redis://lacquer:pass@");
        Proxy a = ready(proxy(keeping(uri, "a") + COLLAPSING));
        Proxy b = ready(proxy(node(uri, "b", "") + COLLAPSING));
        warm(a, "/x");
        assertThat(warm(b, "/x")).isEqualTo("v1");
        purgedEverywhere(a, b);
        for (String key : OF_THE_LOG) {
            raw.call("DEL", key); // so that it is written again
        }
        await().atMost(SOON).until(() -> logLength() > 0);
        purgedEverywhere(b, a);
        raw.call("HINCRBY", STATE, "seq", "-1"); // so that it was put back
        purgedEverywhere(a, b);
        assertThat((List<?>) raw.call("ACL", "LOG")).as("what was refused").isEmpty();
        assertThat(metric(a, "lacquer_l2_errors_total")).isZero();
    }

    private void purgedEverywhere(Proxy one, Proxy other) {
        version.incrementAndGet();
        await().atMost(SOON)
                .until(() -> purge(one, "{\"tags\":[\"all/x\"],\"wait\":\"all\",\"timeout\":\"20s\"}")
                                .status()
                        == 200);
        assertThat(get(other, "/x").text()).isEqualTo("v" + version.get());
        warm(one, "/x");
        warm(other, "/x");
    }
}
