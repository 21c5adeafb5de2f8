package io.lacquer.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Targeted cache directives: {@code CDN-Cache-Control}, a structured dictionary (RFC 9213 §2.1, RFC 9651 §3.2),
 * and {@code Surrogate-Control} in its own, older grammar (Edge Architecture 1.0). One that does not parse, or
 * whose seconds are no integer, is ignored whole, so that {@code Cache-Control} counts.
 */
public final class TargetedControl {
    private static final List<String> SECONDS =
            List.of("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error");

    private TargetedControl() {}

    /** {@code CDN-Cache-Control}, or null where it is to be ignored. */
    public static @Nullable CacheControl cdn(List<String> lines) {
        for (String line : lines) {
            for (String member : Lists.split(line)) {
                if (!isMember(member)) {
                    return null;
                }
            }
        }
        return usable(CacheControl.parse(lines));
    }

    /** {@code Surrogate-Control}, or null where it is to be ignored; of {@code max-age=30+60} the first number counts. */
    public static @Nullable CacheControl surrogate(List<String> lines) {
        CacheControl control = CacheControl.parse(lines);
        boolean decides =
                control.has("max-age") || control.has("no-store") || control.has("no-cache") || control.has("private");
        return decides ? usable(control.firstSummand("max-age")) : null; // content="ESI/1.0" says nothing of caching
    }

    private static @Nullable CacheControl usable(CacheControl control) {
        for (String name : SECONDS) {
            if (control.has(name) && !control.isSeconds(name)) {
                return null;
            }
        }
        return control.isEmpty() ? null : control;
    }

    /** {@code key}, or {@code key=item}; parameters of items are passed over. */
    private static boolean isMember(String member) {
        int equals = member.indexOf('=');
        String key = withoutParameters(equals < 0 ? member : member.substring(0, equals));
        String item = equals < 0 ? "?1" : withoutParameters(member.substring(equals + 1));
        return isKey(key) && !item.isEmpty() && (isString(item) || isBareItem(item));
    }

    private static String withoutParameters(String text) {
        int semicolon =
                text.startsWith("\"") ? text.indexOf(';', Math.max(1, text.lastIndexOf('"'))) : text.indexOf(';');
        return semicolon < 0 ? text : text.substring(0, semicolon);
    }

    private static boolean isKey(String key) {
        if (key.isEmpty() || !(isLower(key.charAt(0)) || key.charAt(0) == '*')) {
            return false;
        }
        return key.chars().allMatch(c -> isLower(c) || isDigit(c) || "_-.*".indexOf(c) >= 0);
    }

    private static boolean isString(String item) {
        return item.length() >= 2 && item.startsWith("\"") && item.endsWith("\"");
    }

    /** An integer, a decimal, a token or a boolean. */
    private static boolean isBareItem(String item) {
        char first = item.charAt(0);
        if (first == '?') {
            return item.equals("?0") || item.equals("?1");
        }
        if (isDigit(first) || first == '-') {
            String digits = first == '-' ? item.substring(1) : item;
            return !digits.isEmpty() && digits.chars().allMatch(c -> isDigit(c) || c == '.');
        }
        boolean startsToken = first == '*' || isLower(Character.toLowerCase(first));
        return startsToken && item.chars().allMatch(c -> c > ' ' && c < 0x7f && "\"(),;=@[]{}?<>\\".indexOf(c) < 0);
    }

    private static boolean isLower(int c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
