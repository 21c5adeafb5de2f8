package io.lacquer.config;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One whole configuration, immutable. The running process swaps it atomically on reload.
 *
 * @param listen where clients connect
 * @param admin the admin listener
 * @param cache false switches caching off for everything; requests are still proxied
 * @param trustedProxies peers whose {@code Forwarded}, {@code X-Forwarded-*} and override headers are believed
 * @param origins by name, at least one
 * @param tiers L1 and, where an address is given, L2
 * @param limits what a client may send
 * @param timeouts how long a client may take
 * @param collapse how concurrent misses of one key share a fetch
 * @param drainTimeout how long answers in flight may take after TERM
 * @param accessLog where and how much
 * @param serverTiming whether to add {@code Server-Timing} to answers
 * @param defaults what policies inherit
 * @param policies in file order; the first match wins
 * @param purge how purges spread over the nodes
 * @param implies tags that are purged with a tag, without cycles
 * @param schedule purges that come by themselves
 * @param namespaceVersions by namespace, where one is given; raising it abandons all that is stored there
 */
public record Config(
        HostPort listen,
        Admin admin,
        boolean cache,
        List<Cidr> trustedProxies,
        Map<String, Origin> origins,
        Tiers tiers,
        Limits limits,
        ClientTimeouts timeouts,
        Collapse collapse,
        Duration drainTimeout,
        AccessLog accessLog,
        boolean serverTiming,
        Defaults defaults,
        List<Policy> policies,
        Purging purge,
        Map<String, List<String>> implies,
        List<Scheduled> schedule,
        Map<String, Integer> namespaceVersions) {

    /** The tags, and then all that they imply, however far: what a purge of them concerns. */
    public Set<String> implied(Collection<String> tags) {
        return Implications.closure(implies, tags);
    }

    /**
     * The admin listener: its address, and where the credentials of its API are.
     *
     * @param tokenFile holds the bearer token of role admin
     * @param readTokenFile holds the bearer token of role read
     * @param purgeTokenFile holds the bearer token of role purge
     * @param jwt which JWTs are taken, or null for none
     */
    public record Admin(
            HostPort listen,
            @org.jspecify.annotations.Nullable String tokenFile,
            @org.jspecify.annotations.Nullable String readTokenFile,
            @org.jspecify.annotations.Nullable String purgeTokenFile,
            @org.jspecify.annotations.Nullable Jwt jwt) {
        /** The same at another address. */
        public Admin at(HostPort other) {
            return new Admin(other, tokenFile, readTokenFile, purgeTokenFile, jwt);
        }
    }

    /**
     * Which JWTs the admin API takes.
     *
     * @param keyFile holds the key that signatures are checked with
     * @param algorithm the only one that a token may be signed with
     * @param roleClaim the claim that names the role, or a list of roles
     * @param issuer what {@code iss} must be, or null for any
     * @param audience what {@code aud} must name, or null where tokens for no audience are taken
     * @param leeway by how much clocks may differ
     */
    public record Jwt(
            String keyFile,
            JwtAlgorithm algorithm,
            String roleClaim,
            @org.jspecify.annotations.Nullable String issuer,
            @org.jspecify.annotations.Nullable String audience,
            Duration leeway) {}

    /** How a JWT may be signed (RFC 7518 §3.1). */
    public enum JwtAlgorithm {
        HS256,
        RS256,
        ES256
    }

    /** What a policy inherits unless it says otherwise: an origin's name, a mode, and the targeted fields. */
    public record Defaults(String origin, Mode mode, List<String> targets) {}

    /**
     * What one client may send, and what of an answer's tags is kept.
     *
     * @param requestLine bytes of the request line; beyond it 414
     * @param headerBytes bytes of all header fields together; beyond it 431
     * @param headerCount number of header fields; beyond it 431
     * @param body bytes of a request body; beyond it 413; 0 is no limit
     * @param connections open client connections; beyond it new ones are answered 503 and closed
     * @param tags how many tags a stored answer keeps
     * @param tagLength characters of the longest tag that is kept
     */
    public record Limits(
            int requestLine, int headerBytes, int headerCount, long body, int connections, int tags, int tagLength) {}

    /**
     * How long one client may take.
     *
     * @param header from the first byte of a head to its last; 408
     * @param body between two reads of a request body; 408
     * @param idle between requests on a kept-alive connection; closed
     * @param write without progress while an answer waits to be read; closed
     */
    public record ClientTimeouts(Duration header, Duration body, Duration idle, Duration write) {}

    /**
     * Collapsed forwarding.
     *
     * @param maxWait how long a request waits for another's fetch before it fetches alone
     * @param maxWaiters how many wait for one fetch; the next ones fetch alone
     */
    public record Collapse(Duration maxWait, int maxWaiters) {}

    /**
     * The access log.
     *
     * @param mode off, sampled, or full
     * @param file a path, or null for standard output
     * @param sample the share of requests that are logged when sampled, 0 to 1
     */
    public record AccessLog(
            LogMode mode, @org.jspecify.annotations.Nullable String file, double sample) {}

    /** How much the access log says. */
    public enum LogMode {
        OFF,
        SAMPLED,
        FULL
    }

    /** The tiers of the store; {@code l2} is null where no Redis is configured. */
    public record Tiers(
            L1 l1, @org.jspecify.annotations.Nullable L2 l2) {}

    /** The tier in process: its ceiling in bytes, and the largest response that it takes. */
    public record L1(long size, long maxObject) {}

    /**
     * The tier in Redis, shared by all nodes.
     *
     * @param uri {@code redis://[user:password@]host[:port][/db]},
     *     {@code redis-sentinel://[user:password@]host[:port],…[/db]#master} or
     *     {@code redis-cluster://[user:password@]host[:port],…}; {@code rediss} is with TLS
     * @param tls how certificates are checked, where there is TLS
     * @param timeout how long a look-up may take before it counts as a miss
     * @param namespace first part of every key
     * @param version second part of every key; raising it lets old keys die out
     * @param maxObject the largest body that is written
     * @param compressAbove bodies of at least so many bytes are compressed in Redis; 0 is never
     */
    public record L2(
            String uri,
            RedisTls tls,
            Duration timeout,
            String namespace,
            int version,
            long maxObject,
            long compressAbove) {}

    /**
     * How the certificates of Redis are checked.
     *
     * @param caFile a PEM file of what they must lead to, or null for what the system trusts
     * @param verify false takes any
     */
    public record RedisTls(
            @org.jspecify.annotations.Nullable String caFile, boolean verify) {
        /** Against what the system trusts. */
        public static final RedisTls DEFAULT = new RedisTls(null, true);
    }
}
