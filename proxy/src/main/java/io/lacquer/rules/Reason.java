package io.lacquer.rules;

/**
 * Why an answer came from where it came from: one closed list for {@code Cache-Status}, metrics, access log
 * and documentation. The README's table is held to it by a test.
 */
public enum Reason {
    CACHE_OFF("cache-off", "caching is switched off for everything", "set `cache: true`"),
    POLICY_OFF("policy-off", "the policy says `cache: false`", "change the policy"),
    PROXY_OFF("proxy-off", "the policy stores in browsers or CDNs only", "give it `ttl: {proxy: …}` or another preset"),
    BYPASS_RULE("bypass-rule", "a bypass rule of the policy matched", "change `bypass`"),
    METHOD("method", "only GET, HEAD and QUERY are cached", "nothing to change"),
    AMBIGUOUS_PATH(
            "ambiguous-path",
            "servers disagree on what the path names (`%2F`, `\\`, `;`, double encoding)",
            "ask for the plain form of the URL"),
    REQUEST_BODY(
            "request-body",
            "a GET with a body is never cached, nor a QUERY whose content is too long for the key",
            "send it without body, or raise `key.max_body`"),
    RANGE("range", "a range was asked for in a unit other than bytes, or there is no such range", "ask for bytes"),
    PRECONDITION("precondition", "`If-Match` and `If-Unmodified-Since` are for the origin", "nothing to change"),
    UPGRADE("upgrade", "the connection became a tunnel", "nothing to change"),
    CLIENT_DIRECTIVE(
            "client-directive",
            "the client's own `Cache-Control` or `Pragma` asked for it",
            "`client_directives: ignore` on a policy"),
    NO_STORE("no-store", "the origin said `no-store`", "change the origin, or `mode: force`"),
    PRIVATE("private", "the origin said `private`", "change the origin, or `mode: force`"),
    SET_COOKIE("set-cookie", "the answer sets a cookie", "`set_cookie: strip` or `store` on the policy"),
    AUTHORIZATION(
            "authorization",
            "the request had `Authorization` and the answer is not marked `public`, `s-maxage` or `must-revalidate`",
            "`vary_by: [user]` or `authorization: share`"),
    VARY_STAR("vary-star", "the answer says `Vary: *`", "change the origin, or `mode: force`"),
    STATUS("status", "this status has no lifetime of its own", "let the origin send `max-age`, or match on `status`"),
    PARTIAL("partial", "the origin sent a part that was not asked for", "look at the origin"),
    NO_LIFETIME("no-lifetime", "neither origin nor policy gives a lifetime", "add a policy with `ttl`"),
    ZERO_LIFETIME("zero-lifetime", "its lifetime is 0 and it has no validator", "raise the lifetime or send `ETag`"),
    VARIANTS("variants", "as many variants of this URL are stored as may be", "raise `key.max_variants`"),
    TOO_LARGE("too-large", "it is larger than `tiers.l1.max_object`", "raise `max_object`"),
    NO_MEMORY("no-memory", "bodies in flight have used up the memory ceiling", "raise `tiers.l1.size`"),
    PURGED("purged", "a purge came while it was fetched, or `purge.hold` ago", "nothing to change"),
    CUT_OFF(
            "cut-off",
            "the purge log has not confirmed for longer than `purge.lease`, so nothing stored is served",
            "look at Redis, or `purge.when_cut_off: serve`"),
    UNCACHEABLE_BEFORE(
            "uncacheable-before", "this URL's last answer could not be shared, so nobody waits for it", "see `stored`"),
    WAIT_TIMEOUT("wait-timeout", "it waited too long for another's fetch and fetched alone", "raise `collapse.wait`"),
    WAITERS_FULL("waiters-full", "too many were waiting already", "raise `collapse.max_waiters`"),
    NOT_SHARED("not-shared", "the fetch it waited for gave an answer that is not for it", "nothing to change"),
    L2_TIMEOUT("l2-timeout", "Redis took longer than `tiers.l2.timeout`", "look at Redis"),
    L2_DOWN("l2-down", "Redis could not be used", "look at Redis"),
    L2_CORRUPT("l2-corrupt", "Redis held something that is no value of ours", "see who writes to these keys"),
    STALE_WHILE_REVALIDATE("stale-while-revalidate", "stale was served and is being refreshed", "nothing to change"),
    STALE_IF_ERROR(
            "stale-if-error",
            "the origin failed and what is stored was served, or was kept instead of the error",
            "look at the origin"),
    STALE_IF_SLOW(
            "stale-if-slow", "the origin took longer than `stale_if_slow` and stale was served", "look at the origin");

    private final String word;
    private final String sentence;
    private final String remedy;

    Reason(String word, String sentence, String remedy) {
        this.word = word;
        this.sentence = sentence;
        this.remedy = remedy;
    }

    /** The stable word for headers, logs and labels. */
    public String word() {
        return word;
    }

    /** What happened, for people. */
    public String sentence() {
        return sentence;
    }

    /** What to change to get a hit. */
    public String remedy() {
        return remedy;
    }

    /** Whether the next request for the same key may fare better, so that waiting for it makes sense. */
    public boolean isOfThisRequest() {
        return switch (this) {
            case AUTHORIZATION, CLIENT_DIRECTIVE, NO_MEMORY, PURGED, STALE_IF_ERROR -> true;
            default -> false;
        };
    }
}
