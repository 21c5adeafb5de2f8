package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys under {@code tiers}. */
final class TierKeys {
    private static final long LARGEST = 1L << 44;
    private static final long LARGEST_OBJECT = 1L << 30;

    private static final Key<Long> SIZE = Key.of(
            "size",
            Scalars.size(1, LARGEST),
            "256MiB",
            "the ceiling of stored answers, their index and bodies in flight, in the heap and outside");
    private static final Key<Long> L1_OBJECT = Key.of(
            "max_object",
            Scalars.size(1, LARGEST_OBJECT),
            "8MiB",
            "the largest response that L1 takes; the default is never more than `size`");

    private static final Section<Config.L1> L1 = new Section<>(List.of(SIZE, L1_OBJECT), TierKeys::l1);

    private static final Key<List<String>> REDIS = Key.optional(
            "redis",
            ListOf.orOne(Scalars.string("an address", "write one such as redis://host:6379", RedisAddress::parse)),
            "`redis://[user:password@]host[:port][/db]`, `redis-sentinel://…`, `redis-cluster://…`, the same with"
                    + " `rediss` for TLS; several addresses are nodes of one cluster; without it and `host` there is no"
                    + " L2");
    private static final Key<String> HOST = Key.optional(
            "host",
            Scalars.string("a host", "write a host name", TierKeys::host),
            "Redis by parts, where `redis` is empty");
    private static final Key<Integer> PORT = Key.of("port", Scalars.integer(1, 65_535), "6379", "with `host`");
    private static final Key<String> USER = Key.optional("user", Scalars.TEXT, "with `host` and `password`");
    private static final Key<String> PASSWORD = Key.optional("password", Scalars.TEXT, "with `host`");
    private static final Key<Integer> DB = Key.of("db", Scalars.integer(0, 9999), "0", "with `host`");
    private static final Key<String> CA = Key.optional(
            "ca", Scalars.TEXT, "a PEM file of the certificates that Redis' own must lead to, instead of the system's");
    private static final Key<Boolean> VERIFY =
            Key.of("verify", Scalars.BOOL, "true", "false takes any certificate, of whatever host");
    private static final Section<Config.RedisTls> TLS_KEYS = new Section<>(List.of(CA, VERIFY), TierKeys::tls);
    private static final Key<Config.RedisTls> TLS =
            Key.optional("tls", TLS_KEYS, "how `rediss` checks certificates; with `host` it also switches TLS on");
    private static final Key<Duration> TIMEOUT =
            Key.of("timeout", Scalars.TIMEOUT, "50ms", "a look-up that takes longer counts as a miss");
    private static final Key<String> NAMESPACE =
            Key.of("namespace", Scalars.STRICT_LABEL, "lacquer", "first part of every key in Redis");
    private static final Key<Integer> VERSION = Key.of(
            "version",
            Scalars.integer(0, Integer.MAX_VALUE),
            "1",
            "second part of every key; raise it to abandon all old ones");
    private static final Key<Long> L2_OBJECT = Key.of(
            "max_object", Scalars.size(1, LARGEST_OBJECT / 2), "4MiB", "the largest response that is written to Redis");
    private static final Key<Long> COMPRESS = Key.of(
            "compress_above",
            Scalars.size(0, LARGEST_OBJECT),
            "4KiB",
            "bodies from this size on are compressed in Redis; 0 is never");

    private static final Section<Optional<Config.L2>> L2 = new Section<>(
            List.of(REDIS, HOST, PORT, USER, PASSWORD, DB, TLS, TIMEOUT, NAMESPACE, VERSION, L2_OBJECT, COMPRESS),
            TierKeys::l2);

    private static final Key<Config.L1> L1_KEY = Key.mapping("l1", L1, "the tier in process");
    private static final Key<Optional<Config.L2>> L2_KEY =
            Key.mapping("l2", L2, "the tier in Redis, shared by all nodes");

    /** All of it. */
    static final Section<Config.Tiers> SECTION = new Section<>(
            List.of(L1_KEY, L2_KEY),
            fields -> new Config.Tiers(fields.get(L1_KEY), fields.get(L2_KEY).orElse(null)));

    private TierKeys() {}

    /** What an address of Redis looks like, wherever one may be given. */
    static Shape<List<String>> redis() {
        return REDIS.shape();
    }

    /** The one address that a key of that shape gives, in normal form; null where none was given or it is no address. */
    static @Nullable String address(Key<List<String>> key, Fields fields) {
        List<String> addresses = fields.find(key);
        if (addresses == null || addresses.isEmpty()) {
            return null;
        }
        try {
            return RedisAddress.parse(addresses);
        } catch (Malformed malformed) {
            fields.error(key, "is no cluster: " + malformed.problem(), malformed.remedy());
            return null;
        }
    }

    private static Config.L1 l1(Fields fields) {
        long size = fields.get(SIZE);
        long object = fields.get(L1_OBJECT);
        if (size > fields.memory() && fields.has(SIZE)) {
            fields.error(
                    SIZE,
                    "is " + mebibytes(size) + ", more than the " + mebibytes(fields.memory())
                            + " that this JVM can hold",
                    "lower it, or raise the heap (LACQUER_JAVA_OPTS=-Xmx…)");
        }
        if (object > size && fields.has(L1_OBJECT)) {
            fields.error(
                    L1_OBJECT,
                    "is " + Sizes.format(object) + ", more than the " + Sizes.format(size) + " of size",
                    "lower it, or raise size");
        }
        return new Config.L1(size, Math.min(object, size));
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + "MiB";
    }

    private static Optional<Config.L2> l2(Fields fields) {
        String uri = uri(fields);
        if (uri == null) {
            return Optional.empty();
        }
        Config.RedisTls tls = fields.find(TLS);
        if (tls != null && !RedisAddress.isTls(uri)) {
            fields.error(TLS, "is given for an address without TLS", "write rediss:// in redis, or remove tls");
        }
        return Optional.of(new Config.L2(
                uri,
                tls == null ? Config.RedisTls.DEFAULT : tls,
                fields.get(TIMEOUT),
                fields.get(NAMESPACE),
                fields.get(VERSION),
                fields.get(L2_OBJECT),
                fields.get(COMPRESS)));
    }

    private static Config.RedisTls tls(Fields fields) {
        boolean verify = fields.get(VERIFY);
        if (!verify && fields.has(CA)) {
            fields.error(CA, "is given, but verify is false", "remove one of them");
        }
        return new Config.RedisTls(fields.find(CA), verify);
    }

    private static @Nullable String uri(Fields fields) {
        List<String> addresses = fields.find(REDIS);
        String host = fields.find(HOST);
        if (host == null || (addresses != null && !addresses.isEmpty())) {
            return address(REDIS, fields);
        }
        String user = fields.find(USER);
        String password = fields.find(PASSWORD);
        if (user != null && password == null) {
            fields.error(USER, "is given without a password", "add password, or remove user");
        }
        return RedisAddress.of(host, fields.get(PORT), user, password, fields.get(DB), fields.has(TLS));
    }

    private static String host(String text) {
        if (!HostPort.isHost(text)) {
            throw new Malformed(
                    Text.quote(text) + " is not a host name or address",
                    "write the name alone; the port has its own key");
        }
        return text;
    }
}
