package io.lacquer.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a stored response is found by.
 *
 * @param url {@code scheme://host/path?query} as the policy's key rule made it; what a purge by URL names
 * @param text the whole key: shape, URL, and the extra parts of {@code vary_by}
 */
public record CacheKey(String url, String text) {

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

    /** The query of the URL, or null. */
    public @Nullable String query() {
        int mark = url.indexOf('?');
        return mark < 0 ? null : url.substring(mark + 1);
    }

    /** The whole key as if the URL had no query. */
    public String textWithoutQuery() {
        int mark = url.indexOf('?');
        int at = text.indexOf(url);
        return mark < 0 || at < 0 ? text : text.substring(0, at + mark) + text.substring(at + url.length());
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
}
