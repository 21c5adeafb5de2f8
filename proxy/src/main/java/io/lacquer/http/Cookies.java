package io.lacquer.http;

import org.jspecify.annotations.Nullable;

/** Reads the {@code Cookie} field (RFC 6265 §4.2). */
public final class Cookies {
    private Cookies() {}

    /**
     * A cookie's value, or null. Quotes hide nothing, white space around a name counts for nothing, and every
     * value of a repeated name is told: whichever the origin believes, it is in here.
     */
    public static @Nullable String get(Headers headers, String name) {
        String found = null;
        for (String line : headers.all("Cookie")) {
            int start = 0;
            while (start < line.length()) {
                int end = line.indexOf(';', start);
                end = end < 0 ? line.length() : end;
                int equals = line.indexOf(
                        '=', start, end); // no further: looking on to the end of the line would cost a square
                if (equals >= 0 && Lists.trim(line.substring(start, equals)).equals(name)) {
                    String value = Lists.trim(line.substring(equals + 1, end));
                    found = found == null ? value : found + ";" + value;
                }
                start = end + 1;
            }
        }
        return found;
    }
}
