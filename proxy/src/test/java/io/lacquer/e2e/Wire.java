package io.lacquer.e2e;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** HTTP/1 read plainly, for tests. */
final class Wire {
    private Wire() {}

    /** A line without its end, or null at the end of the stream. */
    static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0) {
            return null;
        }
        while (c >= 0 && c != '\n') {
            if (c != '\r') {
                line.write(c);
            }
            c = in.read();
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** Start line and field lines, or null at the end of the stream. */
    static List<String> readHead(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        String line = readLine(in);
        while (line != null && !line.isEmpty()) {
            lines.add(line);
            line = readLine(in);
        }
        return line == null || lines.isEmpty() ? null : lines;
    }

    /** A chunked body; trailer lines go into {@code trailers}. */
    static byte[] readChunked(InputStream in, List<String> trailers) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = readLine(in);
            if (line == null) {
                throw new EOFException("in chunks");
            }
            int size = Integer.parseInt(line.split(";")[0].strip(), 16);
            if (size == 0) {
                for (String trailer = readLine(in); trailer != null && !trailer.isEmpty(); trailer = readLine(in)) {
                    trailers.add(trailer);
                }
                return body.toByteArray();
            }
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new EOFException("in a chunk");
            }
            body.write(chunk);
            readLine(in);
        }
    }
}
