package io.lacquer.config;

import java.util.Locale;

/** Small questions about characters. */
final class Text {
    private static final int LONGEST_QUOTE = 60;
    private static final int REPLACEMENT = 0xFFFD;

    private Text() {}

    /** Whether a character may not stand in a tag: any space, separator or control, or an undecodable byte. */
    static boolean breaksTag(int point) {
        return Character.isWhitespace(point)
                || Character.isSpaceChar(point)
                || Character.isISOControl(point)
                || Character.getType(point) == Character.FORMAT
                || point == REPLACEMENT
                || Character.getType(point) == Character.SURROGATE;
    }

    /** Bytes that a character takes in UTF-8. */
    static int utf8Length(int point) {
        return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }

    /** Whether a text is a token of RFC 9110 §5.6.2, as methods and field names are. */
    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(Text::isTokenChar);
    }

    /** ASCII lower case, whatever the locale. */
    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** A value as it can stand in a message: quoted, short, in one line. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().limit(LONGEST_QUOTE).forEach(point -> {
            if (point != ' ' && Text.breaksTag(point)) {
                quoted.append(String.format(Locale.ROOT, "\\u%04X", point));
            } else {
                quoted.appendCodePoint(point);
            }
        });
        boolean cut = text.codePointCount(0, text.length()) > LONGEST_QUOTE;
        return quoted.append(cut ? "…\"" : "\"").toString();
    }

    /** A name as it can stand in a path of keys. */
    static String shorten(String text) {
        String quoted = quote(text);
        return quoted.substring(1, quoted.length() - 1);
    }

    private static boolean isTokenChar(int c) {
        return isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    /** Whether a character is an ASCII letter or digit. */
    static boolean isLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
