package io.lacquer.admin;

import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the API. With a token, who has it. Without one, loopback peers only; and changes only with a
 * JSON content type, a known {@code Host} and no foreign {@code Origin}, so that no web page can make a
 * browser on this machine do them (CSRF, DNS rebinding).
 */
final class Guard {
    private static final String SCHEME = "Bearer ";
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    private final @Nullable String token;
    private final String ownHost;

    Guard(@Nullable String token, String ownHost) {
        this.token = token;
        this.ownHost = ownHost.toLowerCase(Locale.ROOT);
    }

    /** Null if the request may pass, else why not. */
    @Nullable
    Refusal check(RequestHead request, InetAddress peer) {
        Headers headers = request.headers();
        if (token != null) {
            return hasToken(headers)
                    ? null
                    : new Refusal(401, "send Authorization: Bearer with the admin token (LACQUER_ADMIN_TOKEN)");
        }
        if (!peer.isLoopbackAddress()) {
            return new Refusal(403, "without an admin token only loopback peers are served; set LACQUER_ADMIN_TOKEN");
        }
        if (!request.isSafe() && !hasJsonType(headers)) {
            return new Refusal(415, "send Content-Type: application/json");
        }
        String host = hostOf(headers.get("Host"));
        if (!LOCAL.contains(host) && !host.equals(ownHost)) {
            return new Refusal(403, "unknown Host " + host + "; use localhost or the admin listener's address");
        }
        String origin = headers.get("Origin");
        if (origin != null && !LOCAL.contains(hostOf(afterScheme(origin)))) {
            return new Refusal(403, "requests from other sites are refused");
        }
        return null;
    }

    /** An answer to who may not. */
    record Refusal(int status, String message) {}

    private static boolean hasJsonType(Headers headers) {
        String type = headers.get("Content-Type");
        if (type == null) {
            return false;
        }
        int parameters = type.indexOf(';');
        String media = parameters < 0 ? type : type.substring(0, parameters);
        return media.strip().equalsIgnoreCase("application/json");
    }

    private boolean hasToken(Headers headers) {
        String given = headers.get("Authorization");
        return given != null
                && given.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        given.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8),
                        String.valueOf(token).getBytes(StandardCharsets.UTF_8));
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
