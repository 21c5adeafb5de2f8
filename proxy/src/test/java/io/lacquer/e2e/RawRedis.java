package io.lacquer.e2e;

import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Somebody else's connection to the same Redis, on a plain socket: looks at keys, and breaks them. */
public final class RawRedis implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    /** Connects. */
    public RawRedis(int port) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Sends a command of texts and byte arrays; a status or number as text, a value as bytes, an array as a list. */
    Object call(Object... parts) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(ascii("*" + parts.length + "\r\n"));
            for (Object part : parts) {
                byte[] bytes = part instanceof byte[] raw ? raw : ascii(part.toString());
                out.writeBytes(ascii("$" + bytes.length + "\r\n"));
                out.writeBytes(bytes);
                out.writeBytes(ascii("\r\n"));
            }
            out.writeTo(socket.getOutputStream());
            return reply();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Object reply() throws IOException {
        String line = Wire.readLine(in);
        if (line == null) {
            throw new EOFException("no reply");
        }
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+', ':' -> rest;
            case '-' -> throw new IllegalStateException(rest);
            case '$' -> {
                int length = Integer.parseInt(rest);
                byte[] value = length < 0 ? null : in.readNBytes(length);
                if (length >= 0) {
                    Wire.readLine(in);
                }
                yield value;
            }
            case '*' -> {
                List<Object> all = new ArrayList<>();
                for (int i = Integer.parseInt(rest); i > 0; i--) {
                    all.add(reply());
                }
                yield all;
            }
            default -> throw new IllegalStateException(line);
        };
    }

    /** Every key of what is cached, sorted; those of the purge log are not. */
    public List<String> keys() {
        return allKeys().stream().filter(key -> !key.startsWith("{")).toList();
    }

    /** Every key, sorted. */
    List<String> allKeys() {
        TreeSet<String> keys = new TreeSet<>();
        String cursor = "0";
        do {
            List<?> page = (List<?>) call("SCAN", cursor, "COUNT", "1000");
            cursor = text(page.get(0));
            ((List<?>) page.get(1)).forEach(key -> keys.add(text(key)));
        } while (!cursor.equals("0"));
        return List.copyOf(keys);
    }

    /** The value of a key, or null. */
    public byte[] get(String key) {
        return (byte[]) call("GET", key);
    }

    /** Milliseconds that a key has to live; -1 for ever. */
    long ttl(String key) {
        return Long.parseLong(call("PTTL", key).toString());
    }

    /**
     * Waits until so many replicas have what was written to this master until now, by whomever; {@code WAIT} is for what
     * its own connection has written.
     */
    void awaitReplicas(int count) {
        long written = Long.parseLong(
                text(call("INFO", "replication")).replaceAll("(?s).*\nmaster_repl_offset:(\\d+).*", "$1"));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> text(call("INFO", "replication"))
                                .lines()
                                .filter(line -> line.matches("slave\\d+:.*,offset=\\d+,.*"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll(".*,offset=(\\d+),.*", "$1")))
                                .filter(offset -> offset >= written)
                                .count()
                        >= count);
    }

    /** How often a command was called since the counts were reset. */
    long calls(String command) {
        String stats = text(call("INFO", "commandstats"));
        String start = "cmdstat_" + command + ":calls=";
        int at = stats.indexOf(start);
        return at < 0 ? 0 : Long.parseLong(stats.substring(at + start.length()).split(",", 2)[0]);
    }

    /** Text of a reply. */
    public static String text(Object reply) {
        return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.ISO_8859_1) : String.valueOf(reply);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
