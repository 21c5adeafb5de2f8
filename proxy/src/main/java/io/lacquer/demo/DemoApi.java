package io.lacquer.demo;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.core.JacksonException;

/**
 * An API such as nobody wants to change: slow in places, hardly a word about caching. It stands on its own, on a free
 * port of 127.0.0.1, and counts what reaches it ({@code GET /_count}).
 */
public final class DemoApi implements AutoCloseable {
    /** How long the product list takes. */
    public static final long LIST_MILLIS = 300;
    /** How long the report takes. */
    public static final long REPORT_MILLIS = 1500;

    private static final int EVENTS = 5;
    private static final int EVENT_MILLIS = 1000;
    private static final int LARGEST_BODY = 64 * 1024;
    private static final int COUNTED_REQUESTS = 10_000;

    private final Map<String, Runnable> actions;
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Endpoints endpoints = new Endpoints();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    private DemoApi(Map<String, Runnable> actions) throws IOException {
        this.actions = Map.copyOf(actions);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Starts one; it serves when this returns. */
    public static DemoApi start() throws IOException {
        return start(Map.of());
    }

    /**
     * Starts one.
     *
     * @param actions what a {@code POST} to a path, such as {@code /_restart}, does; not through a proxy
     */
    public static DemoApi start(Map<String, Runnable> actions) throws IOException {
        return new DemoApi(actions);
    }

    /** Its port on 127.0.0.1. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** {@code http://127.0.0.1:PORT}. */
    public String uri() {
        return "http://127.0.0.1:" + port();
    }

    /**
     * How many requests have come.
     *
     * @param request such as {@code GET /api/products}, without a query
     */
    public long count(String request) {
        LongAdder count = counts.get(request);
        return count == null ? 0 : count.sum();
    }

    /** Stops at once; answers under way are cut off. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/_count")) {
                send(exchange, counted());
                return;
            }
            count(method, path);
            if (path.equals("/api/events") && method.equals("GET")) {
                sendEvents(exchange);
            } else {
                send(exchange, answer(exchange, method, path));
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private Reply answer(HttpExchange exchange, String method, String path) throws IOException, InterruptedException {
        byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
        if (body.length > LARGEST_BODY) {
            return Reply.error(413, "at most " + LARGEST_BODY + " bytes");
        }
        Runnable action = actions.get(path);
        if (action != null) {
            return act(exchange, method, path, action);
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        try {
            return endpoints.answer(new Endpoints.Request(method, path, authorization, body));
        } catch (JacksonException malformed) {
            return Reply.error(400, "the body must be a JSON object");
        }
    }

    private static Reply act(HttpExchange exchange, String method, String path, Runnable action) {
        if (!method.equals("POST")) {
            return Reply.error(405, "use POST").with("Allow", "POST");
        }
        if (exchange.getRequestHeaders().containsKey("Via")) {
            return Reply.error(403, "ask the API itself, not through a proxy");
        }
        action.run();
        return Reply.json(200, Map.of("done", path));
    }

    private void count(String method, String path) {
        String request = counts.size() < COUNTED_REQUESTS ? method + " " + path : "others";
        counts.computeIfAbsent(request, key -> new LongAdder()).increment();
    }

    private Reply counted() {
        Map<String, Long> sums = new TreeMap<>();
        counts.forEach((request, count) -> sums.put(request, count.sum()));
        return Reply.json(200, sums).with("Cache-Control", "no-store");
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        reply.headers().forEach(headers::set);
        String etag = reply.headers().get("ETag");
        boolean known = etag != null && etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
        boolean reads = exchange.getRequestMethod().equals("GET") || isHead(exchange);
        if (known && reads && reply.status() == 200) {
            headers.remove("Content-Type");
            exchange.sendResponseHeaders(304, -1);
            return;
        }
        if (isHead(exchange)) {
            headers.set("Content-Length", String.valueOf(reply.body().length));
        }
        if (isHead(exchange) || reply.body().length == 0) {
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(reply.status(), reply.body().length);
        exchange.getResponseBody().write(reply.body());
    }

    private static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
    }

    private static void sendEvents(HttpExchange exchange) throws IOException, InterruptedException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int number = 1; number <= EVENTS; number++) {
                if (number > 1) {
                    Thread.sleep(EVENT_MILLIS);
                }
                String event = "id: " + number + "\nevent: tick\ndata: {\"number\":" + number + "}\n\n";
                out.write(event.getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        }
    }
}
