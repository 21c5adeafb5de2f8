package io.lacquer.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The keys at the top of the file. */
final class RootKeys {
    private static final int MOST_POLICIES = 2000;

    private static final Key<Integer> VERSION = Key.required(
            "version",
            "1",
            Scalar.of(
                    "the number 1",
                    "write version: 1",
                    Map.of("anyOf", List.of(Map.of("const", 1), Map.of("type", "string", "pattern", "^1$|\\$\\{"))),
                    RootKeys::version),
            "the version of this format: 1");
    private static final Key<HostPort> LISTEN =
            Key.of("listen", Scalars.ADDRESS, "0.0.0.0:8080", "where clients connect: `host:port`, `:port` or a port");
    private static final Key<Config.Admin> ADMIN = Key.mapping("admin", AdminKeys.SECTION, "the admin API");
    private static final Key<Boolean> CACHE =
            Key.of("cache", Scalars.BOOL, "true", "false switches caching off for everything; requests still pass");
    private static final Key<List<Cidr>> TRUSTED = Key.list(
            "trusted_proxies",
            ListOf.of(Scalars.CIDR),
            "addresses whose `X-Forwarded-*` and override headers are believed");
    private static final Key<Map<String, Origin>> ORIGINS = Key.required(
            "origins",
            "{api: {servers: [\"http://127.0.0.1:3000\"]}}",
            OriginKeys.DICT,
            "the servers behind Lacquer, by name");
    private static final Key<Config.Tiers> TIERS = Key.mapping("tiers", TierKeys.SECTION, "where answers are stored");
    private static final Key<Config.Limits> LIMITS = Key.mapping("limits", ClientKeys.LIMITS, "what a client may send");
    private static final Key<Config.ClientTimeouts> TIMEOUTS =
            Key.mapping("timeouts", ClientKeys.TIMEOUTS, "how long a client may take");
    private static final Key<Config.Collapse> COLLAPSE =
            Key.mapping("collapse", ClientKeys.COLLAPSE, "how concurrent misses of one key share a fetch");
    private static final Key<Duration> DRAIN_TIMEOUT =
            Key.of("timeout", Scalars.TIMEOUT, "10s", "how long answers in flight may take after `TERM`");
    private static final Key<Duration> DRAIN = Key.mapping(
            "drain",
            new Section<>(List.of(DRAIN_TIMEOUT), fields -> fields.get(DRAIN_TIMEOUT)),
            "how the process ends");
    private static final Key<Config.AccessLog> ACCESS_LOG =
            Key.mapping("access_log", ClientKeys.ACCESS_LOG, "one line for each request");
    private static final Key<Boolean> SERVER_TIMING =
            Key.of("server_timing", Scalars.BOOL, "false", "add `Server-Timing` to answers");
    private static final Key<Fields> PURGE =
            Key.mapping("purge", PurgeKeys.SECTION, "how purges spread over the nodes");
    private static final Key<List<ScheduleKeys.Draft>> SCHEDULE =
            Key.list("schedule", ListOf.of(ScheduleKeys.SECTION), "purges that come by themselves");
    private static final Key<String> DEFAULT_ORIGIN =
            Key.optional("origin", Scalars.LABEL, "where requests go; the only origin, if there is one");
    private static final Key<Mode> DEFAULT_MODE =
            Key.of("mode", (Scalar<Mode>) PolicyKeys.MODE.shape(), "respect", "the `mode` of policies that set none");
    private static final Key<List<String>> DEFAULT_TARGETS = Key.list(
            "targets",
            (ListOf<String>) PolicyKeys.TARGETS.shape(),
            "the `targets` of policies that set none; `[Surrogate-Control, CDN-Cache-Control]` unless given");
    private static final Key<Fields> DEFAULTS = Key.mapping(
            "defaults",
            new Section<>(List.of(DEFAULT_ORIGIN, DEFAULT_MODE, DEFAULT_TARGETS), fields -> fields),
            "what policies inherit");
    private static final Key<List<PolicyKeys.Draft>> POLICIES = Key.list(
            "policies",
            new ListOf<>(PolicyKeys.SECTION, false, MOST_POLICIES),
            "in order; the first that matches wins");

    /** The whole file. */
    static final Section<Config> SECTION = new Section<>(
            List.of(
                    VERSION,
                    LISTEN,
                    ADMIN,
                    CACHE,
                    TRUSTED,
                    ORIGINS,
                    TIERS,
                    LIMITS,
                    TIMEOUTS,
                    COLLAPSE,
                    DRAIN,
                    ACCESS_LOG,
                    SERVER_TIMING,
                    PURGE,
                    Implications.KEY,
                    SCHEDULE,
                    Namespaces.KEY,
                    DEFAULTS,
                    POLICIES),
            RootKeys::config);

    private RootKeys() {}

    private static Config config(Fields fields) {
        Map<String, Origin> origins = OriginKeys.named(fields.get(ORIGINS));
        List<PolicyKeys.Draft> drafts = fields.get(POLICIES);
        Config.Defaults defaults = defaults(fields, origins);
        checkAddresses(fields);
        checkNames(drafts);
        drafts.forEach(draft -> checkOrigin(draft.fields(), PolicyKeys.ORIGIN, origins));
        Reachability.check(drafts);
        Namespaces namespaces = new Namespaces(drafts, fields.complaints());
        List<ScheduleKeys.Draft> schedule = fields.get(SCHEDULE);
        schedule.forEach(draft -> draft.checkNamespaces(namespaces));
        Config.Tiers tiers = fields.get(TIERS);
        return new Config(
                fields.get(LISTEN),
                fields.get(ADMIN),
                fields.get(CACHE),
                fields.get(TRUSTED),
                origins,
                tiers,
                fields.get(LIMITS),
                fields.get(TIMEOUTS),
                fields.get(COLLAPSE),
                fields.get(DRAIN),
                fields.get(ACCESS_LOG),
                fields.get(SERVER_TIMING),
                defaults,
                drafts.stream().map(draft -> draft.policy(defaults)).toList(),
                PurgeKeys.purging(fields.get(PURGE), tiers.l2() != null),
                Implications.checked(fields.get(Implications.KEY), fields.complaints()),
                schedule.stream().map(ScheduleKeys.Draft::value).toList(),
                namespaces.versions(fields.get(Namespaces.KEY)));
    }

    private static Config.Defaults defaults(Fields root, Map<String, Origin> origins) {
        Fields fields = root.get(DEFAULTS);
        String origin = fields.find(DEFAULT_ORIGIN);
        PolicyChecks.warnOfForce(fields, DEFAULT_MODE);
        checkOrigin(fields, DEFAULT_ORIGIN, origins);
        if (origins.isEmpty()) {
            root.error(ORIGINS, "is empty", "add one, such as api: {servers: [\"http://127.0.0.1:3000\"]}");
        } else if (origin == null && origins.size() > 1 && !fields.has(DEFAULT_ORIGIN)) {
            String names = String.join(", ", origins.keySet());
            root.error(
                    root.has(DEFAULTS) ? DEFAULTS : ORIGINS,
                    "leaves open which of " + names + " is the default",
                    "add defaults: {origin: " + origins.keySet().iterator().next() + "}");
        }
        String first = origins.isEmpty() ? "" : origins.keySet().iterator().next();
        List<String> targets = fields.has(DEFAULT_TARGETS) ? fields.get(DEFAULT_TARGETS) : Policy.TARGETS;
        return new Config.Defaults(origin == null ? first : origin, fields.get(DEFAULT_MODE), targets);
    }

    private static void checkOrigin(Fields fields, Key<String> key, Map<String, Origin> origins) {
        String origin = fields.find(key);
        if (origin != null && !origins.isEmpty() && !origins.containsKey(origin)) {
            String remedy = Spelling.nearest(origin, origins.keySet())
                    .map(name -> "did you mean " + name + "?")
                    .orElse("the origins are " + String.join(", ", origins.keySet()));
            fields.error(key, "names the unknown origin " + Text.quote(origin), remedy);
        }
    }

    private static void checkAddresses(Fields fields) {
        HostPort listen = fields.get(LISTEN);
        HostPort admin = fields.get(ADMIN).listen();
        boolean clash = listen.host().equals(admin.host()) || isAny(listen) || isAny(admin);
        if (listen.port() != 0 && listen.port() == admin.port() && clash) {
            fields.complaints()
                    .error(
                            fields.at(fields.has(ADMIN) ? ADMIN : LISTEN),
                            "listen is " + listen + " and admin.listen is " + admin + ", which cannot both be had",
                            "give one of them another port");
        }
    }

    private static boolean isAny(HostPort address) {
        return address.host().equals("0.0.0.0") || address.host().equals("::");
    }

    private static void checkNames(List<PolicyKeys.Draft> drafts) {
        Map<String, Place> seen = new HashMap<>();
        for (PolicyKeys.Draft draft : drafts) {
            Place first = seen.putIfAbsent(draft.name(), draft.fields().at(PolicyKeys.NAME));
            if (first != null) {
                draft.fields()
                        .error(
                                PolicyKeys.NAME,
                                "is " + Text.quote(draft.name()) + " again",
                                "rename one; the first is at " + first);
            }
        }
    }

    private static int version(String text) {
        if (!text.equals("1")) {
            throw new Malformed("version " + Text.quote(text) + " is not known", "write version: 1");
        }
        return 1;
    }
}
