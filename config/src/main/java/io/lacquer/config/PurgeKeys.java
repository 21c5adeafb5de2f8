package io.lacquer.config;

import io.lacquer.config.Purging.WhenCutOff;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The keys under {@code purge}. */
final class PurgeKeys {
    private static final int MOST_REPLICAS = 10;
    private static final int LONGEST_NODE = 128;

    private static final Key<List<String>> REDIS = Key.optional(
            "redis", TierKeys.redis(), "where the purge log lives, as `tiers.l2.redis`; L2's Redis unless given");
    private static final Key<WhenCutOff> WHEN_CUT_OFF = Key.of(
            "when_cut_off",
            Scalars.choice(Map.of("serve", WhenCutOff.SERVE, "pass", WhenCutOff.PASS)),
            "serve",
            "what a node does that can't read the log: `serve` what it has, or `pass` to the origin");
    private static final Key<Duration> LEASE = Key.of(
            "lease",
            Scalars.duration(Duration.ofMillis(100), Duration.ofSeconds(60)),
            "2s",
            "how long after it last read the log a node still serves what it has, with `when_cut_off: pass`");
    private static final Key<Boolean> REQUIRE_LOG = Key.of(
            "require_log", Scalars.BOOL, "false", "refuse purges that can't be written to the log; else they wait");
    private static final Key<Integer> MIN_REPLICAS = Key.optional(
            "min_replicas",
            Scalars.integer(0, MOST_REPLICAS),
            "how many replicas of Redis must have a purge before it counts; unless given 1 with Sentinel or Cluster,"
                    + " else 0");
    private static final Key<List<Cidr>> ALLOW =
            Key.list("allow", ListOf.of(Scalars.CIDR), "addresses that may send `PURGE` to the main listener");
    private static final Key<Duration> HOLD = Key.of(
            "hold",
            Scalars.DURATION,
            "0",
            "what is fetched within so long after a purge that concerns it is not stored, for origins that lag behind"
                    + " themselves");
    private static final Key<Duration> HARDEN_AFTER = Key.optional(
            "harden_after", Scalars.DURATION, "how long after it a soft purge becomes a hard one; never unless given");
    private static final Key<Double> MAX_SHARE = Key.of(
            "max_share",
            Scalars.number(0, 1),
            "1",
            "a purge that concerns a larger share of the last hour's hits needs force; 1 is no guard");
    private static final Key<String> NODE = Key.optional(
            "node",
            Scalars.string("a name", "write letters, digits, ., _, - and :", PurgeKeys::node),
            "this node's name; its host name and port unless given");
    private static final Key<String> JOURNAL = Key.optional(
            "journal",
            Scalars.TEXT,
            "a file that keeps this node's purges until the log has them; one in the state folder unless given; `off`"
                    + " keeps none");
    private static final Key<Integer> LOG_LENGTH =
            Key.of("log_length", Scalars.integer(1000, 10_000_000), "100000", "how many purges the log keeps");
    private static final Key<Duration> MUTATION_WAIT = Key.of(
            "mutation_wait",
            Scalars.duration(Duration.ZERO, Duration.ofSeconds(5)),
            "50ms",
            "how long the answer to a write waits for the other nodes to purge what it invalidates");

    /** All of it. */
    static final Section<Fields> SECTION = new Section<>(
            List.of(
                    REDIS,
                    WHEN_CUT_OFF,
                    LEASE,
                    REQUIRE_LOG,
                    MIN_REPLICAS,
                    ALLOW,
                    HOLD,
                    HARDEN_AFTER,
                    MAX_SHARE,
                    NODE,
                    JOURNAL,
                    LOG_LENGTH,
                    MUTATION_WAIT),
            fields -> fields);

    private PurgeKeys() {}

    /** What the section says, for a file with or without an L2. */
    static Purging purging(Fields fields, boolean hasL2) {
        String redis = TierKeys.address(REDIS, fields);
        if (redis == null && !hasL2 && fields.get(REQUIRE_LOG)) {
            fields.warn(
                    REQUIRE_LOG,
                    "is true, but there is no Redis: the only log is this node's own",
                    "add purge.redis or tiers.l2.redis, or remove require_log");
        }
        return new Purging(
                redis,
                fields.get(WHEN_CUT_OFF),
                fields.get(LEASE),
                fields.get(REQUIRE_LOG),
                fields.find(MIN_REPLICAS),
                fields.get(ALLOW),
                fields.get(HOLD),
                fields.find(HARDEN_AFTER),
                fields.get(MAX_SHARE),
                fields.find(NODE),
                fields.find(JOURNAL),
                fields.get(LOG_LENGTH),
                fields.get(MUTATION_WAIT));
    }

    private static String node(String text) {
        boolean known =
                text.chars().allMatch(c -> Text.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-' || c == ':');
        if (text.isEmpty() || text.length() > LONGEST_NODE || !known) {
            throw new Malformed(
                    "the name " + Text.quote(text) + " cannot be used",
                    "write 1 to " + LONGEST_NODE + " letters, digits, ., _, - or :");
        }
        return text;
    }
}
