package io.lacquer.http;

import java.nio.charset.StandardCharsets;

/**
 * Field lines as they are sent, all in one array: of a stored head, a String for each value would be the largest part.
 * In front of the text is where each line ends, so that lines can be copied without being read. Static, since an object
 * around the array would cost each entry 16 bytes more.
 */
final class FieldLines {
    private static final int COUNT = 2;
    private static final int END = 3; // 16 MiB: more than any reader of heads lets in
    private static final int MOST = 0xffff;
    private static final int LONGEST = 0xffffff;

    private FieldLines() {}

    /**
     * Packs fields.
     *
     * @throws IllegalArgumentException where they can't be a head: too many, too long, not ISO 8859-1, or with a line
     *     break
     */
    static byte[] of(Headers fields) {
        int count = fields.size();
        long length = 0;
        for (int i = 0; i < count; i++) {
            length += fields.name(i).length() + fields.value(i).length() + 4L;
        }
        if (count > MOST || length > LONGEST) {
            throw new IllegalArgumentException(count + " fields of " + length + " bytes (expected: at most " + MOST
                    + " of " + LONGEST + " bytes)");
        }
        byte[] packed = new byte[start(count) + (int) length];
        packed[0] = (byte) (count >> 8);
        packed[1] = (byte) count;
        int start = start(count);
        int at = start;
        for (int i = 0; i < count; i++) {
            String name = fields.name(i);
            if (name.isEmpty() || name.indexOf(':') >= 0) {
                throw new IllegalArgumentException("a field of the name \"" + name + "\"");
            }
            at = put(name, packed, at);
            packed[at++] = ':';
            packed[at++] = ' ';
            at = put(fields.value(i), packed, at);
            packed[at++] = '\r';
            packed[at++] = '\n';
            int end = at - start;
            packed[COUNT + END * i] = (byte) (end >> 16);
            packed[COUNT + END * i + 1] = (byte) (end >> 8);
            packed[COUNT + END * i + 2] = (byte) end;
        }
        return packed;
    }

    private static int put(String text, byte[] into, int from) {
        int at = from;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0xff || c == '\r' || c == '\n') {
                throw new IllegalArgumentException("a field with the character " + (int) c);
            }
            into[at++] = (byte) c;
        }
        return at;
    }

    private static int start(int count) {
        return COUNT + END * count;
    }

    /** The number of lines. */
    static int count(byte[] packed) {
        return (packed[0] & 0xff) << 8 | (packed[1] & 0xff);
    }

    /** Where line {@code i} begins; of the number of lines, where the last one ends. */
    static int at(byte[] packed, int i) {
        int start = start(count(packed));
        if (i == 0) {
            return start;
        }
        int of = COUNT + END * (i - 1);
        return start + ((packed[of] & 0xff) << 16 | (packed[of + 1] & 0xff) << 8 | (packed[of + 2] & 0xff));
    }

    /** The bytes that the lines take as text. */
    static int length(byte[] packed) {
        return packed.length - start(count(packed));
    }

    /** The fields again, equal to what was packed. */
    static Headers fields(byte[] packed) {
        int count = count(packed);
        String[] pairs = new String[2 * count];
        int from = start(count);
        for (int i = 0; i < count; i++) {
            int to = at(packed, i + 1);
            int colon = from;
            while (packed[colon] != ':') {
                colon++;
            }
            pairs[2 * i] = FieldNames.known(packed, from, colon);
            int value = colon + 2;
            pairs[2 * i + 1] = new String(packed, value, to - 2 - value, StandardCharsets.ISO_8859_1);
            from = to;
        }
        return Headers.own(pairs);
    }
}
