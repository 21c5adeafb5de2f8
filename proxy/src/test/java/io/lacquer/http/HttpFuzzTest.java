package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/** Parsers of what strangers write: they refuse as declared, and nothing else happens. */
class HttpFuzzTest {
    @FuzzTest
    void target(FuzzedDataProvider data) {
        String method = data.pickValue(new String[] {"GET", "OPTIONS", "CONNECT"});
        String host = data.consumeBoolean() ? data.consumeAsciiString(40) : null;
        String scheme = data.pickValue(new String[] {"http", "https"});
        String raw = data.consumeRemainingAsString();
        try {
            Target target = Target.parse(method, raw, host, scheme);
            Target again = Target.parse(method, target.normalised(), target.host(), scheme);
            assertThat(again.path()).isEqualTo(target.path());
            assertThat(again.host()).isEqualTo(target.host());
            assertThat(again.query()).isEqualTo(target.query());
            assertThat(target.host()).doesNotContain("\n").doesNotContain("/");
        } catch (Target.MalformedException refused) {
            assertThat(refused).hasMessageStartingWith("the ");
        }
    }

    @FuzzTest
    void cacheControl(FuzzedDataProvider data) {
        String one = data.consumeString(200);
        String two = data.consumeRemainingAsString();
        CacheControl control = CacheControl.parse(List.of(one, two));
        for (String name : new String[] {"max-age", "s-maxage", "no-cache", "private", "max-stale", "no-store"}) {
            assertThat(control.seconds(name)).isBetween(-1L, CacheControl.MAX_SECONDS);
            assertThat(control.seconds(name) >= 0).isEqualTo(control.has(name));
            assertThat(control.hasBare(name) && !control.has(name)).isFalse();
            assertThat(control.fieldNames(name)).doesNotContain("");
        }
    }

    @FuzzTest
    void httpDate(FuzzedDataProvider data) {
        long millis = HttpDate.parse(data.consumeRemainingAsString());
        if (millis >= 0) {
            assertThat(HttpDate.parse(HttpDate.format(millis))).isEqualTo(millis);
        }
    }

    @FuzzTest
    void lists(FuzzedDataProvider data) {
        String name = data.consumeString(10);
        String line = data.consumeRemainingAsString();
        assertThat(Lists.split(line)).allMatch(member -> Lists.trim(member).equals(member) && !member.isEmpty());
        Lists.unquote(line);
        Cookies.get(Headers.of("Cookie", line), name);
        assertThat(Query.parameters(line)).allMatch(parameter -> parameter.indexOf('&') < 0 && !parameter.isEmpty());
        assertThat(Query.values(line, name).size()).isLessThanOrEqualTo(line.length() + 1);
        EntityTag.anyMatches(List.of(line), name);
    }
}
