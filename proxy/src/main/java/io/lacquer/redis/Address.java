package io.lacquer.redis;

import io.lettuce.core.RedisURI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a Redis' address.
 *
 * @param topology what stands at it
 * @param tls whether connections are encrypted
 * @param verify whether certificates are checked
 * @param user of Redis, or null
 * @param password of Redis, or null
 * @param places the server, the sentinels, or nodes of the cluster
 * @param db the number of the database
 * @param master the name by which sentinels know it; empty elsewhere
 */
record Address(
        Topology topology,
        boolean tls,
        boolean verify,
        @Nullable String user,
        @Nullable String password,
        List<Place> places,
        int db,
        String master) {
    private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(1);
    private static final Duration TLS_HANDSHAKE_LIMIT = Duration.ofSeconds(3);

    /** What stands at an address. */
    enum Topology {
        ALONE,
        SENTINEL,
        CLUSTER
    }

    /** A host, IPv6 without brackets, and a port. */
    record Place(String host, int port) {}

    /** Reads an address in the form that the configuration gives it. */
    static Address parse(String uri, boolean verify) {
        int colon = uri.indexOf("://");
        String scheme = colon < 0 ? "" : uri.substring(0, colon);
        Topology topology = scheme.endsWith("-sentinel")
                ? Topology.SENTINEL
                : scheme.endsWith("-cluster") ? Topology.CLUSTER : Topology.ALONE;
        if (!scheme.matches("rediss?(-sentinel|-cluster)?")) {
            throw new IllegalArgumentException("the address of Redis does not start with redis:// or the like");
        }
        String rest = uri.substring(colon + 3);
        int fragment = rest.indexOf('#');
        String master = fragment < 0 ? "" : rest.substring(fragment + 1);
        String noMaster = fragment < 0 ? rest : rest.substring(0, fragment);
        int slash = noMaster.indexOf('/');
        String authority = slash < 0 ? noMaster : noMaster.substring(0, slash);
        String db = slash < 0 ? "" : noMaster.substring(slash + 1);
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        int split = login.indexOf(':');
        return new Address(
                topology,
                scheme.startsWith("rediss"),
                verify,
                split <= 0 ? null : decode(login.substring(0, split)),
                split + 1 == login.length() ? null : decode(login.substring(split + 1)),
                places(authority.substring(at + 1), topology == Topology.SENTINEL ? 26_379 : 6379),
                db.isEmpty() ? 0 : Integer.parseInt(db),
                master);
    }

    private static List<Place> places(String hosts, int usualPort) {
        List<Place> places = new ArrayList<>();
        for (String each : hosts.split(",", -1)) {
            int afterHost = each.startsWith("[") ? each.indexOf(']') + 1 : each.indexOf(':');
            String host = afterHost < 0 ? each : each.substring(0, afterHost);
            String port = each.substring(host.length());
            places.add(new Place(
                    host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                    port.isEmpty() ? usualPort : Integer.parseInt(port.substring(1))));
        }
        return List.copyOf(places);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** What to connect to for one server, with user, password, TLS and database. */
    RedisURI at(Place place) {
        RedisURI uri = anonymousAt(place);
        uri.setDatabase(db);
        if (password != null && user != null) {
            uri.setAuthentication(user, password);
        } else if (password != null) {
            uri.setAuthentication(password);
        }
        return uri;
    }

    /** As {@link #at}, for somebody who does not say who he is, and of no database. */
    RedisURI anonymousAt(Place place) {
        return RedisURI.builder()
                .withHost(place.host())
                .withPort(place.port())
                .withSsl(tls)
                .withVerifyPeer(verify)
                .withTimeout(tls ? TLS_HANDSHAKE_LIMIT : HANDSHAKE_LIMIT)
                .build();
    }

    /** Never the password. */
    @Override
    public String toString() {
        return topology + " at " + places;
    }
}
