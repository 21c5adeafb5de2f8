package io.lacquer.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes, on one normalised path: match, key, purge and what the origin is asked for all
 * work on it, so that no two of them can see different things.
 *
 * @param scheme {@code http} or {@code https}
 * @param host lower case, without trailing dot and default port; empty where the client gave none
 * @param path normalised: unreserved characters decoded, other escapes upper case, dot segments removed;
 *     as it came where {@link #ambiguous}; {@code *} for {@code OPTIONS *}
 * @param query as it came, without {@code ?}; null where there is none
 * @param raw path and query as they came
 * @param ambiguous whether servers disagree on what the path names (encoded {@code /}, {@code \}, NUL,
 *     double encoding, {@code ;}, bytes beyond ASCII): passed on as it came, never cached
 */
public record Target(
        String scheme, String host, String path, @Nullable String query, String raw, boolean ambiguous) {

    private static final int MAX_PORT = 65_535;
    private static final Recent<String> HTTP_HOSTS = new Recent<>(authority -> soundHost(authority, "http"));
    private static final Recent<String> HTTPS_HOSTS = new Recent<>(authority -> soundHost(authority, "https"));

    /** A request target or {@code Host} that must be answered 400. */
    public static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /**
     * Reads a request target (RFC 9112 §3.2); the authority of absolute-form wins over {@code Host},
     * its scheme is a stranger's word and does not.
     *
     * @throws MalformedException for anything but origin-form, absolute-form and {@code *} of OPTIONS
     */
    public static Target parse(String method, String target, @Nullable String hostField, String scheme)
            throws MalformedException {
        String authority = hostField == null ? "" : hostField;
        String raw = target;
        if (target.equals("*") && method.equals("OPTIONS")) {
            return new Target(scheme, normaliseHost(authority, scheme), "*", null, "*", false);
        }
        if (!target.startsWith("/")) {
            int colon = target.indexOf("://");
            String given = colon < 0 ? "" : target.substring(0, colon).toLowerCase(Locale.ROOT);
            if (!given.equals("http") && !given.equals("https")) {
                throw new MalformedException("the request target is neither a path nor an http URL");
            }
            int end = colon + 3;
            while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
                end++;
            }
            authority = target.substring(colon + 3, end);
            if (authority.isEmpty()) {
                throw new MalformedException("the request target has no host");
            }
            raw = target.substring(end);
            raw = raw.startsWith("/") ? raw : "/" + raw;
        }
        if (raw.indexOf('#') >= 0) {
            throw new MalformedException("the request target has a fragment");
        }
        int mark = raw.indexOf('?');
        String rawPath = mark < 0 ? raw : raw.substring(0, mark);
        String query = mark < 0 ? null : raw.substring(mark + 1);
        String host = host(authority, scheme);
        String path = normalisePath(rawPath);
        boolean ambiguous = path == null || (query != null && !isAscii(query));
        return new Target(scheme, host, path == null ? rawPath : path, query, raw, ambiguous);
    }

    /** Where a reference in an answer leads (RFC 3986 §5), if that is of the same origin (RFC 9111 §4.4); else null. */
    public @Nullable Target resolve(String reference) {
        String base = scheme + "://" + host;
        String plain = reference.indexOf('#') < 0 ? reference : reference.substring(0, reference.indexOf('#'));
        String absolute;
        if (plain.isEmpty()) {
            absolute = base + raw;
        } else if (plain.startsWith("?")) {
            absolute = base + path + plain;
        } else if (plain.startsWith("//")) {
            absolute = scheme + ":" + plain;
        } else if (plain.startsWith("/")) {
            absolute = base + plain;
        } else if (hasScheme(plain)) {
            absolute = plain;
        } else {
            absolute = base + path.substring(0, path.lastIndexOf('/') + 1) + plain; // without its dots once parsed
        }
        String of = isOf("http", absolute) ? "http" : isOf("https", absolute) ? "https" : "";
        if (of.isEmpty()) {
            return null;
        }
        try {
            Target to = parse("GET", absolute, null, of); // what ends TLS before us is not known to the origin
            return to.host.equals(host) ? to : null;
        } catch (MalformedException nowhere) {
            return null;
        }
    }

    private static boolean isOf(String scheme, String absolute) {
        return absolute.regionMatches(true, 0, scheme + "://", 0, scheme.length() + 3);
    }

    /** Whether a reference begins with a scheme (RFC 3986 §4.2: a first segment with a colon would be one). */
    private static boolean hasScheme(String reference) {
        for (int i = 0; i < reference.length(); i++) {
            char c = reference.charAt(i);
            if (c == ':') {
                return true;
            }
            if (c == '/' || c == '?') {
                return false;
            }
        }
        return false;
    }

    /** Path and query as the origin is asked for them when the answer may be stored. */
    public String normalised() {
        return query == null ? path : path + "?" + query;
    }

    /** A path in its one form, or null where it is ambiguous. */
    static @Nullable String normalisePath(String raw) {
        if (isNormal(raw)) {
            return raw;
        }
        StringBuilder path = new StringBuilder(raw.length());
        boolean dots = false;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int octet = i + 2 < raw.length() ? hex(raw.charAt(i + 1)) * 16 + hex(raw.charAt(i + 2)) : -1;
                if (octet < 0 || isTreacherous(octet)) {
                    return null;
                }
                if (isUnreserved(octet)) {
                    path.append((char) octet);
                    dots |= octet == '.';
                } else {
                    path.append('%').append(upperHex(octet >> 4)).append(upperHex(octet & 15));
                }
                i += 2;
            } else if (c == '\\' || c == ';' || c >= 0x7f || c <= ' ') {
                return null;
            } else {
                path.append(c);
                dots |= c == '.';
            }
        }
        return dots ? removeDotSegments(path.toString()) : path.toString();
    }

    /** Whether nothing in a path has another form: most have none. */
    private static boolean isNormal(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            boolean dotSegment = c == '.' && (i == 0 || raw.charAt(i - 1) == '/'); // perhaps
            if (c == '%' || c == '\\' || c == ';' || c >= 0x7f || c <= ' ' || dotSegment) {
                return false;
            }
        }
        return true;
    }

    /** A piece of a path with its whole escapes as {@link #path} has them: unreserved ones decoded, others upper case. */
    public static String normaliseEscapes(String piece) {
        if (piece.indexOf('%') < 0) {
            return piece;
        }
        StringBuilder text = new StringBuilder(piece.length());
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            int octet =
                    c == '%' && i + 2 < piece.length() ? hex(piece.charAt(i + 1)) * 16 + hex(piece.charAt(i + 2)) : -1;
            if (octet < 0) {
                text.append(c);
                continue;
            }
            if (isUnreserved(octet)) {
                text.append((char) octet);
            } else {
                text.append('%').append(upperHex(octet >> 4)).append(upperHex(octet & 15));
            }
            i += 2;
        }
        return text.toString();
    }

    /** Octets that one server decodes and the next one does not: control, {@code / \ ; %}. */
    private static boolean isTreacherous(int octet) {
        return octet < 0x20 || octet == 0x7f || octet == '/' || octet == '\\' || octet == ';' || octet == '%';
    }

    private static boolean isUnreserved(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    private static int hex(char c) {
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        return digit < 0 ? -4096 : digit;
    }

    private static char upperHex(int nibble) {
        return "0123456789ABCDEF".charAt(nibble);
    }

    /** RFC 3986 §5.2.4 for an absolute path. */
    private static String removeDotSegments(String path) {
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = path.split("/", -1);
        for (int i = 1; i < segments.length; i++) {
            boolean last = i == segments.length - 1;
            switch (segments[i]) {
                case "." -> {
                    if (last) {
                        kept.addLast("");
                    }
                }
                case ".." -> {
                    kept.pollLast();
                    if (last) {
                        kept.addLast("");
                    }
                }
                default -> kept.addLast(segments[i]);
            }
        }
        StringBuilder clean = new StringBuilder(path.length());
        for (Iterator<String> it = kept.iterator(); it.hasNext(); ) {
            clean.append('/').append(it.next());
        }
        return clean.isEmpty() ? "/" : clean.toString();
    }

    /** What most requests name is read once; what is empty or unsound is read again, and said to be so. */
    private static String host(String authority, String scheme) throws MalformedException {
        String known = (scheme.equals("https") ? HTTPS_HOSTS : HTTP_HOSTS).of(authority);
        return known.isEmpty() ? normaliseHost(authority, scheme) : known;
    }

    private static String soundHost(String authority, String scheme) {
        try {
            return normaliseHost(authority, scheme);
        } catch (MalformedException unsound) {
            return "";
        }
    }

    private static String normaliseHost(String authority, String scheme) throws MalformedException {
        String host = authority.toLowerCase(Locale.ROOT);
        String port = "";
        int colon = host.lastIndexOf(':');
        if (colon > host.lastIndexOf(']')) {
            port = host.substring(colon + 1);
            host = host.substring(0, colon);
        }
        if (!(host.startsWith("[") ? isLiteral(host) : isName(host))) {
            throw new MalformedException("the host name has a character that no host name has");
        }
        if (!isPort(port) || (host.isEmpty() && !port.isEmpty())) {
            throw new MalformedException("the host has a port that is no port");
        }
        if (!port.isEmpty()) {
            int number = Integer.parseInt(port);
            if (number > MAX_PORT) {
                throw new MalformedException("the host has a port beyond " + MAX_PORT);
            }
            port = Integer.toString(number); // without leading zeros
        }
        if (host.contains("..")) {
            throw new MalformedException("the host name has an empty label");
        }
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        boolean defaultPort = port.isEmpty() || port.equals(scheme.equals("https") ? "443" : "80");
        return defaultPort ? host : host + ":" + port;
    }

    private static boolean isName(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && c != '-' && c != '.' && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static boolean isPort(String port) {
        for (int i = 0; i < port.length(); i++) {
            if (port.charAt(i) < '0' || port.charAt(i) > '9') {
                return false;
            }
        }
        return port.length() <= 5;
    }

    /** An IPv6 address in brackets. */
    private static boolean isLiteral(String host) {
        int end = host.length() - 1;
        return end > 2
                && host.charAt(end) == ']'
                && host.indexOf(':') > 0
                && host.substring(1, end).chars().allMatch(c -> hex((char) c) >= 0 || c == ':' || c == '.');
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }
}
