package io.lacquer.http;

import org.jspecify.annotations.Nullable;

/** Reads the {@code Cookie} field (RFC 6265 §4.2). */
public final class Cookies {
    private Cookies() {}

    /** The first value of a cookie, or null. */
    public static @Nullable String get(Headers headers, String name) {
        for (String line : headers.all("Cookie")) {
            for (String pair : Lists.split(line, ';')) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).equals(name)) {
                    return pair.substring(equals + 1);
                }
            }
        }
        return null;
    }
}
