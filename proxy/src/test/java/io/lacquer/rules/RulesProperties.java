package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.http.TargetedControl;
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
        "max-age=x",
        "max-age=9000;x",
        "max-age=9000+9000",
        "max-age=9000;other",
        "max-age=9000;lacquer",
        "max-age=\"9000\"",
        "Max-Age=9000"
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
                0);
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
            CacheControl targeted = TargetedControl.of(out, name);
            assertThat(targeted == null ? 0 : targeted.seconds("max-age"))
                    .as("%s, in its own grammar, in %s", name, out)
                    .isLessThanOrEqualTo(0);
            assertThat(String.valueOf(out.joined(name)))
                    .as("in whatever grammar")
                    .doesNotContainPattern("(?i)max-?age=[^,]*[1-9]");
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

    @Property
    void ageGoesOnFromWhereAValidationLeftIt(
            @ForAll("fields") Headers fields,
            @ForAll @IntRange(min = 0) int validated,
            @ForAll long at,
            @ForAll @IntRange(min = 0) int later) {
        StoredHead renewed = new StoredHead(
                new StoredHead.Owner("p", "p"),
                ResponseHead.of(200, fields),
                false,
                Map.of(),
                List.of(),
                validated,
                at);
        assertThat(renewed.ageMillis(at)).isEqualTo(validated);
        assertThat(renewed.ageMillis(at + later * 1_000L)).isBetween((long) validated, validated + later / 1000L + 1);
    }

    @Property
    void whatIsPrivateIsNeverReusedUnlessForced(
            @ForAll("answers") Headers fields,
            @ForAll("policies") Policy policy,
            @ForAll("secrets") String secret,
            @ForAll boolean authorized) {
        Headers with = Given.headers(secret + "|" + fields.toString().replace("\n", "|"));
        StoredHead head = new StoredHead(
                new StoredHead.Owner("p", "p"), ResponseHead.of(200, with), authorized, Map.of(), List.of(), 0, 0);
        CacheControl counts = Lifetime.governing(with, head.control(), policy);
        boolean forced = policy.mode() == io.lacquer.config.Mode.FORCE;
        boolean secretCounts =
                !forced && (with.has("Set-Cookie") || counts.has("no-store") || counts.isUnqualified("private"));
        boolean foreign =
                authorized && !counts.has("public") && !counts.has("s-maxage") && !counts.has("must-revalidate");
        if (secretCounts || foreign) {
            assertThat(ReuseRule.isPermitted(head, policy)).isFalse();
        }
    }

    @Provide
    Arbitrary<String> secrets() {
        return Arbitraries.of(
                "X: y",
                "Set-Cookie: a=b",
                "Cache-Control: no-store",
                "Cache-Control: private",
                "Cache-Control: private=\"a\"",
                "CDN-Cache-Control: no-store",
                "CDN-Cache-Control: private",
                "CDN-Cache-Control: no-store,",
                "Surrogate-Control: no-store",
                "Surrogate-Control: no-store;lacquer",
                "Surrogate-Control: no-store;other");
    }

    @Property
    void whatTheClientWillNotHaveStoredIsNotStored(
            @ForAll("answers") Headers fields, @ForAll("policies") Policy policy, @ForAll("controls") String client) {
        StorageRule.Verdict verdict = StorageRule.judge(
                Given.get(""),
                Given.directives(client.isEmpty() ? "no-store" : client + ", no-store"),
                ResponseHead.of(200, fields),
                policy,
                false,
                0);
        assertThat(verdict).isInstanceOf(StorageRule.Verdict.Refuse.class);
    }

    @Property
    void whatIsServedFreshHasMoreLifeThanTheClientWants(
            @ForAll("answers") Headers fields,
            @ForAll("policies") Policy policy,
            @ForAll @IntRange(max = 700) int maxAge,
            @ForAll @IntRange(max = 700) int minFresh,
            @ForAll @IntRange(max = 700) int ageSeconds) {
        ReuseRule.Verdict verdict = ReuseRule.judge(
                stored(fields, 0),
                Given.directives("max-age=" + maxAge + ", min-fresh=" + minFresh),
                policy,
                ageSeconds * 1_000_000_000L);
        boolean enough = ageSeconds <= maxAge && verdict.lifetime().millis() - ageSeconds * 1000L >= minFresh * 1000L;
        boolean within = verdict.lifetime().millis() > ageSeconds * 1000L;
        assertThat(verdict instanceof ReuseRule.Verdict.Fresh).isEqualTo(enough && within);
    }

    @Property
    void preferencesNormalisedTwiceAreNormalisedOnce(@ForAll("preferences") List<String> lines) {
        Preferences read = Preferences.of(lines);
        net.jqwik.api.Assume.that(read != null);
        String once = read.canonical();
        assertThat(Preferences.of(List.of(once)).canonical()).isEqualTo(once);
        Headers asked = Headers.of("Accept-Language", once, "Accept-Encoding", once);
        Headers.Builder sent = Headers.builder();
        lines.forEach(line -> sent.add("Accept-Language", line).add("Accept-Encoding", line));
        List<String> both = List.of("accept-language", "accept-encoding");
        if (!lines.isEmpty()) {
            assertThat(VaryRule.nominated(both, asked)).isEqualTo(VaryRule.nominated(both, sent.build()));
        }
    }

    @Property
    void preferencesAreTheSameInAnyOrder(@ForAll("preferences") List<String> lines, @ForAll int seed) {
        List<String> shuffled = new java.util.ArrayList<>(lines);
        java.util.Collections.shuffle(shuffled, new java.util.Random(seed));
        assertThat(Preferences.of(shuffled)).isEqualTo(Preferences.of(lines));
        assertThat(Preferences.of(List.of(String.join(" ,", shuffled)))).isEqualTo(Preferences.of(lines));
    }

    @Provide
    Arbitrary<List<String>> preferences() {
        Arbitrary<String> name = Arbitraries.of("de", "DE", "en", "*", "gzip", "x-gzip", "br", "identity", "a/b");
        Arbitrary<String> weight = Arbitraries.of(
                "",
                ";q=1",
                ";q=0",
                ";q=0.5",
                ";Q=0.50",
                " ; q=0.123",
                ";q=0.",
                ";q=7",
                ";q=x",
                ";q=0.9999",
                ";a=b",
                ";q");
        return Combinators.combine(name, weight)
                .as((each, its) -> each + its)
                .list()
                .ofMaxSize(5);
    }
}
