package io.lacquer.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cache directives of a request or response (RFC 9111 §5.2): names lower case, the first occurrence of a
 * directive counts (§4.2.1). What can't be read is skipped; the rest still counts.
 */
public final class CacheControl {
    /** No directives. */
    public static final CacheControl NONE = new CacheControl(Map.of(), Set.of());

    private static final Recent<CacheControl> RECENT = new Recent<>(line -> read(List.of(line)));

    /** The largest delta-seconds that is told apart (RFC 9111 §1.2.2). */
    public static final long MAX_SECONDS = Integer.MAX_VALUE;

    /** Name, value, name, value …: a handful, and part of what is stored with each response. */
    private final String[] directives;

    /** Directives whose value was a quoted string; only targeted fields care. */
    private final Set<String> quoted;

    private CacheControl(Map<String, String> directives, Set<String> quoted) {
        this.directives = new String[2 * directives.size()];
        int i = 0;
        for (Map.Entry<String, String> directive : directives.entrySet()) {
            this.directives[i++] = directive.getKey();
            this.directives[i++] = directive.getValue();
        }
        this.quoted = Set.copyOf(quoted);
    }

    /** Directives that another grammar gave: names in lower case, those of {@code quoted} with a string as value. */
    static CacheControl of(Map<String, String> directives, Set<String> quoted) {
        return directives.isEmpty() ? NONE : new CacheControl(directives, quoted);
    }

    /** The directives of every line of a field. */
    public static CacheControl parse(List<String> lines) {
        return switch (lines.size()) {
            case 0 -> NONE;
            case 1 -> RECENT.of(lines.getFirst());
            default -> read(lines);
        };
    }

    private static CacheControl read(List<String> lines) {
        Map<String, String> directives = new HashMap<>();
        Set<String> quoted = new HashSet<>(0);
        for (String line : lines) {
            for (String part : Lists.split(line)) {
                int equals = part.indexOf('=');
                String name = (equals < 0 ? part : part.substring(0, equals)).toLowerCase(Locale.ROOT);
                String given = equals < 0 ? "" : part.substring(equals + 1);
                String value = Lists.unquote(given);
                if (directives.putIfAbsent(name, value) == null && !value.equals(given)) {
                    quoted.add(name);
                }
            }
        }
        return new CacheControl(directives, quoted);
    }

    /** The {@code Cache-Control} of a head. */
    public static CacheControl of(Headers headers) {
        return parse(headers.all("Cache-Control"));
    }

    private @Nullable String value(String name) {
        for (int i = 0; i < directives.length; i += 2) {
            if (directives[i].equals(name)) {
                return directives[i + 1];
            }
        }
        return null;
    }

    /** Whether no directive is there. */
    public boolean isEmpty() {
        return directives.length == 0;
    }

    /** Whether a directive is there, with or without a value. */
    public boolean has(String name) {
        return value(name) != null;
    }

    /** Whether a directive is there without field names: {@code no-cache}, but not {@code no-cache="a"}. */
    public boolean hasBare(String name) {
        String value = value(name);
        return value != null && value.isEmpty();
    }

    /** The field names of {@code no-cache="a, b"} or {@code private="a"}; none where it has no value. */
    public List<String> fieldNames(String name) {
        String value = value(name);
        return value == null || value.isEmpty() ? List.of() : new ArrayList<>(Lists.split(value));
    }

    /**
     * Whether a directive that may name fields stands for the whole response: it names none, or none that could be a
     * field's (RFC 9111 §5.2.2.4, §5.2.2.7).
     */
    public boolean isUnqualified(String name) {
        if (!has(name)) {
            return false;
        }
        List<String> fields = fieldNames(name);
        return fields.isEmpty() || !fields.stream().allMatch(Fields::isToken);
    }

    /** The fields that a directive is limited to; none where it is absent or unqualified. */
    public List<String> qualifying(String name) {
        return has(name) && !isUnqualified(name) ? fieldNames(name) : List.of();
    }

    /** A directive's seconds, at most {@link #MAX_SECONDS}; 0 for a value that is no number (stale, RFC 9111 §4.2.1); -1 where there is none. */
    public long seconds(String name) {
        String value = value(name);
        return value == null ? -1 : Math.max(0, deltaSeconds(value));
    }

    /** Whether a directive's value is plain delta-seconds, not quoted, parameters aside. */
    boolean isSeconds(String name) {
        String value = value(name);
        return value != null && !quoted.contains(name) && deltaSeconds(value) >= 0;
    }

    /** delta-seconds capped at {@link #MAX_SECONDS}, or -1 for text that is none. */
    public static long deltaSeconds(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        long seconds = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            seconds = Math.min(seconds * 10 + (c - '0'), MAX_SECONDS);
        }
        return seconds;
    }

    @Override
    public String toString() {
        return Arrays.toString(directives);
    }
}
