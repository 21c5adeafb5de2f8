package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is cached, where and for how long, for the requests that it matches.
 *
 * @param name unique in the file
 * @param namespace metric label and purge unit; the name unless set
 * @param match which requests, and optionally which statuses
 * @param origin an origin's name
 * @param cache false passes every request through
 * @param mode who decides when origin and policy disagree
 * @param ttl a lifetime for each level
 * @param staleWhileRevalidate how long stale is served while it is refreshed; null: the origin's field decides
 * @param staleIfError how long stale is served when the origin fails; null: the origin's field decides
 * @param staleIfSlow how long the origin may take before stale is served within that window; null: as long as it takes
 * @param targets the targeted fields that replace {@code Cache-Control} for us, the first valid one wins (RFC 9213 §2.2)
 * @param varyBy what the key holds beyond the URL, announced in {@code Vary}
 * @param key how the URL becomes a key
 * @param tags rendered with the captures of the path, and with fields and parameters of the request that are in the key
 * @param clientDirectives whether a client's {@code Cache-Control} is honoured
 * @param shareAuthorized whether answers to requests with {@code Authorization} may be shared without further ado
 * @param setCookie what happens to answers with {@code Set-Cookie}
 * @param bypass requests that skip the cache
 * @param invalidate what a successful unsafe request on this policy invalidates, or null
 * @param invalidateOnWrite whether a successful unsafe request to a path of this policy invalidates its tags
 * @param invalidateOn events that invalidate an answer, rendered as its tags are
 * @param acrossNodes whether only one node at a time fetches a missing answer
 */
public record Policy(
        String name,
        String namespace,
        Match match,
        String origin,
        boolean cache,
        Mode mode,
        Ttl ttl,
        @Nullable Duration staleWhileRevalidate,
        @Nullable Duration staleIfError,
        @Nullable Duration staleIfSlow,
        List<String> targets,
        List<VaryBy> varyBy,
        Key key,
        List<Template> tags,
        ClientDirectives clientDirectives,
        boolean shareAuthorized,
        SetCookie setCookie,
        Bypass bypass,
        @Nullable Invalidate invalidate,
        boolean invalidateOnWrite,
        List<Template> invalidateOn,
        Across acrossNodes) {

    /** Lifetimes by level: the browser, a CDN in front of Lacquer, and Lacquer itself. */
    public record Ttl(Level browser, Level cdn, Level proxy) {
        /** No level is set: the origin's own fields are left alone. */
        public static final Ttl UNSET = new Ttl(Level.UNSET, Level.UNSET, Level.UNSET);

        /** Whether the policy says anything about any level. */
        public boolean isSet() {
            return browser.state() != LevelState.UNSET
                    || cdn.state() != LevelState.UNSET
                    || proxy.state() != LevelState.UNSET;
        }
    }

    /** One level: unset, off (told not to store), or on with a lifetime (0 or longer; zero unless on). */
    public record Level(LevelState state, Duration lifetime) {
        /** The policy does not speak of this level. */
        public static final Level UNSET = new Level(LevelState.UNSET, Duration.ZERO);
        /** This level is told not to store. */
        public static final Level OFF = new Level(LevelState.OFF, Duration.ZERO);

        /** A level that stores for so long. */
        public static Level on(Duration lifetime) {
            return new Level(LevelState.ON, lifetime);
        }

        /** Whether this level has a lifetime. */
        public boolean isOn() {
            return state == LevelState.ON;
        }
    }

    /** What a policy says of a level. */
    public enum LevelState {
        UNSET,
        OFF,
        ON
    }

    /**
     * Which requests a policy takes. All given parts must match; an empty part matches all.
     *
     * @param hosts lower case, without port; {@code *.example.org} matches any depth of sub-domains
     * @param path the pattern
     * @param methods upper case
     * @param headers lower-case name to a glob ({@code *} any text) that one of its values must match
     * @param query parameter name to a glob that one of its values must match
     * @param status statuses of the answer; empty: all
     */
    public record Match(
            List<String> hosts,
            PathPattern path,
            List<String> methods,
            Map<String, String> headers,
            Map<String, String> query,
            List<Integer> status) {}

    /** One thing that the key holds beyond the URL. */
    public sealed interface VaryBy {
        /** A request header field, lower case. */
        record Header(String name) implements VaryBy {}

        /** A cookie, by its exact name. */
        record Cookie(String name) implements VaryBy {}

        /** A digest of the whole {@code Authorization} value. */
        record User() implements VaryBy {}
    }

    /**
     * How the URL becomes a key.
     *
     * @param sortQuery whether parameters are sorted by name (stable)
     * @param keep globs of parameter names that count; empty: all
     * @param drop globs of parameter names that don't count
     * @param headers lower-case names of headers that are part of the key and reach the origin
     * @param maxVariants how many variants of one URL are stored
     * @param maxBody bytes of a QUERY's content that are read to become part of the key
     */
    public record Key(
            boolean sortQuery,
            List<String> keep,
            List<String> drop,
            List<String> headers,
            int maxVariants,
            int maxBody) {
        /** The query as it came. */
        public static final Key DEFAULT = new Key(false, List.of(), List.of(), List.of());

        /** With the default bounds. */
        public Key(boolean sortQuery, List<String> keep, List<String> drop, List<String> headers) {
            this(sortQuery, keep, drop, headers, 64, 64 * 1024);
        }
    }

    /** The targeted fields of Lacquer unless configured. */
    public static final List<String> TARGETS = List.of("Surrogate-Control", "CDN-Cache-Control");

    /** Whether a client's own {@code Cache-Control} and {@code Pragma} are honoured. */
    public enum ClientDirectives {
        IGNORE,
        HONOUR
    }

    /** What happens to answers with {@code Set-Cookie}. */
    public enum SetCookie {
        /** They are not stored. */
        PASS,
        /** They are stored and replayed with it. */
        STORE,
        /** They are stored without it; nobody gets the cookie. */
        STRIP
    }

    /**
     * Requests that skip the cache: any one match is enough.
     *
     * @param headers lower-case name to a glob
     * @param cookies names whose presence is enough
     * @param query parameter name to a glob
     */
    public record Bypass(Map<String, String> headers, List<String> cookies, Map<String, String> query) {
        /** Nothing skips the cache. */
        public static final Bypass NONE = new Bypass(Map.of(), List.of(), Map.of());

        /** Whether nothing skips the cache. */
        public boolean isEmpty() {
            return headers.isEmpty() && cookies.isEmpty() && query.isEmpty();
        }
    }

    /** Whether only one node at a time fetches a missing answer. */
    public enum Across {
        OFF,
        ON,
        /** Where the origin is slow. */
        AUTO
    }

    /**
     * What an unsafe request invalidates once the origin has answered 2xx or 3xx. At least one of the lists was given.
     *
     * @param tags rendered with the captures of the path, and with fields and parameters of the request
     * @param urls paths with query, of the same host
     * @param prefixes what such paths begin with
     * @param waitAll whether the answer waits for the other nodes, or for this one only
     * @param soft whether entries become stale instead of going
     */
    public record Invalidate(
            List<Template> tags, List<Template> urls, List<Template> prefixes, boolean waitAll, boolean soft) {}
}
