package io.lacquer.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;

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

    /** A {@code Connection} option that names one of these is ignored: they are end-to-end or ours to frame. */
    private static final Set<String> NEVER_HOP_BY_HOP = Set.of(
            "host", "content-length", "content-type", "cache-control", "authorization", "cookie", "vary", "expect");

    /** Fields with which a client could make the origin answer for another URL, host or method (unkeyed input). */
    private static final List<String> OVERRIDES = List.of(
            "X-Forwarded-Host",
            "X-Forwarded-Server",
            "X-Forwarded-Scheme",
            "X-Forwarded-Port",
            "X-Forwarded-Prefix",
            "X-Forwarded-Path",
            "X-Forwarded-Uri",
            "X-Host",
            "X-Original-URL",
            "X-Original-Host",
            "X-Original-URI",
            "X-Rewrite-URL",
            "X-HTTP-Method",
            "X-HTTP-Method-Override",
            "X-Method-Override",
            "X-Scheme",
            "X-Url-Scheme",
            "Front-End-Https");

    private Fields() {}

    /** The fields that a head's {@code Connection} and RFC 9110 §7.6.1 reserve for this hop are removed. */
    public static Headers.Builder withoutHopByHop(Headers headers) {
        List<String> named = headers.tokens("Connection");
        Headers.Builder kept = Headers.builder();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i).toLowerCase(Locale.ROOT);
            boolean dropped = HOP_BY_HOP.contains(name) || (named.contains(name) && !NEVER_HOP_BY_HOP.contains(name));
            if (!dropped) {
                kept.add(headers.name(i), headers.value(i));
            }
        }
        return kept;
    }

    /** Fields that reach the origin only from trusted proxies, or where a policy has them in the key. */
    public static List<String> overrides() {
        return OVERRIDES;
    }

    /** Whether a trailer field may be passed on: none that frames, routes or authenticates (RFC 9110 §6.5.1). */
    public static boolean allowedInTrailer(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
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
