package io.lacquer.e2e;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One client connection on a real socket; what it sends is what the test writes. */
public final class Client implements AutoCloseable {
    /** An answer, read whole. */
    public record Response(int status, List<String> fields, byte[] body, List<String> trailers) {
        /** The first value of a field, or null. */
        public String header(String name) {
            return all(name).stream().findFirst().orElse(null);
        }

        /** All values of a field. */
        public List<String> all(String name) {
            List<String> values = new ArrayList<>();
            for (String field : fields) {
                int colon = field.indexOf(':');
                if (field.substring(0, colon).equalsIgnoreCase(name)) {
                    values.add(field.substring(colon + 1).strip());
                }
            }
            return values;
        }

        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** {@code X-Cache}. */
        public String cache() {
            return header("X-Cache");
        }

        /** {@code X-Cache-Level}. */
        public String level() {
            return header("X-Cache-Level");
        }

        /** {@code Age} in seconds, -1 where there is none. */
        public int age() {
            String age = header("Age");
            return age == null ? -1 : Integer.parseInt(age);
        }
    }

    private final Socket socket;
    private final InputStream in;

    /** Connects. */
    public Client(int port) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** GET on a connection of its own. */
    public static Response get(int port, String path, String... fields) {
        return once(port, "GET", path, "", fields);
    }

    /** Any method on a connection of its own; a body gets a Content-Length. */
    public static Response once(int port, String method, String path, String body, String... fields) {
        try (Client client = new Client(port)) {
            return client.send(method, path, body, fields).read(method);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Sends a whole request. */
    public Client send(String method, String path, String body, String... fields) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        boolean host = false;
        for (String field : fields) {
            head.append(field).append("\r\n");
            host |= field.toLowerCase(java.util.Locale.ROOT).startsWith("host:");
        }
        if (!host) {
            head.append("Host: example.org\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            head.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        return raw(head.append("\r\n").toString()).raw(bytes);
    }

    /** Sends bytes as they are. */
    public Client raw(String text) throws IOException {
        return raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes as they are. */
    public Client raw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Reads the final answer to a method, passing over 1xx. */
    public Response read(String method) throws IOException {
        while (true) {
            Response response = readAny(method);
            if (response.status() >= 200) {
                return response;
            }
        }
    }

    /** Reads one head, final or interim, without body. */
    public Response readHead() throws IOException {
        List<String> head = Wire.readHead(in);
        if (head == null) {
            throw new EOFException("no answer");
        }
        return new Response(
                Integer.parseInt(head.getFirst().split(" ")[1]),
                List.copyOf(head.subList(1, head.size())),
                new byte[0],
                List.of());
    }

    /** Reads one answer, final or interim, with its body. */
    public Response readAny(String method) throws IOException {
        Response head = readHead();
        List<String> trailers = new ArrayList<>();
        byte[] body = new byte[0];
        String length = head.header("Content-Length");
        boolean bodyless = method.equals("HEAD") || head.status() < 200 || head.status() == 204 || head.status() == 304;
        if (!bodyless) {
            if ("chunked".equalsIgnoreCase(head.header("Transfer-Encoding"))) {
                body = Wire.readChunked(in, trailers);
            } else if (length != null) {
                body = in.readNBytes(Integer.parseInt(length));
                if (body.length < Integer.parseInt(length)) {
                    throw new EOFException("body of " + body.length + " bytes, announced " + length);
                }
            } else {
                body = in.readAllBytes();
            }
        }
        return new Response(head.status(), head.fields(), body, trailers);
    }

    /** The raw stream of the answer. */
    public InputStream input() {
        return in;
    }

    /** The socket. */
    public Socket socket() {
        return socket;
    }

    /** Whether the other side has closed; waits for it. */
    public boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
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
