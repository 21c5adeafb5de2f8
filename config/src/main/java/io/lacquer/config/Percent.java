package io.lacquer.config;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-encoding of paths, RFC 3986 §2. */
public final class Percent {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String UNRESERVED_MARKS = "-._~";
    private static final String OTHER_PATH_CHARS = "!$&'()*+,;=:@";

    private Percent() {}

    /** The text with every escape decoded as UTF-8; bytes that are not UTF-8 become U+FFFD. */
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (isEscape(text, i)) {
                bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
                i += 3;
            } else {
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(point);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /**
     * A literal of a path in its one normal form: unreserved characters plain, whatever may not stand in a
     * path escaped, escapes in upper case.
     *
     * @throws IllegalArgumentException for a percent sign without two hex digits
     */
    static String normalise(String text) {
        StringBuilder normal = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (point == '%') {
                if (!isEscape(text, i)) {
                    throw new Malformed(
                            Text.quote(text) + " has a % without two hex digits after it", "write %25 for a %");
                }
                appendByte(normal, HexFormat.fromHexDigits(text, i + 1, i + 3));
                i += 3;
            } else {
                append(normal, point, OTHER_PATH_CHARS);
                i += Character.charCount(point);
            }
        }
        return normal.toString();
    }

    /** A value as it stands in one segment of a path: everything but the characters of RFC 3986's pchar is escaped. */
    static String encodeSegment(String value) {
        StringBuilder encoded = new StringBuilder(value.length());
        value.codePoints().forEach(point -> append(encoded, point, OTHER_PATH_CHARS));
        return encoded.toString();
    }

    /** A value with everything but unreserved characters escaped, as in the user part of a URI. */
    static String encodeAll(String value) {
        StringBuilder encoded = new StringBuilder(value.length());
        value.codePoints().forEach(point -> append(encoded, point, ""));
        return encoded.toString();
    }

    /** A value as an HTML form has it in a query: a space is a plus sign. */
    static String encodeForm(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Whether it may stand in a segment of a path as it is, and is not empty. */
    static boolean isSegment(String value) {
        boolean dots = value.equals(".") || value.equals("..");
        if (value.isEmpty() || dots) {
            return false;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '%' ? !isEscape(value, i) : !isUnreserved(c) && OTHER_PATH_CHARS.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether an index lies within an escape rather than at its start. */
    static boolean splitsEscape(String text, int index) {
        return (index >= 1 && text.charAt(index - 1) == '%') || (index >= 2 && text.charAt(index - 2) == '%');
    }

    private static void append(StringBuilder out, int point, String plain) {
        if (isUnreserved(point) || plain.indexOf(point) >= 0) {
            out.append((char) point);
            return;
        }
        escape(out, point);
    }

    /** Appends a character as escapes of its UTF-8. */
    static void escape(StringBuilder out, int point) {
        for (byte each : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
            out.append('%').append(HEX.toHexDigits(each));
        }
    }

    private static void appendByte(StringBuilder out, int value) {
        if (isUnreserved(value)) {
            out.append((char) value);
        } else {
            out.append('%').append(HEX.toHexDigits((byte) value));
        }
    }

    private static boolean isUnreserved(int c) {
        return Text.isLetterOrDigit(c) || UNRESERVED_MARKS.indexOf(c) >= 0;
    }

    /** Whether a whole escape starts at an index. */
    static boolean isEscape(String text, int at) {
        return text.charAt(at) == '%'
                && at + 2 < text.length()
                && HexFormat.isHexDigit(text.charAt(at + 1))
                && HexFormat.isHexDigit(text.charAt(at + 2));
    }
}
