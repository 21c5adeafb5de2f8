package io.lacquer.e2e;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A {@code multipart/byteranges} body, read strictly (RFC 9110 §14.6). */
final class Multipart {
    /** One part. */
    record Part(String type, String range, byte[] body) {
        int first() {
            return Integer.parseInt(range.replaceAll("bytes (\\d+)-.*", "$1"));
        }

        int last() {
            return Integer.parseInt(range.replaceAll("bytes \\d+-(\\d+)/.*", "$1"));
        }

        int complete() {
            return Integer.parseInt(range.replaceAll(".*/(\\d+)", "$1"));
        }
    }

    private Multipart() {}

    /** The parts of an answer; each is as long as it says, and nothing is left over. */
    static List<Part> parts(Client.Response answer) {
        String type = answer.header("Content-Type");
        if (type == null || !type.startsWith("multipart/byteranges; boundary=")) {
            throw new AssertionError("no multipart: " + type);
        }
        String boundary = type.substring(type.indexOf('=') + 1);
        byte[] body = answer.body();
        String text = new String(body, StandardCharsets.ISO_8859_1);
        List<Part> parts = new ArrayList<>();
        int at = text.startsWith("\r\n") ? 2 : 0;
        while (text.startsWith("--" + boundary + "\r\n", at)) {
            int head = at + boundary.length() + 4;
            int end = text.indexOf("\r\n\r\n", head) + 4;
            String partType = null;
            String range = null;
            for (String field : text.substring(head, end - 4).split("\r\n")) {
                partType = field.startsWith("Content-Type: ") ? field.substring(14) : partType;
                range = field.startsWith("Content-Range: ") ? field.substring(15) : range;
            }
            Part measured = new Part(partType, range, new byte[0]);
            int length = measured.last() - measured.first() + 1;
            parts.add(new Part(partType, range, Arrays.copyOfRange(body, end, end + length)));
            at = end + length + 2;
        }
        if (!text.substring(at).equals("--" + boundary + "--\r\n")) {
            throw new AssertionError("left over: " + text.substring(at));
        }
        return parts;
    }
}
