package io.lacquer.demo;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the demo API answers.
 *
 * @param headers without {@code Date} and {@code Content-Length}
 */
record Reply(int status, Map<String, String> headers, byte[] body) {
    private static final JsonMapper JSON = new JsonMapper();

    /** An object as JSON, one line. */
    static Reply json(int status, Object value) {
        byte[] body = (JSON.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8);
        return new Reply(status, Map.of("Content-Type", "application/json"), body);
    }

    /** A complaint, as JSON. */
    static Reply error(int status, String message) {
        return json(status, Map.of("error", message));
    }

    /** No body. */
    static Reply empty(int status) {
        return new Reply(status, Map.of(), new byte[0]);
    }

    /** The same with one more header. */
    Reply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, body);
    }

    /** The same with an {@code ETag} made of its body. */
    Reply withEtag() {
        CRC32C sum = new CRC32C();
        sum.update(body);
        return with("ETag", "\"" + Long.toHexString(sum.getValue()) + "-" + body.length + "\"");
    }
}
