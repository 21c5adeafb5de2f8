package io.lacquer.config;

import org.jspecify.annotations.Nullable;

/** Checks and builds the address of a Redis. What it says never repeats an address: it may hold a password. */
final class RedisAddress {
    private static final String REMEDY = "write redis://[user:password@]host[:port][/db], or rediss:// for TLS";
    private static final int MOST_DIGITS_OF_DB = 4;

    private RedisAddress() {}

    /** The same URI, if it is one that can be connected to; fails with a {@link Malformed}. */
    static String parse(String uri) {
        int colon = uri.indexOf("://");
        String scheme = colon < 0 ? "" : Text.lower(uri.substring(0, colon));
        if (uri.indexOf(',') >= 0 || scheme.startsWith("redis-") || scheme.startsWith("rediss-")) {
            throw new Malformed(
                    "sentinels, clusters and lists of addresses are not supported yet by this version",
                    "write the address of one Redis");
        }
        if (!scheme.equals("redis") && !scheme.equals("rediss")) {
            throw new Malformed("the address of Redis does not start with redis:// or rediss://", REMEDY);
        }
        String rest = uri.substring(colon + 3);
        if (rest.indexOf('?') >= 0 || rest.indexOf('#') >= 0) {
            throw new Malformed("the address of Redis has parameters", "remove them; tiers.l2 has keys of its own");
        }
        if (rest.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new Malformed(
                    "the address of Redis has a character that no URI has",
                    "percent-encode it, or use host and password");
        }
        String path = rest.indexOf('/') < 0 ? "" : rest.substring(rest.indexOf('/') + 1);
        String authority = rest.indexOf('/') < 0 ? rest : rest.substring(0, rest.indexOf('/'));
        if (!path.isEmpty()
                && !(path.length() <= MOST_DIGITS_OF_DB && path.chars().allMatch(Character::isDigit))) {
            throw new Malformed("the address of Redis has a database that is no number", "write redis://host:port/0");
        }
        checkHost(authority);
        return scheme + "://" + rest;
    }

    private static void checkHost(String authority) {
        checkEscapes(authority);
        String address = authority.substring(authority.lastIndexOf('@') + 1);
        int afterHost = address.startsWith("[") ? address.indexOf(']') + 1 : address.indexOf(':');
        String host = afterHost < 0 ? address : address.substring(0, afterHost);
        String port = address.substring(host.length());
        if (!HostPort.isBracketed(host) && !HostPort.isHost(host)) {
            throw new Malformed("the address of Redis has no proper host", REMEDY);
        }
        if (!port.isEmpty() && (!port.startsWith(":") || HostPort.port(port.substring(1)) < 1)) {
            throw new Malformed("the address of Redis has no port from 1 to 65535", REMEDY);
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

    /** The URI of separate parts. */
    static String of(String host, int port, @Nullable String user, @Nullable String password, int db) {
        StringBuilder uri = new StringBuilder("redis://");
        if (password != null) {
            uri.append(user == null ? "" : Percent.encodeAll(user));
            uri.append(':').append(Percent.encodeAll(password)).append('@');
        }
        return uri.append(new HostPort(host, port)).append('/').append(db).toString();
    }
}
