package io.lacquer.exchange;

import io.lacquer.config.Cidr;
import io.lacquer.config.Config;
import io.lacquer.config.Origin;
import io.lacquer.config.PathPattern;
import io.lacquer.config.Policy;
import io.lacquer.config.PolicyMatcher;
import io.lacquer.config.RequestFacts;
import io.lacquer.config.Route;
import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.rules.KeyRule;
import java.net.InetAddress;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The configuration in force, prepared for requests: immutable, swapped whole, numbered. */
public final class ActiveConfig {
    /** So many shapes are tried for one request. */
    private static final int MOST_PREFIXES = 4;

    private static final LongAdder TAGS_DROPPED = new LongAdder();

    private final Config config;
    private final long generation;
    private final PolicyMatcher matcher;
    private final Policy fallback;
    private final IdentityHashMap<Policy, String> shapes = new IdentityHashMap<>();
    private final String keyPrefix;
    private final Sameness sameness;
    private final List<String> distinctShapes;
    private final List<Policy.Key> queries;
    private final List<String> plainHttp;
    private final List<String> plainHttps;

    /** Prepares a valid configuration. */
    public ActiveConfig(Config config, long generation) {
        this.config = config;
        this.generation = generation;
        this.matcher = new PolicyMatcher(config.policies());
        this.fallback = fallback(config);
        Config.L2 l2 = config.tiers().l2();
        this.keyPrefix = l2 == null ? "" : l2.namespace() + ":" + l2.version() + ":";
        config.policies().forEach(policy -> shapes.put(policy, keyPrefix + version(policy) + KeyRule.shape(policy)));
        shapes.put(fallback, keyPrefix + KeyRule.shape(fallback));
        this.sameness = new Sameness(this);
        this.distinctShapes = shapes.values().stream().distinct().sorted().toList();
        this.queries = PurgeUrls.queries(config);
        List<String> plain = distinctShapes.stream().limit(MOST_PREFIXES).toList();
        this.plainHttp = plain.stream().map(shape -> shape + "\nhttp://").toList();
        this.plainHttps = plain.stream().map(shape -> shape + "\nhttps://").toList();
    }

    /** What the plain keys of a URL may be: those without further parts. */
    public List<String> plainKeys(String url) {
        return distinctShapes.stream().map(shape -> shape + "\n" + url).toList();
    }

    /** In which ways the policies count queries. */
    public List<Policy.Key> queries() {
        return queries;
    }

    /** The version of a policy's namespace: whoever raises it abandons what is stored there. */
    private String version(Policy policy) {
        Integer version = config.namespaceVersions().get(policy.namespace());
        return version == null ? "" : policy.namespace() + "@" + version + ":";
    }

    /** Counts tags of answers that were not kept: too many, or too long. */
    LongAdder tagsDropped() {
        return TAGS_DROPPED;
    }

    /** How many tags of answers were not kept, since start. */
    public static long tagsNotKept() {
        return TAGS_DROPPED.sum();
    }

    /** What tells requests apart under this configuration. */
    Sameness sameness() {
        return sameness;
    }

    /** What the keys of a scheme begin with; of many shapes only the first, the others take the full path. */
    List<String> plainPrefixes(boolean https) {
        return https ? plainHttps : plainHttp;
    }

    /** What holds for requests that no policy matches: the origin's headers decide. */
    private static Policy fallback(Config config) {
        return new Policy(
                "default",
                "default",
                new Policy.Match(List.of(), PathPattern.parse("/**"), List.of(), Map.of(), Map.of(), List.of()),
                config.defaults().origin(),
                true,
                config.defaults().mode(),
                Policy.Ttl.UNSET,
                null,
                null,
                null,
                config.defaults().targets(),
                List.of(),
                Policy.Key.DEFAULT,
                List.of(),
                Policy.ClientDirectives.HONOUR,
                false,
                Policy.SetCookie.PASS,
                Policy.Bypass.NONE,
                null,
                false,
                List.of(),
                Policy.Across.OFF);
    }

    /** The configuration as read. */
    public Config config() {
        return config;
    }

    /** Rises with each reload. */
    public long generation() {
        return generation;
    }

    /** The policies of a request. */
    Matched match(RequestHead request, Target target, String method) {
        Route route = matcher.match(new Facts(request.headers(), target, method));
        Policy policy = route.policy() == null ? fallback : route.policy();
        return new Matched(policy, route);
    }

    /** The policies with {@code invalidate_on_write} that may have stored something for a path, with their captures. */
    Map<Policy, Map<String, String>> written(RequestHead request, Target target) {
        return matcher.written(new Facts(request.headers(), target, request.method()));
    }

    /** The key shape of a policy of this configuration, L2's namespace and version included. */
    String shape(Policy policy) {
        return shapes.getOrDefault(policy, keyPrefix);
    }

    /** The origin that a policy names. */
    Origin origin(Policy policy) {
        Origin origin = config.origins().get(policy.origin());
        if (origin == null) {
            throw new IllegalStateException("origin " + policy.origin() + " (expected: one of "
                    + config.origins().keySet() + ")");
        }
        return origin;
    }

    /** Whether a peer's forwarding fields are believed. */
    boolean trusts(InetAddress peer) {
        for (Cidr range : config.trustedProxies()) {
            if (range.contains(peer)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The policies of one request.
     *
     * @param policy decides on the request
     * @param route also knows those that wait for a status
     */
    record Matched(Policy policy, Route route) {
        /** Decides on an answer with this status; a part is judged like the whole. */
        Policy forStatus(int status) {
            int judged = status == 206 ? 200 : status;
            for (Policy candidate : route.byStatus()) {
                if (candidate.match().status().contains(judged)) {
                    return candidate;
                }
            }
            return policy;
        }

        /** Whether the same holds for whatever is stored. */
        @SuppressWarnings("ReferenceEquality") // a policy is the one of this configuration
        boolean decidesLike(Matched other) {
            return policy == other.policy
                    && route.byStatus().equals(other.route.byStatus())
                    && route.steeredBy().equals(other.route.steeredBy());
        }
    }

    private record Facts(Headers headers, Target target, String method) implements RequestFacts {
        @Override
        public String host() {
            int port = target.host().indexOf(':', target.host().lastIndexOf(']') + 1);
            return port < 0 ? target.host() : target.host().substring(0, port);
        }

        @Override
        public String path() {
            return target.path();
        }

        @Override
        public List<String> header(String lowerCaseName) {
            return headers.all(lowerCaseName);
        }

        @Override
        public List<String> query(String name) {
            return Query.values(target.query(), name);
        }
    }
}
