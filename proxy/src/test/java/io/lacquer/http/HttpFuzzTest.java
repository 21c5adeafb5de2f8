package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;
import java.util.List;
import java.util.Map;

/** Parsers of what strangers write: they refuse as declared, and nothing else happens. */
@NativeFuzzing
public class HttpFuzzTest {
    @FuzzTest
    public void target(FuzzedDataProvider data) {
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
    public void cacheControl(FuzzedDataProvider data) {
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
    public void httpDate(FuzzedDataProvider data) {
        long millis = HttpDate.parse(data.consumeRemainingAsString());
        if (millis >= 0) {
            assertThat(HttpDate.parse(HttpDate.format(millis))).isEqualTo(millis);
        }
    }

    @FuzzTest
    public void lists(FuzzedDataProvider data) {
        String name = data.consumeString(10);
        String line = data.consumeRemainingAsString();
        assertThat(Lists.split(line)).allMatch(member -> Lists.trim(member).equals(member) && !member.isEmpty());
        Lists.unquote(line);
        Cookies.get(Headers.of("Cookie", line), name);
        assertThat(Query.parameters(line)).allMatch(parameter -> parameter.indexOf('&') < 0 && !parameter.isEmpty());
        assertThat(Query.values(line, name).size()).isLessThanOrEqualTo(line.length() + 1);
        EntityTag.anyMatches(List.of(line), name);
    }

    @FuzzTest
    public void structured(FuzzedDataProvider data) {
        boolean twoLines = data.consumeBoolean();
        String one = twoLines ? data.consumeString(60) : "";
        String other = data.consumeRemainingAsString();
        List<String> lines = twoLines ? List.of(one, other) : List.of(other);
        Map<String, Structured.Value> dictionary = Structured.dictionary(lines);
        List<Structured.Value> list = Structured.list(lines);
        if (dictionary != null) {
            assertThat(dictionary.keySet()).allMatch(key -> key.matches("[a-z*][a-z0-9_.*-]*"));
            assertThat(Structured.dictionary(List.of(String.join(", ", lines)))).isEqualTo(dictionary);
        }
        if (list != null && !list.isEmpty()) {
            assertThat(Structured.list(List.of(String.join(", ", lines), "x"))).hasSize(list.size() + 1);
            assertThat(String.join("", lines).chars()).allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f));
        }
    }

    @FuzzTest
    public void targetedControl(FuzzedDataProvider data) {
        String field = data.pickValue(new String[] {"CDN-Cache-Control", "Surrogate-Control"});
        CacheControl control = TargetedControl.of(Headers.of(field, data.consumeRemainingAsString()), field);
        if (control != null) {
            assertThat(control.isEmpty()).isFalse();
            for (String name : new String[] {"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"}) {
                assertThat(control.has(name) && !control.isSeconds(name)).isFalse();
            }
            assertThat(control.qualifying("private")).allMatch(Fields::isToken);
        }
    }

    @FuzzTest
    public void ranges(FuzzedDataProvider data) {
        long complete = data.consumeLong(0, 1000);
        String text = data.consumeRemainingAsString();
        RangeSet ranges = RangeSet.parse("bytes=" + text);
        if (ranges != null) {
            assertThat(ranges.within(complete))
                    .hasSizeLessThanOrEqualTo(ranges.specs().size())
                    .allMatch(span -> 0 <= span.first() && span.first() <= span.last() && span.last() < complete);
        }
        ContentRange range = ContentRange.parse("bytes " + text);
        if (range != null) {
            assertThat(range.span().length()).isBetween(1L, range.complete());
            assertThat(ContentRange.parse(range.toString())).isEqualTo(range);
            assertThat(RangeSet.parse(range.span().asRange()).within(range.complete()))
                    .containsExactly(range.span());
        }
    }

    @FuzzTest
    public void noVarySearch(FuzzedDataProvider data) {
        String field = data.consumeString(60);
        String query = data.consumeRemainingAsString();
        NoVarySearch rules = NoVarySearch.of(Headers.of("No-Vary-Search", field));
        assertThat(rules.canonical(query)).isEqualTo(rules.canonical(query)).isNotEqualTo("-");
        if (!rules.isDefault()) {
            assertThat(rules.canonical(query)).doesNotContain("\n").doesNotContain(" ");
            assertThat(rules.canonical("&" + query + "&&")).isEqualTo(rules.canonical(query));
        }
    }

    @FuzzTest
    public void entityTags(FuzzedDataProvider data) {
        String one = data.consumeString(30);
        String other = data.consumeRemainingAsString();
        if (EntityTag.strongEquals(one, other)) {
            assertThat(EntityTag.weakEquals(one, other)).isTrue();
            assertThat(EntityTag.anyMatches(List.of("W/" + one), other)).isTrue();
        }
        EntityTag.anyMatches(List.of(one, other), other);
    }

    @FuzzTest
    public void references(FuzzedDataProvider data) throws Target.MalformedException {
        String base = data.pickValue(new String[] {"/", "/a/b?c", "//a//", "/a;b", "/a|b/../c?d?e"});
        Target from = Target.parse("GET", base, "example.org", "http");
        Target to = from.resolve(data.consumeRemainingAsString());
        if (to != null) {
            assertThat(to.host()).isEqualTo(from.host());
            assertThat(to.scheme()).isEqualTo(from.scheme());
            assertThat(to.raw()).startsWith("/").doesNotContain("#");
            assertThat(from.resolve("http://example.org" + to.raw())).isEqualTo(to);
        }
    }
}
