package io.lacquer.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads field names. A common one, in its usual spelling or in lower case, is the same object each time: it costs no
 * memory in a stored head, and is compared at a glance.
 */
public final class FieldNames {
    private static final String[] COMMON = {
        "Accept",
        "Accept-CH",
        "Accept-Encoding",
        "Accept-Language",
        "Accept-Ranges",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Age",
        "Allow",
        "Alt-Svc",
        "Authorization",
        "CDN-Cache-Control",
        "Cache-Control",
        "Cache-Groups",
        "Cache-Status",
        "Cache-Tag",
        "Connection",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Location",
        "Content-Range",
        "Content-Security-Policy",
        "Content-Type",
        "Cookie",
        "DNT",
        "Date",
        "ETag",
        "Expect",
        "Expires",
        "Forwarded",
        "Host",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "If-Unmodified-Since",
        "Keep-Alive",
        "Last-Modified",
        "Link",
        "Location",
        "No-Vary-Search",
        "Origin",
        "Permissions-Policy",
        "Pragma",
        "Priority",
        "Range",
        "Referer",
        "Referrer-Policy",
        "Retry-After",
        "Sec-CH-UA",
        "Sec-CH-UA-Mobile",
        "Sec-CH-UA-Platform",
        "Sec-Fetch-Dest",
        "Sec-Fetch-Mode",
        "Sec-Fetch-Site",
        "Sec-Fetch-User",
        "Server",
        "Server-Timing",
        "Set-Cookie",
        "Strict-Transport-Security",
        "Surrogate-Capability",
        "Surrogate-Control",
        "Surrogate-Key",
        "TE",
        "Timing-Allow-Origin",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Upgrade-Insecure-Requests",
        "User-Agent",
        "Vary",
        "Via",
        "WWW-Authenticate",
        "X-Cache",
        "X-Content-Type-Options",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Frame-Options",
        "X-Powered-By",
        "X-Real-IP",
        "X-Request-ID",
        "X-Requested-With",
        "X-XSS-Protection",
    };
    private static final String[] TABLE = new String[512]; // open addressing; never more than half full
    private static final int MASK = TABLE.length - 1;

    static {
        for (String name : COMMON) {
            put(name);
            put(name.toLowerCase(Locale.ROOT));
        }
    }

    private FieldNames() {}

    private static void put(String name) {
        int place = place(name.hashCode());
        while (TABLE[place] != null) {
            place = (place + 1) & MASK;
        }
        TABLE[place] = name;
    }

    /** The name that the first bytes of a line are, as written; null where they are no token (RFC 9110 §5.6.2). */
    public static @Nullable String of(byte[] line, int length) {
        int hash = 0; // as that of the text
        for (int i = 0; i < length; i++) {
            if (!Fields.isTokenChar(line[i])) {
                return null;
            }
            hash = 31 * hash + line[i];
        }
        return length == 0 ? null : shared(hash, line, 0, length);
    }

    /** A name that was read before, from some bytes. */
    static String known(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + (bytes[i] & 0xff);
        }
        return shared(hash, bytes, from, to - from);
    }

    private static String shared(int hash, byte[] bytes, int from, int length) {
        for (int place = place(hash); TABLE[place] != null; place = (place + 1) & MASK) {
            if (is(TABLE[place], bytes, from, length)) {
                return TABLE[place];
            }
        }
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }

    private static boolean is(String name, byte[] bytes, int from, int length) {
        if (name.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) != (bytes[from + i] & 0xff)) {
                return false;
            }
        }
        return true;
    }

    private static int place(int hash) {
        return (hash ^ (hash >>> 15)) & MASK;
    }
}
