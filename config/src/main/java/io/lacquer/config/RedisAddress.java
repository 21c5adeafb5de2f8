package io.lacquer.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks and builds the address of a Redis: of one server, of Sentinels, or of a Cluster's nodes. What it says never
 * repeats an address: it may hold a password.
 */
final class RedisAddress {
    private static final String REMEDY = "write redis://[user:password@]host[:port][/db], or rediss:// for TLS";
    private static final String SENTINEL_REMEDY =
            "write redis-sentinel://[user:password@]host[:port],host[:port][/db]#master";
    private static final String CLUSTER_REMEDY = "write redis-cluster://[user:password@]host[:port],host[:port]";
    private static final Pattern SCHEME = Pattern.compile("(rediss?)(-sentinel|-cluster)?");
    private static final Pattern BETWEEN = Pattern.compile(" *, *(?=rediss?://)", Pattern.CASE_INSENSITIVE);
    private static final Pattern MASTER = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final Pattern MASTER_PARAMETER =
            Pattern.compile("[?]sentinelMasterId=([^#]*)$", Pattern.CASE_INSENSITIVE);
    private static final int MOST_DIGITS_OF_DB = 4;

    private RedisAddress() {}

    /** The address in its normal form, if it is one that can be connected to; fails with a {@link Malformed}. */
    static String parse(String text) {
        String[] each = BETWEEN.split(text.strip(), -1);
        return each.length == 1
                ? one(each[0])
                : cluster(List.of(each).stream().map(RedisAddress::one).toList());
    }

    /** The address of what a list of addresses in normal form names; more than one are nodes of a cluster. */
    static String parse(List<String> addresses) {
        return addresses.size() == 1 ? addresses.getFirst() : cluster(addresses);
    }

    private static String one(String uri) {
        int colon = uri.indexOf("://");
        Matcher scheme = SCHEME.matcher(colon < 0 ? "" : Text.lower(uri.substring(0, colon)));
        if (!scheme.matches()) {
            throw new Malformed("the address of Redis does not start with redis:// or rediss://", REMEDY);
        }
        String rest = uri.substring(colon + 3);
        if (rest.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new Malformed(
                    "the address of Redis has a character that no URI has",
                    "percent-encode it, or use host and password");
        }
        String kind = scheme.group(2) == null ? "" : scheme.group(2);
        String normal = switch (kind) {
            case "-sentinel" -> sentinel(rest);
            case "-cluster" -> servers(rest, CLUSTER_REMEDY, true, false);
            default -> servers(rest, REMEDY, false, true);
        };
        return scheme.group() + "://" + normal;
    }

    private static String sentinel(String rest) {
        Matcher parameter = MASTER_PARAMETER.matcher(rest);
        boolean asParameter = parameter.find();
        int end = asParameter ? parameter.start() : rest.indexOf('#');
        String master = asParameter ? parameter.group(1) : end < 0 ? "" : rest.substring(end + 1);
        if (!MASTER.matcher(master).matches()) {
            throw new Malformed(
                    "the address of the Sentinels does not end in the name of a master",
                    SENTINEL_REMEDY + ", with letters, digits, ., - and _ in the name");
        }
        return servers(rest.substring(0, end), SENTINEL_REMEDY, true, true) + "#" + master;
    }

    /** {@code [user:password@]host[:port][,…][/db]}, as it stands. */
    private static String servers(String rest, String remedy, boolean several, boolean databases) {
        if (rest.indexOf('?') >= 0 || rest.indexOf('#') >= 0) {
            throw new Malformed("the address of Redis has parameters", "remove them; tiers.l2 has keys of its own");
        }
        String path = rest.indexOf('/') < 0 ? "" : rest.substring(rest.indexOf('/') + 1);
        String authority = rest.indexOf('/') < 0 ? rest : rest.substring(0, rest.indexOf('/'));
        if (!path.isEmpty()
                && !(path.length() <= MOST_DIGITS_OF_DB && path.chars().allMatch(Character::isDigit))) {
            throw new Malformed("the address of Redis has a database that is no number", "write redis://host:port/0");
        }
        if (!databases && !isZero(path)) {
            throw new Malformed("the address of a Redis Cluster has a database", "remove it: a cluster has but one");
        }
        checkEscapes(authority);
        String hosts = authority.substring(authority.lastIndexOf('@') + 1);
        if (!several && hosts.indexOf(',') >= 0) {
            throw new Malformed(
                    "the address of one Redis has several hosts",
                    "write redis-sentinel://host,host#master, redis-cluster://host,host, or a list of addresses");
        }
        for (String host : hosts.split(",", -1)) {
            checkHost(host, remedy);
        }
        return databases ? rest : authority;
    }

    private static boolean isZero(String db) {
        return db.chars().allMatch(c -> c == '0');
    }

    private static void checkHost(String address, String remedy) {
        int afterHost = address.startsWith("[") ? address.indexOf(']') + 1 : address.indexOf(':');
        String host = afterHost < 0 ? address : address.substring(0, afterHost);
        String port = address.substring(host.length());
        if (!HostPort.isBracketed(host) && !HostPort.isHost(host)) {
            throw new Malformed("the address of Redis has no proper host", remedy);
        }
        if (!port.isEmpty() && (!port.startsWith(":") || HostPort.port(port.substring(1)) < 1)) {
            throw new Malformed("the address of Redis has no port from 1 to 65535", remedy);
        }
    }

    private static void checkEscapes(String authority) {
        for (int i = authority.indexOf('%'); i >= 0; i = authority.indexOf('%', i + 1)) {
            if (!Percent.isEscape(authority, i)) {
                throw new Malformed(
                        "the address of Redis has a % without two hex digits after it",
                        "write %25 for a % in a password");
            }
        }
    }

    /** Nodes of a cluster, each with an address of its own in normal form, in one address. */
    private static String cluster(List<String> nodes) {
        String first = "";
        StringBuilder hosts = new StringBuilder();
        for (String node : nodes) {
            int start = node.indexOf("://") + 3;
            String scheme = node.substring(0, start - 3);
            if (scheme.indexOf('-') >= 0) {
                throw new Malformed(
                        "the list of addresses has one that is not of one Redis",
                        "list the nodes of one cluster, each as redis://host:port");
            }
            String servers = scheme + "-cluster://" + servers(node.substring(start), REMEDY, false, false);
            int host = Math.max(servers.lastIndexOf('@') + 1, servers.indexOf("://") + 3);
            if (hosts.isEmpty()) {
                first = servers.substring(0, host);
            } else if (!first.equals(servers.substring(0, host))) {
                throw new Malformed(
                        "the nodes of the cluster differ in user, password or TLS",
                        "give all of them the same; nodes that a cluster names later get it too");
            }
            hosts.append(hosts.isEmpty() ? "" : ",").append(servers, host, servers.length());
        }
        return first + hosts;
    }

    /** The URI of separate parts. */
    static String of(String host, int port, @Nullable String user, @Nullable String password, int db, boolean tls) {
        StringBuilder uri = new StringBuilder(tls ? "rediss://" : "redis://");
        if (password != null) {
            uri.append(user == null ? "" : Percent.encodeAll(user));
            uri.append(':').append(Percent.encodeAll(password)).append('@');
        }
        return uri.append(new HostPort(host, port)).append('/').append(db).toString();
    }

    /** Whether an address in normal form asks for TLS. */
    static boolean isTls(String uri) {
        return uri.startsWith("rediss");
    }
}
