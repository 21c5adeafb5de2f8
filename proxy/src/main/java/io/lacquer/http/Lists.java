package io.lacquer.http;

import java.util.ArrayList;
import java.util.List;

/** Splits comma-separated field values (RFC 9110 §5.6.1) without breaking quoted strings. */
public final class Lists {
    private Lists() {}

    /** The members, trimmed, without empty ones. A quote that is never closed hides nothing. */
    public static List<String> split(String value) {
        return split(value, ',');
    }

    /** Like {@link #split(String)} with another separator. */
    public static List<String> split(String value, char separator) {
        return split(value, separator, false);
    }

    /** What stands between the commas, trimmed, empty or not: for fields that may be no lists. */
    public static List<String> between(String value) {
        return split(value, ',', true);
    }

    private static List<String> split(String value, char separator, boolean keepEmpty) {
        List<String> parts = new ArrayList<>(4);
        boolean quotesCount = true; // until one is never closed: looking for its end again would cost a square
        int start = 0;
        int i = 0;
        while (i < value.length()) {
            char c = value.charAt(i);
            if (c == '"' && quotesCount) {
                int close = closing(value, i);
                quotesCount = close >= 0;
                i = quotesCount ? close : i;
            } else if (c == separator) {
                addTrimmed(parts, value, start, i, keepEmpty);
                start = i + 1;
            }
            i++;
        }
        addTrimmed(parts, value, start, value.length(), keepEmpty);
        return parts;
    }

    /** Where the quoted string that begins at {@code open} ends, or -1. */
    private static int closing(String value, int open) {
        for (int i = open + 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                return i;
            }
            if (c == '\\') {
                i++;
            }
        }
        return -1;
    }

    private static void addTrimmed(List<String> parts, String value, int from, int to, boolean keepEmpty) {
        String part = trim(value.substring(from, to));
        if (keepEmpty || !part.isEmpty()) {
            parts.add(part);
        }
    }

    /** Without optional white space (space and tab, RFC 9110 §5.6.3) at both ends. */
    public static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isOws(text.charAt(from))) {
            from++;
        }
        while (to > from && isOws(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    /** Without the quotes and escapes of a quoted string; other text as it is. */
    public static String unquote(String text) {
        if (text.length() < 2 || text.charAt(0) != '"' || text.charAt(text.length() - 1) != '"') {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() - 1) {
                c = text.charAt(++i);
            }
            plain.append(c);
        }
        return plain.toString();
    }

    private static boolean isOws(char c) {
        return c == ' ' || c == '\t';
    }
}
