package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lifetimes that a browser and a CDN are told (RFC 9213, Edge Architecture 1.0): only of levels that a
 * policy sets. Fresh: the level's lifetime plus the current age, so that with a true {@code Age} the
 * receiver has its whole lifetime. Stale: nothing, for every level.
 */
public final class EmitRule {
    private static final List<String> CDN_FIELDS = List.of("CDN-Cache-Control", "Surrogate-Control");

    /** The fields in which origins name the tags of an answer, separated by blanks or commas. */
    public static final List<String> PURGE_TAGS = List.of(
            "Surrogate-Key", "Cache-Tag", "xkey", "X-Magento-Tags", "Cache-Tags", "X-Cache-Tags", "Purge-Cache-Tags");

    private EmitRule() {}

    /** How old the answer is, for its lifetimes. */
    public enum Freshness {
        /** Within its lifetime, or just fetched. */
        FRESH,
        /** Served past its lifetime. */
        STALE,
        /** Not to be shared: nobody is given a lifetime. */
        PRIVATE
    }

    /** Sets the lifetime fields of an answer. */
    public static void lifetimes(
            Headers.Builder out,
            ResponseHead head,
            CacheControl control,
            Policy policy,
            Freshness freshness,
            long ageMillis) {
        Policy.Ttl ttl = policy.ttl();
        if (freshness == Freshness.PRIVATE || !ttl.isSet() || !Lifetime.suits(head.status(), policy)) {
            return;
        }
        if (policy.mode() != Mode.RESPECT || !speaks(head, control, policy)) {
            ofPolicy(out, ttl, freshness, ageMillis);
        }
        if (freshness == Freshness.STALE) {
            stale(out, policy);
        }
    }

    private static void ofPolicy(Headers.Builder out, Policy.Ttl ttl, Freshness freshness, long ageMillis) {
        long age = ageMillis / 1000;
        browser(out, ttl, freshness, age);
        if (ttl.cdn().state() != Policy.LevelState.UNSET) {
            String field = field(ttl.cdn(), freshness, age);
            out.set("CDN-Cache-Control", field);
            out.set("Surrogate-Control", field);
        }
    }

    /** What is stale is never given a new life, whoever gave it the old one. */
    private static void stale(Headers.Builder out, Policy policy) {
        Policy.Ttl ttl = policy.ttl();
        Headers told = out.build();
        if (ttl.browser().isOn() || mayGiveLife(told, "Cache-Control") || told.has("Expires")) {
            replaceCacheControl(out, lifeless(CacheControl.of(told)));
        }
        for (String targeted : CDN_FIELDS) {
            if (ttl.cdn().isOn() || mayGiveLife(told, targeted)) {
                out.set(targeted, lifeless(CacheControl.parse(told.all(targeted))));
            }
        }
        for (String targeted : policy.targets()) {
            if (CDN_FIELDS.stream().noneMatch(targeted::equalsIgnoreCase) && mayGiveLife(told, targeted)) {
                out.set(targeted, lifeless(CacheControl.parse(told.all(targeted))));
            }
        }
    }

    /** In anybody's reading: whom {@code max-age=60;x} or {@code max-age=60+30} speaks to is not for us to say. */
    private static boolean mayGiveLife(Headers told, String field) {
        for (String directive : told.tokens(field)) {
            boolean isLifetime = directive.startsWith("max-age") || directive.startsWith("s-maxage");
            if (isLifetime && directive.chars().anyMatch(c -> c >= '1' && c <= '9')) {
                return true;
            }
        }
        return false;
    }

    private static String lifeless(CacheControl control) {
        if (control.has("no-store")) {
            return "no-store";
        }
        return control.has("private") ? "private, max-age=0" : "max-age=0";
    }

    private static void browser(Headers.Builder out, Policy.Ttl ttl, Freshness freshness, long age) {
        if (ttl.browser().state() == Policy.LevelState.UNSET) {
            if (ttl.cdn().state() == Policy.LevelState.OFF) {
                out.append("Cache-Control", "private");
            }
            return;
        }
        String value = field(ttl.browser(), freshness, age);
        boolean cdnExcluded =
                ttl.cdn().state() == Policy.LevelState.OFF && ttl.browser().isOn();
        replaceCacheControl(out, cdnExcluded ? "private, " + value : value);
    }

    private static void replaceCacheControl(Headers.Builder out, String value) {
        out.set("Cache-Control", value).remove("Expires").remove("Pragma");
    }

    private static String field(Policy.Level level, Freshness freshness, long age) {
        if (!level.isOn()) {
            return "no-store";
        }
        Duration lifetime = level.lifetime();
        if (freshness == Freshness.STALE || lifetime.isZero()) {
            return "max-age=0";
        }
        return "max-age=" + Math.min(lifetime.toSeconds() + age, CacheControl.MAX_SECONDS);
    }

    private static boolean speaks(ResponseHead head, CacheControl control, Policy policy) {
        return Lifetime.explicit(head, control, policy).source() != Lifetime.Source.NONE;
    }

    /** Tags of the origin are for caches, not for clients. */
    public static void removePurgeTags(Headers.Builder out) {
        PURGE_TAGS.forEach(out::remove);
    }

    /** Announces in {@code Vary} what the key holds beyond the URL. */
    public static void announceVary(Headers.Builder out, Headers sent, @Nullable Policy policy) {
        if (policy == null) {
            return;
        }
        for (String name : KeyRule.announced(policy)) {
            if (!sent.hasToken("Vary", name)) {
                out.append("Vary", name);
            }
        }
    }
}
