package io.lacquer.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Which fields belong to a connection, to an identity, or to nobody that we should believe. */
public final class Fields {
    /** Never forwarded, whatever {@code Connection} names (RFC 9110 §7.6.1). */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-authentication-info",
            "te",
            "transfer-encoding",
            "upgrade");

    private static final long HOP_BY_HOP_MARKS = marks(HOP_BY_HOP);

    /** A {@code Connection} option that names one of these is ignored: they are end-to-end or ours to frame. */
    private static final Set<String> NEVER_HOP_BY_HOP = Set.of(
            "host", "content-length", "content-type", "cache-control", "authorization", "cookie", "vary", "expect");

    /** Fields with which a client could make the origin answer for another URL, host, method or client (unkeyed input). */
    private static final Set<String> OVERRIDES = Set.of(
            "x-forwarded",
            "x-host",
            "x-http-host-override",
            "x-original-url",
            "x-original-host",
            "x-original-uri",
            "x-override-url",
            "x-rewrite-url",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-scheme",
            "x-url-scheme",
            "front-end-https",
            "x-original-method",
            "x-envoy-original-path",
            "true-client-ip",
            "cf-connecting-ip",
            "cf-connecting-ipv6",
            "fastly-client-ip",
            "fly-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-azure-clientip",
            "x-appengine-user-ip");

    private static final Pattern BETWEEN_NAMES = Pattern.compile("[ \\t,]+");

    private static final Recent<String> LOWER_CASE = new Recent<>(name -> name.toLowerCase(Locale.ROOT));

    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[c - 32] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private Fields() {}

    /** The fields that a head's {@code Connection} and RFC 9110 §7.6.1 reserve for this hop are removed. */
    public static Headers.Builder withoutHopByHop(Headers headers) {
        return headers.edit().removeIf(hopByHop(headers));
    }

    /** Whether a field of these is reserved for this hop, by their {@code Connection} or RFC 9110 §7.6.1. */
    public static Predicate<String> hopByHop(Headers headers) {
        List<String> named = headers.tokens("Connection");
        long marks = HOP_BY_HOP_MARKS | marks(named);
        return written -> {
            if ((marks & Headers.mark(written)) == 0) {
                return false;
            }
            String name = lowerCase(written);
            return HOP_BY_HOP.contains(name) || (named.contains(name) && !NEVER_HOP_BY_HOP.contains(name));
        };
    }

    private static long marks(Collection<String> names) {
        long marks = 0;
        for (String name : names) {
            marks |= Headers.mark(name);
        }
        return marks;
    }

    /** Without the end-to-end fields that {@code Connection} names: they end here, so nothing here may depend on them. */
    public static Headers withoutNamedByConnection(Headers headers) {
        Headers.Builder kept = null;
        for (String name : headers.tokens("Connection")) {
            if (!HOP_BY_HOP.contains(name) && !NEVER_HOP_BY_HOP.contains(name) && headers.has(name)) {
                kept = (kept == null ? headers.edit() : kept).remove(name);
            }
        }
        return kept == null ? headers : kept.build();
    }

    /** A value as text: its octets are UTF-8 wherever they can be (RFC 9110 §5.5 leaves that to who reads them). */
    public static String text(String value) {
        if (value.chars().allMatch(c -> c < 0x80)) {
            return value;
        }
        try {
            byte[] octets = value.getBytes(StandardCharsets.ISO_8859_1);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (CharacterCodingException otherwise) {
            return value;
        }
    }

    /** The names in a line of purge tags: blanks and commas stand between them, and nothing is quoted. */
    public static List<String> names(String line) {
        return BETWEEN_NAMES
                .splitAsStream(text(line))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /**
     * Whether a field reaches the origin only from trusted proxies, or where a policy has it in the key.
     * Origins behind CGI and its heirs read {@code _} as {@code -}.
     */
    public static boolean isOverride(String name) {
        String plain = hyphenated(name);
        return plain.startsWith("x-forwarded-") || OVERRIDES.contains(plain);
    }

    /** Whether a text could be a field's name (RFC 9110 §5.6.2). */
    public static boolean isToken(String text) {
        return isToken(text, 0, text.length());
    }

    /** The same of part of a text. */
    public static boolean isToken(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= 128 || !TOKEN[c]) {
                return false;
            }
        }
        return to > from;
    }

    /** Whether an octet may be part of a field's name. */
    static boolean isTokenChar(byte octet) {
        return octet >= 0 && TOKEN[octet];
    }

    /** A name as CGI and its heirs compare it, lower case. */
    public static String hyphenated(String name) {
        return lowerCase(name).replace('_', '-');
    }

    /** A name in lower case. */
    public static String lowerCase(String name) {
        return LOWER_CASE.of(name);
    }

    /** Whether a trailer field may be passed on: none that frames, routes or authenticates (RFC 9110 §6.5.1). */
    public static boolean allowedInTrailer(String name) {
        return switch (lowerCase(name)) {
            case "transfer-encoding",
                    "content-length",
                    "host",
                    "connection",
                    "trailer",
                    "authorization",
                    "set-cookie",
                    "cache-control",
                    "expires",
                    "age",
                    "date",
                    "vary",
                    "location",
                    "content-type",
                    "content-encoding",
                    "content-range",
                    "te" -> false;
            default -> true;
        };
    }
}
