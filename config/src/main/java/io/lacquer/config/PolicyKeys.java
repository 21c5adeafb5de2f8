package io.lacquer.config;

import io.lacquer.config.Policy.Across;
import io.lacquer.config.Policy.ClientDirectives;
import io.lacquer.config.Policy.SetCookie;
import io.lacquer.config.Policy.Ttl;
import io.lacquer.config.Policy.VaryBy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of one item of {@code policies}. */
final class PolicyKeys {
    static final Key<String> NAME =
            Key.required("name", "users", Scalars.LABEL, "unique; appears in logs, metrics and `Cache-Status`");
    static final Key<String> NAMESPACE =
            Key.optional("namespace", Scalars.LABEL, "metric label and purge unit; the name unless given");
    static final Key<Policy.Match> MATCH = Key.required(
            "match",
            "{path: \"/api/**\"}",
            MatchKeys.SECTION,
            "which requests; all given parts must match, the first policy that matches wins");
    static final Key<String> ORIGIN =
            Key.optional("origin", Scalars.LABEL, "a name from `origins`; `defaults.origin` unless given");
    static final Key<Boolean> CACHE = Key.of("cache", Scalars.BOOL, "true", "false passes every request through");
    static final Key<Mode> MODE = Key.optional(
            "mode",
            Scalars.choice(Map.of("respect", Mode.RESPECT, "override", Mode.OVERRIDE, "force", Mode.FORCE)),
            "`respect`: the origin's headers decide, the policy fills in; `override`: the policy beats `max-age`,"
                + " `s-maxage`, `Expires`, `no-cache`; `force`: also `private`, `no-store`, `Set-Cookie`, `Vary: *`;"
                + " `defaults.mode` unless given");
    static final Key<Duration> SWR = Key.optional(
            "stale_while_revalidate",
            Scalars.DURATION,
            "how long stale is served while it is refreshed; else the origin decides");
    static final Key<Duration> SIE = Key.optional(
            "stale_if_error",
            Scalars.DURATION,
            "how long stale is served when the origin fails; else the origin decides");
    static final Key<Duration> SLOW = Key.optional(
            "stale_if_slow",
            Scalars.TIMEOUT,
            "how long the origin may take before stale is served instead; the refresh goes on; needs `stale_if_error`,"
                    + " which says how old stale may be");
    static final Key<List<String>> TARGETS = Key.list(
            "targets",
            ListOf.of(Scalars.string("a header's name", "write one such as CDN-Cache-Control", Scalars::token)),
            "response fields that replace `Cache-Control` and `Expires` for Lacquer: the first that is valid;"
                    + " `defaults.targets` unless given");
    static final Key<List<VaryBy>> VARY_BY = Key.list(
            "vary_by",
            ListOf.of(PolicyParts.VARY_BY),
            "`header:X`, `cookie:x` or `user`: what the key holds beyond the URL; announced in `Vary`");
    static final Key<Policy.Key> KEY = Key.mapping("key", PolicyParts.KEY, "how the URL becomes a key");
    static final Key<List<Placed<Template>>> TAGS = Key.list(
            "tags",
            ListOf.of(PolicyParts.TAG),
            "purge tags; `{x}` is a capture of the path, `{header:X}` and `{query:x}` are of the request and must be in"
                    + " the key");
    static final Key<ClientDirectives> CLIENT_DIRECTIVES = Key.optional(
            "client_directives",
            Scalars.choice(Map.of(
                    "ignore", ClientDirectives.IGNORE,
                    "honour", ClientDirectives.HONOUR,
                    "honor", ClientDirectives.HONOUR)),
            "whether a client's `Cache-Control` counts; `ignore` where the policy has a lifetime in Lacquer, else"
                    + " `honour`");
    static final Key<Boolean> AUTHORIZATION = Key.of(
            "authorization",
            Scalars.choice(Map.of("share", true, "respect", false)),
            "respect",
            "`share`: answers to requests with `Authorization` may be shared; `respect`: RFC 9111 §3.5 decides");
    static final Key<SetCookie> SET_COOKIE = Key.of(
            "set_cookie",
            Scalars.choice(Map.of("pass", SetCookie.PASS, "store", SetCookie.STORE, "strip", SetCookie.STRIP)),
            "pass",
            "answers with `Set-Cookie`: `pass` does not store them, `store` replays the cookie, `strip` removes it");
    static final Key<Policy.Bypass> BYPASS =
            Key.mapping("bypass", PolicyParts.BYPASS, "requests that skip the cache; any one match is enough");
    static final Key<PolicyParts.PlacedInvalidate> INVALIDATE = Key.optional(
            "invalidate",
            PolicyParts.INVALIDATE,
            "what a successful unsafe request (POST, PUT, …) on this policy invalidates");
    static final Key<Boolean> INVALIDATE_ON_WRITE = Key.of(
            "invalidate_on_write",
            Scalars.BOOL,
            "false",
            "a successful unsafe request to a path of this policy invalidates what is stored for that path, whatever"
                    + " the query, and its tags");

    static final Key<List<Placed<Template>>> INVALIDATE_ON = Key.list(
            "invalidate_on",
            ListOf.of(PolicyParts.EVENT),
            "events that invalidate an answer, such as `deployment.scale.{id}`; with gaps as in `tags`");
    static final Key<Across> COLLAPSE_ACROSS = Key.of(
            "collapse_across",
            Scalars.choice(Map.of("off", Across.OFF, "on", Across.ON, "auto", Across.AUTO)),
            "off",
            "`on`: only one node at a time fetches a missing answer, the others wait for it; `auto`: where the origin"
                    + " is slow");

    /** All of them. */
    static final Section<Draft> SECTION = new Section<>(
            List.of(
                    NAME,
                    NAMESPACE,
                    MATCH,
                    ORIGIN,
                    CACHE,
                    TtlKeys.PRESET,
                    TtlKeys.TTL,
                    MODE,
                    SWR,
                    SIE,
                    SLOW,
                    TARGETS,
                    VARY_BY,
                    KEY,
                    TAGS,
                    CLIENT_DIRECTIVES,
                    AUTHORIZATION,
                    SET_COOKIE,
                    BYPASS,
                    INVALIDATE,
                    INVALIDATE_ON_WRITE,
                    INVALIDATE_ON,
                    COLLAPSE_ACROSS),
            PolicyKeys::draft);

    private PolicyKeys() {}

    /** A policy as it was written: what it inherits is not known yet. */
    record Draft(Fields fields, Policy.Match match, Ttl ttl) {
        /** The name. */
        String name() {
            return fields.get(NAME);
        }

        /** The namespace: the name unless given. */
        String namespace() {
            String namespace = fields.find(NAMESPACE);
            return namespace == null ? name() : namespace;
        }

        /** The whole policy. */
        Policy policy(Config.Defaults defaults) {
            String origin = fields.find(ORIGIN);
            Mode mode = fields.find(MODE);
            PolicyParts.PlacedInvalidate invalidate = fields.find(INVALIDATE);
            return new Policy(
                    name(),
                    namespace(),
                    match,
                    origin == null ? defaults.origin() : origin,
                    fields.get(CACHE),
                    mode == null ? defaults.mode() : mode,
                    ttl,
                    fields.find(SWR),
                    fields.find(SIE),
                    fields.find(SLOW),
                    fields.has(TARGETS) ? fields.get(TARGETS) : defaults.targets(),
                    fields.get(VARY_BY).stream().distinct().toList(),
                    fields.get(KEY),
                    Placed.values(fields.get(TAGS)),
                    directives(fields.find(CLIENT_DIRECTIVES), ttl),
                    fields.get(AUTHORIZATION),
                    fields.get(SET_COOKIE),
                    fields.get(BYPASS),
                    invalidate == null ? null : invalidate.value(),
                    fields.get(INVALIDATE_ON_WRITE),
                    Placed.values(fields.get(INVALIDATE_ON)),
                    fields.get(COLLAPSE_ACROSS));
        }
    }

    private static Draft draft(Fields fields) {
        Draft draft = new Draft(fields, fields.get(MATCH), TtlKeys.lifetimes(fields));
        PolicyChecks.check(draft);
        return draft;
    }

    private static ClientDirectives directives(@Nullable ClientDirectives given, Ttl ttl) {
        if (given != null) {
            return given;
        }
        return ttl.proxy().isOn() ? ClientDirectives.IGNORE : ClientDirectives.HONOUR;
    }
}
