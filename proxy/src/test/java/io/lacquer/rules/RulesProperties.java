package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What no combination of origin, policy and client may break. */
class RulesProperties {
    private static final String[] MEMBERS = {
        "max-age=5",
        "max-age=9000",
        "s-maxage=7",
        "s-maxage=9000",
        "no-cache",
        "public",
        "must-revalidate",
        "stale-while-revalidate=30",
        "stale-if-error=30",
        "immutable",
        "max-age=x"
    };

    @Provide
    Arbitrary<String> controls() {
        return Arbitraries.of(MEMBERS).list().ofMaxSize(4).map(list -> String.join(", ", list));
    }

    @Provide
    Arbitrary<Headers> answers() {
        Arbitrary<String> field = Arbitraries.of("Cache-Control", "CDN-Cache-Control", "Surrogate-Control");
        Arbitrary<String> expires = Arbitraries.of(
                "",
                "Expires: 0",
                "Expires: Sun, 06 Nov 1994 09:49:37 GMT",
                "Pragma: no-cache",
                "Last-Modified: Sun, 06 Nov 1984 09:49:37 GMT",
                "ETag: \"1\"");
        return Combinators.combine(field, controls(), field, controls(), expires)
                .as((name, value, other, more, line) -> Given.headers(
                        "Date: " + Given.DATE + "|" + name + ": " + value + "|" + other + ": " + more + "|" + line));
    }

    @Provide
    Arbitrary<Policy> policies() {
        Arbitrary<Policy.Level> level =
                Arbitraries.of("unset", "off", "0", "10", "600").map(EmitRuleTest::level);
        return Combinators.combine(
                        Arbitraries.of("respect", "override", "force"),
                        level,
                        level,
                        level,
                        Arbitraries.of(0, 30, 9000))
                .as((mode, browser, cdn, proxy, window) -> Given.policy()
                        .mode(mode)
                        .ttl(browser, cdn, proxy)
                        .stale(window, window)
                        .build());
    }

    private static StoredHead stored(Headers fields, long initialAge) {
        return new StoredHead(
                new StoredHead.Owner("p", "p"),
                ResponseHead.of(200, fields),
                false,
                Map.of(),
                List.of(),
                initialAge,
                0,
                CacheControl.of(fields));
    }

    @Property
    void ageNeverDecreasesAndIsNeverNegative(
            @ForAll @IntRange(min = 0) int initial, @ForAll int from, @ForAll @IntRange(min = 0) int later) {
        StoredHead head = stored(Headers.EMPTY, initial);
        long first = head.ageMillis(from * 1_000L);
        long second = head.ageMillis((from + (long) later) * 1_000L);
        assertThat(first).isNotNegative().isLessThanOrEqualTo(second);
    }

    @Property
    void nothingIsFreshAfterItsLifetime(
            @ForAll("answers") Headers fields,
            @ForAll("policies") Policy policy,
            @ForAll("controls") String client,
            @ForAll @IntRange(min = 0, max = 20_000) int ageSeconds) {
        StoredHead head = stored(fields, 0);
        ReuseRule.Verdict verdict =
                ReuseRule.judge(head, Given.directives(client), policy, ageSeconds * 1_000_000_000L);
        boolean within = verdict.ageMillis() < verdict.lifetime().millis();
        if (verdict instanceof ReuseRule.Verdict.Fresh) {
            assertThat(within).isTrue();
        }
        if (verdict instanceof ReuseRule.Verdict.StaleAccepted
                || verdict instanceof ReuseRule.Verdict.StaleWhileRevalidate) {
            assertThat(within).isFalse();
        }
        assertThat(ReuseRule.isFresh(head, policy, ageSeconds * 1_000_000_000L)).isEqualTo(within);
    }

    @Property
    void whatIsPrivateIsNeverStorableUnlessForced(
            @ForAll("answers") Headers fields,
            @ForAll("policies") Policy policy,
            @ForAll @IntRange(min = 0, max = 4) int kind) {
        if (policy.mode() == io.lacquer.config.Mode.FORCE) {
            return;
        }
        String line = new String[] {
                    "Cache-Control: no-store",
                    "Cache-Control: private",
                    "Set-Cookie: a=b",
                    "Vary: x, *",
                    "CDN-Cache-Control: private"
                }
                [kind];
        int colon = line.indexOf(':');
        Headers.Builder with = Headers.builder().add(line.substring(0, colon), line.substring(colon + 2));
        for (int i = 0; i < fields.size(); i++) {
            with.add(fields.name(i), fields.value(i));
        }
        CacheControl counts = Lifetime.governing(with.build(), CacheControl.of(with.build()), policy);
        boolean overruled = !line.startsWith("Set-Cookie")
                && !line.startsWith("Vary")
                && !counts.has("no-store")
                && !counts.has("private"); // RFC 9213 §2.2
        StorageRule.Verdict verdict = StorageRule.judge(
                Given.get(""), CacheControl.NONE, ResponseHead.of(200, with.build()), policy, false, 0);
        assertThat(overruled || verdict instanceof StorageRule.Verdict.Refuse).isTrue();
    }

    @Property
    void anAuthorizedAnswerIsNeverStorableUnlessTheOriginSaysSo(
            @ForAll("answers") Headers fields, @ForAll("policies") Policy policy) {
        StorageRule.Verdict verdict = StorageRule.judge(
                Given.get("Authorization: a"), CacheControl.NONE, ResponseHead.of(200, fields), policy, false, 0);
        CacheControl counts = Lifetime.governing(fields, CacheControl.of(fields), policy);
        if (!counts.has("public") && !counts.has("s-maxage") && !counts.has("must-revalidate")) {
            assertThat(verdict).isInstanceOf(StorageRule.Verdict.Refuse.class);
        }
    }

    @Property
    void whatMayBeStoredMayBeReusedUnderTheSamePolicy(
            @ForAll("answers") Headers fields, @ForAll("policies") Policy policy) {
        if (StorageRule.judge(Given.get(""), CacheControl.NONE, ResponseHead.of(200, fields), policy, false, 0)
                instanceof StorageRule.Verdict.Store) {
            assertThat(ReuseRule.isPermitted(stored(fields, 0), policy)).isTrue();
        }
    }

    @Property
    void staleIsNeverGivenLifeByAPolicy(
            @ForAll("answers") Headers fields,
            @ForAll("policies") Policy policy,
            @ForAll @IntRange(min = 0, max = 20_000) int ageSeconds) {
        if (!policy.ttl().isSet()) {
            return; // without a policy the origin's fields are left alone
        }
        Headers out =
                EmitRuleTest.emit(ResponseHead.of(200, fields), policy, EmitRule.Freshness.STALE, ageSeconds * 1000L);
        for (String name : new String[] {"Cache-Control", "CDN-Cache-Control", "Surrogate-Control"}) {
            CacheControl control = CacheControl.parse(out.all(name));
            assertThat(Math.max(control.seconds("max-age"), control.seconds("s-maxage")))
                    .as("%s in %s", name, out)
                    .isLessThanOrEqualTo(0);
        }
        assertThat(out.has("Expires")).isFalse();
    }

    @Property
    void freshGivesEachLevelItsWholeLifetime(
            @ForAll("policies") Policy policy, @ForAll @IntRange(min = 0, max = 20_000) int ageSeconds) {
        Headers out = EmitRuleTest.emit(
                ResponseHead.of(200, Headers.EMPTY), policy, EmitRule.Freshness.FRESH, ageSeconds * 1000L);
        Map<String, Policy.Level> levels = new HashMap<>();
        levels.put("Cache-Control", policy.ttl().browser());
        levels.put("CDN-Cache-Control", policy.ttl().cdn());
        levels.forEach((name, level) -> {
            long seconds = CacheControl.parse(out.all(name)).seconds("max-age");
            long expected = !level.isOn()
                    ? -1
                    : level.lifetime().isZero() ? 0 : level.lifetime().toSeconds() + ageSeconds;
            assertThat(seconds).isEqualTo(expected);
        });
    }

    @Provide
    Arbitrary<Headers> fields() {
        Arbitrary<String> name =
                Arbitraries.of("A", "a", "B", "ETag", "Content-Type", "Content-Length", "Age", "Set-Cookie");
        Arbitrary<String> value = Arbitraries.of("1", "2", "");
        return Combinators.combine(name, value).as(List::of).list().ofMaxSize(8).map(lines -> {
            Headers.Builder out = Headers.builder();
            lines.forEach(line -> out.add(line.get(0), line.get(1)));
            return out.build();
        });
    }

    @Property
    void mergingA304TwiceIsMergingItOnce(@ForAll("fields") Headers stored, @ForAll("fields") Headers renewal) {
        ResponseHead once = ValidationRule.merge(ResponseHead.of(200, stored), renewal);
        ResponseHead twice = ValidationRule.merge(once, renewal);
        for (String name : new String[] {"A", "B", "ETag", "Content-Type", "Content-Length", "Age", "Set-Cookie"}) {
            assertThat(twice.headers().all(name))
                    .isEqualTo(once.headers().all(name)); // the order of names means nothing
        }
        assertThat(twice.headers().size()).isEqualTo(once.headers().size());
        assertThat(once.headers().all("Content-Length")).isEqualTo(stored.all("Content-Length"));
        assertThat(once.headers().all("ETag")).isEqualTo((stored.has("ETag") ? stored : renewal).all("ETag"));
    }
}
