package io.lacquer.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What a stored response is found by. One text, since there is one for each entry. */
public final class CacheKey {
    private final String text;
    private final @Nullable String url; // null where the text tells

    /**
     * A key.
     *
     * @param url {@code scheme://host/path?query} as the policy's key rule made it; what a purge by URL names
     * @param text the whole key: shape, URL, and the extra parts of {@code vary_by}, a line each
     */
    public CacheKey(String url, String text) {
        this.text = text;
        this.url = isSecondLine(url, text) ? null : url;
    }

    private static boolean isSecondLine(String line, String text) {
        int from = text.indexOf('\n') + 1;
        int to = from + line.length();
        return text.startsWith(line, from)
                && (to == text.length() || text.charAt(to) == '\n')
                && line.indexOf('\n') < 0;
    }

    private static String secondLine(String text) {
        int from = text.indexOf('\n') + 1;
        int to = text.indexOf('\n', from);
        return text.substring(from, to < 0 ? text.length() : to);
    }

    /** {@code scheme://host/path?query} as the policy's key rule made it. */
    public String url() {
        String other = url;
        return other == null ? secondLine(text) : other;
    }

    /** The whole key. */
    public String text() {
        return text;
    }

    /** 128 bits of SHA-256 of the whole key, as 32 hex digits: what Redis, the log and the admin API show. */
    public String hash() {
        return hash(text);
    }

    /** 128 bits of SHA-256 of any text, as 32 hex digits. */
    public static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }

    /** Whether it holds more than shape and URL. */
    public boolean hasMore() {
        return url != null || text.indexOf('\n', text.indexOf('\n') + 1) >= 0;
    }

    /** The query of the URL, or null. */
    public @Nullable String query() {
        String of = url();
        int mark = of.indexOf('?');
        return mark < 0 ? null : of.substring(mark + 1);
    }

    /** The whole key as if the URL had no query. */
    public String textWithoutQuery() {
        String of = url();
        int mark = of.indexOf('?');
        int at = text.indexOf(of);
        return mark < 0 || at < 0 ? text : text.substring(0, at + mark) + text.substring(at + of.length());
    }

    /** Equal by the whole key; the URL is part of it. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CacheKey that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
