package io.lacquer.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Structured field values (RFC 9651): lists and dictionaries, parsed strictly and whole or not at all (§4.2).
 * Parameters are checked and passed over: no field that is read here gives them a meaning.
 */
public final class Structured {
    private static final int MAX_DIGITS = 15;
    private static final int MAX_WHOLE_DIGITS = 12;
    private static final int MAX_FRACTION_DIGITS = 3;
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private final String text;
    private int at;

    private Structured(String text) {
        this.text = text;
    }

    /** One value (RFC 9651 §3.3), or an inner list of such (§3.1.1). */
    public sealed interface Value {
        /** An integer. */
        record Whole(long value) implements Value {}

        /** A decimal, as written. */
        record Decimal(String text) implements Value {}

        /** A string. */
        record Text(String value) implements Value {}

        /** A token. */
        record Token(String value) implements Value {}

        /** A boolean. */
        record Flag(boolean value) implements Value {}

        /** A byte sequence, date or display string, which nothing here asks for. */
        record Other(String text) implements Value {}

        /** An inner list. */
        record Inner(List<Value> members) implements Value {}
    }

    private static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException() {
            super("no structured field", null, false, false);
        }
    }

    /** The dictionary of a field's lines, the last of equal keys counting; null where it does not parse. */
    public static @Nullable Map<String, Value> dictionary(List<String> lines) {
        try {
            return new Structured(String.join(", ", lines)).dictionary();
        } catch (MalformedException malformed) {
            return null;
        }
    }

    /** The list of a field's lines; null where it does not parse. */
    public static @Nullable List<Value> list(List<String> lines) {
        try {
            return new Structured(String.join(", ", lines)).list();
        } catch (MalformedException malformed) {
            return null;
        }
    }

    /** The strings of a list of nothing but strings; null for any other. */
    public static @Nullable List<String> strings(@Nullable List<Value> values) {
        if (values == null) {
            return null;
        }
        List<String> strings = new ArrayList<>(values.size());
        for (Value value : values) {
            if (!(value instanceof Value.Text(String string))) {
                return null;
            }
            strings.add(string);
        }
        return strings;
    }

    private Map<String, Value> dictionary() throws MalformedException {
        Map<String, Value> members = new LinkedHashMap<>();
        skip(" ");
        while (at < text.length()) {
            String key = key();
            Value value = new Value.Flag(true);
            if (peek() == '=') {
                at++;
                value = member();
            } else {
                parameters();
            }
            members.remove(key);
            members.put(key, value);
            nextMember();
        }
        return members;
    }

    private List<Value> list() throws MalformedException {
        List<Value> members = new ArrayList<>();
        skip(" ");
        while (at < text.length()) {
            members.add(member());
            nextMember();
        }
        return members;
    }

    /** Past the comma to the next member, or to the end; a comma at the end is malformed. */
    private void nextMember() throws MalformedException {
        skip(" \t");
        if (at == text.length()) {
            return;
        }
        expect(',');
        skip(" \t");
        if (at == text.length()) {
            throw new MalformedException();
        }
    }

    private Value member() throws MalformedException {
        Value value = peek() == '(' ? inner() : bare();
        parameters();
        return value;
    }

    private Value inner() throws MalformedException {
        List<Value> members = new ArrayList<>();
        expect('(');
        while (true) {
            skip(" ");
            if (peek() == ')') {
                at++;
                return new Value.Inner(List.copyOf(members));
            }
            members.add(bare());
            parameters();
            if (peek() != ' ' && peek() != ')') {
                throw new MalformedException();
            }
        }
    }

    private void parameters() throws MalformedException {
        while (peek() == ';') {
            at++;
            skip(" ");
            key();
            if (peek() == '=') {
                at++;
                bare();
            }
        }
    }

    private String key() throws MalformedException {
        int from = at;
        if (!isLower(peek()) && peek() != '*') {
            throw new MalformedException();
        }
        while (isLower(peek()) || isDigit(peek()) || (peek() != 0 && "_-.*".indexOf(peek()) >= 0)) {
            at++;
        }
        return text.substring(from, at);
    }

    private Value bare() throws MalformedException {
        char c = peek();
        if (c == '-' || isDigit(c)) {
            return number();
        }
        if (c == '"') {
            return new Value.Text(string());
        }
        if (isAlpha(c) || c == '*') {
            int from = at;
            while (isTokenChar(peek())) {
                at++;
            }
            return new Value.Token(text.substring(from, at));
        }
        return switch (c) {
            case '?' -> {
                at += 2;
                char flag = at <= text.length() ? text.charAt(at - 1) : 0;
                if (flag != '0' && flag != '1') {
                    throw new MalformedException();
                }
                yield new Value.Flag(flag == '1');
            }
            case ':' -> bytes();
            case '@' -> {
                at++;
                if (!(number() instanceof Value.Whole(long seconds))) {
                    throw new MalformedException();
                }
                yield new Value.Other("@" + seconds);
            }
            case '%' -> {
                at++;
                yield new Value.Other("%" + displayed());
            }
            default -> throw new MalformedException();
        };
    }

    private Value number() throws MalformedException {
        int from = at;
        if (peek() == '-') {
            at++;
        }
        int digits = digits();
        if (peek() != '.') {
            if (digits == 0 || digits > MAX_DIGITS) {
                throw new MalformedException();
            }
            return new Value.Whole(Long.parseLong(text.substring(from, at)));
        }
        at++;
        int fraction = digits();
        if (digits == 0 || digits > MAX_WHOLE_DIGITS || fraction == 0 || fraction > MAX_FRACTION_DIGITS) {
            throw new MalformedException();
        }
        return new Value.Decimal(text.substring(from, at));
    }

    private int digits() {
        int from = at;
        while (isDigit(peek())) {
            at++;
        }
        return at - from;
    }

    private String string() throws MalformedException {
        StringBuilder value = new StringBuilder();
        expect('"');
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return value.toString();
            }
            if (c == '\\') {
                c = peek();
                at++;
                if (c != '"' && c != '\\') {
                    throw new MalformedException();
                }
            } else if (c < ' ' || c >= 0x7f) {
                throw new MalformedException();
            }
            value.append(c);
        }
    }

    /** A byte sequence between colons, in base 64. */
    private Value bytes() throws MalformedException {
        int end = text.indexOf(':', at + 1);
        if (end < 0) {
            throw new MalformedException();
        }
        String base64 = text.substring(at + 1, end);
        try {
            Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException none) {
            throw new MalformedException();
        }
        at = end + 1;
        return new Value.Other(":" + base64 + ":");
    }

    /** A display string, UTF-8 percent-encoded in lower case. */
    private String displayed() throws MalformedException {
        int from = at;
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        expect('"');
        while (peek() != '"') {
            char c = peek();
            if (c == '%') {
                if (!isLowerHex(at + 1) || !isLowerHex(at + 2)) {
                    throw new MalformedException();
                }
                octets.write(Integer.parseInt(text, at + 1, at + 3, 16));
                at += 2;
            } else if (c < ' ' || c >= 0x7f) {
                throw new MalformedException();
            } else {
                octets.write(c);
            }
            at++;
        }
        at++;
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets.toByteArray()));
        } catch (CharacterCodingException none) {
            throw new MalformedException();
        }
        return text.substring(from, at);
    }

    private boolean isLowerHex(int i) {
        char c = i < text.length() ? text.charAt(i) : 0;
        return isDigit(c) || (c >= 'a' && c <= 'f');
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char wanted) throws MalformedException {
        if (peek() != wanted) {
            throw new MalformedException();
        }
        at++;
    }

    private void skip(String blanks) {
        while (at < text.length() && blanks.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private static boolean isTokenChar(char c) {
        return isAlpha(c) || isDigit(c) || c == ':' || c == '/' || (c != 0 && TOKEN_MARKS.indexOf(c) >= 0);
    }

    private static boolean isAlpha(char c) {
        return isLower(c) || (c >= 'A' && c <= 'Z');
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
