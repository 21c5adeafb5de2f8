package io.lacquer.admin;

import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the API, and for what. Where tokens or JWTs are configured, who has one, as far as its role goes.
 * Where none is, loopback peers only; and changes only with a JSON content type, a known {@code Host} and no foreign
 * {@code Origin}, so that no web page can make a browser on this machine do them (CSRF, DNS rebinding).
 */
public final class Guard {
    private static final String SCHEME = "Bearer ";
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Map<Role, byte[]> tokens = new EnumMap<>(Role.class);
    private final @Nullable Jwt jwt;
    private final String ownHost;

    /**
     * Guards a listener.
     *
     * @param tokens what a client must present for a role; no two are the same
     * @param jwt what checks other tokens, or null where no JWT is taken
     * @param ownHost the host that the listener is bound to
     */
    public Guard(Map<Role, String> tokens, @Nullable Jwt jwt, String ownHost) {
        tokens.forEach((role, token) -> this.tokens.put(role, token.getBytes(StandardCharsets.ISO_8859_1)));
        this.jwt = jwt;
        this.ownHost = ownHost.toLowerCase(Locale.ROOT);
    }

    /** Whether a request may do what needs a role, and who sends it. */
    public Verdict check(RequestHead request, InetAddress peer, Role needed) {
        return tokens.isEmpty() && jwt == null ? checkLocal(request, peer) : checkBearer(request.headers(), needed);
    }

    /**
     * What came of a check.
     *
     * @param who the caller, for the audit log; may hold any character that a JWT's {@code sub} can
     * @param refusal null if the request may pass, else why not
     */
    public record Verdict(String who, @Nullable Refusal refusal) {}

    /** An answer to who may not. */
    public record Refusal(int status, String message) {}

    private Verdict checkBearer(Headers headers, Role needed) {
        List<String> given = headers.all("Authorization");
        if (given.size() != 1 || !given.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return refused("nobody", 401, "send Authorization: Bearer with a token (LACQUER_ADMIN_TOKEN)");
        }
        String token = given.getFirst().substring(SCHEME.length()).strip();
        Role role = roleOf(token);
        if (role != null) {
            return grant("token:" + role.word(), role, needed);
        }
        if (jwt == null) {
            return refused("nobody", 401, "the token is not known; is it the one that Lacquer was started with?");
        }
        try {
            Jwt.Claims claims = jwt.verify(token);
            return grant("jwt:" + claims.subject(), claims.role(), needed);
        } catch (Jwt.Refused why) {
            return refused("nobody", 401, "the token is not known, and as a JWT: " + why.getMessage());
        }
    }

    private static Verdict grant(String who, @Nullable Role role, Role needed) {
        if (role == null) {
            return refused(who, 403, "needs role " + needed.word() + "; the JWT names no role");
        }
        return role.covers(needed)
                ? new Verdict(who, null)
                : refused(who, 403, "needs role " + needed.word() + "; the token's is " + role.word());
    }

    /** All are compared, so that the time tells nothing. */
    private @Nullable Role roleOf(String token) {
        byte[] given = token.getBytes(StandardCharsets.ISO_8859_1);
        Role found = null;
        for (Map.Entry<Role, byte[]> each : tokens.entrySet()) {
            if (MessageDigest.isEqual(given, each.getValue())) {
                found = each.getKey();
            }
        }
        return found;
    }

    private Verdict checkLocal(RequestHead request, InetAddress peer) {
        Headers headers = request.headers();
        if (!peer.isLoopbackAddress()) {
            return refused(
                    "remote", 403, "without an admin token only loopback peers are served; set LACQUER_ADMIN_TOKEN");
        }
        if (!request.isSafe() && !hasJsonType(headers)) {
            return refused("loopback", 415, "send Content-Type: application/json");
        }
        String host = hostOf(headers.get("Host"));
        if (!LOCAL.contains(host) && !host.equals(ownHost)) {
            return refused("loopback", 403, "unknown Host " + host + "; use localhost or the admin listener's address");
        }
        String origin = headers.get("Origin");
        if (origin != null && !LOCAL.contains(hostOf(afterScheme(origin)))) {
            return refused("loopback", 403, "requests from other sites are refused");
        }
        return new Verdict("loopback", null);
    }

    private static Verdict refused(String who, int status, String message) {
        return new Verdict(who, new Refusal(status, message));
    }

    private static boolean hasJsonType(Headers headers) {
        String type = headers.get("Content-Type");
        if (type == null) {
            return false;
        }
        int parameters = type.indexOf(';');
        String media = parameters < 0 ? type : type.substring(0, parameters);
        return media.strip().equalsIgnoreCase("application/json");
    }

    private static String afterScheme(String origin) {
        int at = origin.indexOf("://");
        return at < 0 ? origin : origin.substring(at + 3);
    }

    private static String hostOf(@Nullable String authority) {
        if (authority == null || authority.indexOf('@') >= 0) {
            return ""; // what stands before an @ names no host
        }
        int port = authority.indexOf(':', authority.lastIndexOf(']') + 1);
        return (port < 0 ? authority : authority.substring(0, port)).toLowerCase(Locale.ROOT);
    }
}
