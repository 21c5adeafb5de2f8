package io.lacquer.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where {@link PathPattern#matches} notes the named parts of a path. One instance may be used again and
 * again; it holds the captures of the last match only. Not for two threads at once.
 */
public final class Captures {
    private static final int LONGEST_TAG_VALUE = 128;

    private static final int[] NONE = {};

    /** Of most paths no part is named. */
    private int[] spans = NONE;

    private List<String> names = List.of();
    private String path = "";

    /** Forgets the last match; the names are those of the pattern that is tried now. */
    void begin(String triedPath, List<String> captureNames) {
        path = triedPath;
        names = captureNames;
        if (spans.length == 0 && !captureNames.isEmpty()) {
            spans = new int[2 * PathPattern.MOST_CAPTURES];
        }
    }

    /** Notes one part of the path, from {@code start} to before {@code end}. */
    void note(int index, int start, int end) {
        spans[2 * index] = start;
        spans[2 * index + 1] = end;
    }

    /** The values by name, in the order of the path and with its escapes. Later matches do not change it. */
    public Map<String, String> asSent() {
        if (names.isEmpty()) {
            return Map.of();
        }
        Map<String, String> values = LinkedHashMap.newLinkedHashMap(names.size());
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), path.substring(spans[2 * i], spans[2 * i + 1]));
        }
        return Collections.unmodifiableMap(values);
    }

    /**
     * A value as it stands in a tag: in one piece, and never very long, so that what a client sends can't name two tags at
     * once. Spaces, control characters and what was not UTF-8 are escaped as in a URL; of more than 128 bytes of UTF-8 it
     * is a digest. Whoever renders the same value has the same text, so a write ends what a read has stored.
     */
    public static String inTag(String value) {
        StringBuilder text = new StringBuilder(value.length());
        int bytes = 0;
        for (int i = 0; i < value.length(); ) {
            int point = value.codePointAt(i);
            if (Text.breaksTag(point)) {
                Percent.escape(text, point);
            } else {
                text.appendCodePoint(point);
            }
            bytes += Text.utf8Length(point);
            i += Character.charCount(point);
        }
        return bytes <= LONGEST_TAG_VALUE ? text.toString() : digest(value);
    }

    private static String digest(String value) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing); // every Java has it
        }
    }
}
