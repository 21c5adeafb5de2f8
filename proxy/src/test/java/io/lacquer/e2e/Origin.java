package io.lacquer.e2e;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real origin on a real socket, whose answers a test writes byte by byte if it likes. Each connection has
 * a virtual thread; handlers are found by the path without its query, {@code *} takes the rest.
 */
public final class Origin implements AutoCloseable {
    /** Answers one request. */
    public interface Handler {
        void handle(Call call) throws Exception;
    }

    /** One request, and the way to answer it. */
    public static final class Call {
        public final String method;
        public final String target;
        public final List<String> fields;
        private final InputStream in;
        private final OutputStream out;
        private final Socket socket;

        private Call(
                String method, String target, List<String> fields, InputStream in, OutputStream out, Socket socket) {
            this.method = method;
            this.target = target;
            this.fields = fields;
            this.in = in;
            this.out = out;
            this.socket = socket;
        }

        /** The value of a field, or null. */
        public String header(String name) {
            for (String field : fields) {
                int colon = field.indexOf(':');
                if (field.substring(0, colon).equalsIgnoreCase(name)) {
                    return field.substring(colon + 1).strip();
                }
            }
            return null;
        }

        /** Reads the body by its framing. */
        public byte[] body() throws IOException {
            if ("chunked".equalsIgnoreCase(header("Transfer-Encoding"))) {
                return Wire.readChunked(in, new java.util.ArrayList<>());
            }
            String length = header("Content-Length");
            return length == null ? new byte[0] : in.readNBytes(Integer.parseInt(length));
        }

        /** The raw stream of what the client sends on. */
        public InputStream input() {
            return in;
        }

        /** Writes bytes as they are, and flushes. */
        public Call raw(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return this;
        }

        /** Writes bytes as they are, and flushes. */
        public Call raw(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        /** Answers with a status, field lines and a body of known length. */
        public void reply(int status, String body, String... fields) throws IOException {
            reply(status, body.getBytes(StandardCharsets.UTF_8), fields);
        }

        /** Answers with a status, field lines and a body of known length; none is sent to HEAD, 204 and 304. */
        public void reply(int status, byte[] body, String... fields) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
            for (String field : fields) {
                head.append(field).append("\r\n");
            }
            boolean bodyless = status == 304 || status == 204;
            if (!bodyless) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            if (!bodyless && !method.equals("HEAD")) {
                out.write(body);
            }
            out.flush();
        }

        /** Ends the connection in order. */
        public void close() throws IOException {
            socket.close();
        }

        /** Ends the connection with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private final ServerSocket server;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final Set<Thread> handling = ConcurrentHashMap.newKeySet();
    private volatile boolean remember = true;

    /** Listens on a free port. */
    public Origin() {
        try {
            server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Answers a path. */
    public Origin on(String path, Handler handler) {
        handlers.put(path, handler);
        return this;
    }

    /** Stops remembering calls; for tests with very many. */
    public Origin forgetful() {
        remember = false;
        return this;
    }

    /** The URL. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The port. */
    public int port() {
        return server.getLocalPort();
    }

    /** Requests for a path so far. */
    public int count(String path) {
        AtomicInteger count = counts.get(path);
        return count == null ? 0 : count.get();
    }

    /** All requests so far. */
    public int count() {
        return counts.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** Connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Requests whose handlers wait now, for what the test will do or for the other side. */
    public int held() {
        return (int) handling.stream().filter(Origin::isWaiting).count();
    }

    private static boolean isWaiting(Thread handler) {
        Thread.State state = handler.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** The last request for a path. */
    public Call last(String path) {
        return calls.stream()
                .filter(call -> path(call.target).equals(path))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private static String path(String target) {
        int mark = target.indexOf('?');
        return mark < 0 ? target : target.substring(0, mark);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                List<String> head = Wire.readHead(in);
                if (head == null) {
                    return;
                }
                String[] start = head.getFirst().split(" ");
                Call call = new Call(
                        start[0],
                        start[1],
                        List.copyOf(head.subList(1, head.size())),
                        in,
                        socket.getOutputStream(),
                        socket);
                counts.computeIfAbsent(path(call.target), ignored -> new AtomicInteger())
                        .incrementAndGet();
                if (remember) {
                    calls.add(call);
                }
                Handler handler = handlers.getOrDefault(path(call.target), handlers.get("*"));
                if (handler == null) {
                    call.reply(404, "nothing here");
                } else {
                    handle(handler, call);
                }
                if (socket.isClosed()) {
                    return;
                }
            }
        } catch (Exception gone) {
            // the other side went away, or the test told it to
        } finally {
            open.remove(socket);
        }
    }

    private void handle(Handler handler, Call call) throws Exception {
        handling.add(Thread.currentThread());
        try {
            handler.handle(call);
        } finally {
            handling.remove(Thread.currentThread());
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
