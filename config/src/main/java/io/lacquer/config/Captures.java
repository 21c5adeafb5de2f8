package io.lacquer.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
     * Whether a value may stand in a tag or in the URL of an invalidation: not empty, at most 128 bytes of
     * UTF-8, no spaces or control characters, no bytes that were not UTF-8. What a client sends must not be
     * able to name two tags at once, or very long ones.
     */
    public static boolean usable(@Nullable String value) {
        if (value == null || value.isEmpty() || value.length() > LONGEST_TAG_VALUE) {
            return false;
        }
        int bytes = 0;
        for (int i = 0; i < value.length(); ) {
            int point = value.codePointAt(i);
            if (Text.breaksTag(point)) {
                return false;
            }
            bytes += Text.utf8Length(point);
            i += Character.charCount(point);
        }
        return bytes <= LONGEST_TAG_VALUE;
    }
}
