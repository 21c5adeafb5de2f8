package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.Proxy;
import io.lacquer.http.HttpDate;
import io.netty.util.ResourceLeakDetector;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short way gives, byte for byte, what the full path gives; whatever is not just so takes the full path. */
class FastLaneTest {
    private static final String YAML = """
        version: 1
        trusted_proxies: [127.0.0.1]
        origins: {api: {servers: ["${ORIGIN}"]}}
        policies:
          - {name: bypassed, match: {path: /bypass}, ttl: 10m, bypass: {header: {x-skip: "*"}, cookie: [session]}}
          - {name: steered, match: {path: /steered, header: {x-lab: "on"}}, ttl: {proxy: 10m, browser: 1m}}
          - {name: tenants, match: {path: /tenants}, ttl: 10m, vary_by: ["header:X-Tenant"]}
          - {name: brief, match: {path: "/brief/**"}, ttl: 1s}
          - {name: listening, match: {path: "/listening/**"}, mode: respect, ttl: {browser: 1m, cdn: 2m, proxy: 10m}}
          - {name: hidden, match: {path: "/hidden/**"}, ttl: {proxy: 10m, cdn: off}}
          - {name: only-get, match: {path: /only-get, method: GET}, ttl: {browser: 1m, proxy: 10m}}
          - {name: api, match: {path: "/api/**"}, ttl: {browser: 1m, cdn: 2m, proxy: 10m}, tags: [api]}
        """;

    private final ManualClock clock = new ManualClock();
    private final Origin origin = new Origin();
    private Proxy fast;
    private Proxy full;

    @BeforeEach
    void start() {
        origin.on("*", call -> {
            String path = call.target.replaceFirst("\\?.*", "");
            List<String> fields = new ArrayList<>(List.of("Date: " + HttpDate.format(clock.wallMillis())));
            if (!path.startsWith("/api")) {
                fields.add("Cache-Control: max-age=600");
            }
            if (path.equals("/vary")) {
                fields.add("Vary: Accept-Encoding, Accept-Language");
            }
            if (path.equals("/tag")) {
                fields.add("ETag: \"v\"");
                fields.add("Surrogate-Key: a b");
            }
            if (path.equals("/large")) {
                call.reply(200, "large ".repeat(50_000), fields.toArray(new String[0]));
            } else if (path.equals("/status")) {
                call.reply(404, "not here", fields.toArray(new String[0]));
            } else {
                call.reply(200, path.equals("/empty") ? "" : "body of " + path, fields.toArray(new String[0]));
            }
        });
        fast = Proxy.start(YAML, origin.url(), clock);
        System.setProperty("lacquer.full-path", "true");
        try {
            full = Proxy.start(YAML, origin.url(), clock);
        } finally {
            System.clearProperty("lacquer.full-path");
        }
    }

    @AfterEach
    void stop() {
        fast.close();
        full.close();
        origin.close();
    }

    private static String get(String target, String... fields) {
        return request("GET", target, fields);
    }

    private static String head(String target, String... fields) {
        return request("HEAD", target, fields);
    }

    private static String request(String method, String target, String... fields) {
        StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: example.org\r\n");
        for (String field : fields) {
            text.append(field).append("\r\n");
        }
        return text.append("\r\n").toString();
    }

    /** All that comes back until the other side closes, which a last request asks for. */
    private String exchange(Proxy proxy, String bytes) {
        String answers = exchangeOnly(proxy, bytes);
        proxy.settle(origin::held);
        return answers;
    }

    private static String exchangeOnly(Proxy proxy, String bytes) {
        try (Socket socket = new Socket("127.0.0.1", proxy.port())) {
            socket.setSoTimeout(2000);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (SocketTimeoutException silent) {
            return "silence";
        } catch (IOException reset) {
            return "reset";
        }
    }

    private static String ending(String request) {
        return request + get("/empty", "Connection: close");
    }

    private long fastHits() {
        return fast.server()
                .metrics()
                .lines()
                .filter(line -> line.startsWith("lacquer_fast_hits_total "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .sum();
    }

    private void same(String request) {
        assertThat(exchange(fast, ending(request))).as(request).isEqualTo(exchange(full, ending(request)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/a", "/a?b=c", "/api/x", "/status", "/tag", "/empty", "/vary", "/steered", "/bypass", "/tenants"
            })
    void theSecondHitTakesTheShortWay(String target) {
        String request = get(target, "User-Agent: t", "Accept-Encoding: gzip", "X-Request-Id: 1");
        same(request);
        same(request);
        same(request);
        long before = fastHits();
        same(request);
        assertThat(fastHits() - before).isEqualTo(target.equals("/tenants") ? 0 : 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "/a?b=c", "/api/x", "/status", "/tag", "/vary", "/steered", "/bypass", "/large"})
    void aHeadTakesTheShortWayLikeAGet(String target) {
        String[] fields = {"User-Agent: t", "Accept-Encoding: gzip", "X-Request-Id: 1"};
        String head = head(target, fields);
        same(get(target, fields));
        for (int i = 0; i < 3; i++) { // the second of them is given what the first has left
            long before = fastHits();
            same(head);
            assertThat(fastHits() - before).isEqualTo(i == 0 ? 0 : 1);
        }
        long before = fastHits();
        same(get(target, fields));
        same(head + get(target, fields) + head);
        assertThat(fastHits() - before).isEqualTo(4);
    }

    @Test
    void aHeadUnderAnotherPolicyThanTheGetTakesTheFullPath() {
        for (int i = 0; i < 3; i++) {
            same(get("/only-get"));
        }
        long before = fastHits();
        for (int i = 0; i < 3; i++) {
            same(head("/only-get"));
        }
        assertThat(fastHits()).isEqualTo(before);
        same(get("/only-get"));
        assertThat(fastHits()).isEqualTo(before + 1);
    }

    /** As origins and caches behind us may send it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cache-Control: max-age=600",
                "Cache-Control: public, max-age=61|Expires: Thu, 01 Dec 2033 16:00:00 GMT",
                "Cache-Control: s-maxage=30, max-age=7|Age: 7",
                "Cache-Control: max-age=600|Cache-Status: edge; hit; ttl=37|Cache-Status: inner; fwd=miss",
                "Cache-Control: max-age=600|Via: 1.1 varnish (Varnish/7.1)|X-Cache: MISS|X-Cache-Level: L2",
                "Cache-Control: max-age=600|Link: </a>|Link: </a>|Link: </b>|X-Empty:",
                "Cache-Control: max-age=600|CDN-Cache-Control: max-age=20|Surrogate-Control: max-age=10",
                "Cache-Control: max-age=600, no-cache=\"X-Secret\"|X-Secret: 1",
                "Cache-Control: max-age=2147483647|Vary: Accept-Encoding",
                "Cache-Control: max-age=600|Vary: Accept-Encoding, X-Lab|ETag: W/\"100\"|X-Odd: caf\u00e9"
            })
    void whateverTheOriginSays(String lines) {
        origin.on("*", call -> {
            String head = "HTTP/1.1 200 Fine\r\nDate: " + HttpDate.format(clock.wallMillis()) + "\r\n"
                    + lines.replace("|", "\r\n") + "\r\n";
            boolean chunked = call.target.endsWith("chunked");
            call.raw(head
                    + (chunked
                            ? "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                            : "Content-Length: 5\r\n\r\nhello"));
        });
        for (String path : new String[] {"/plain/", "/brief/", "/listening/", "/hidden/", "/api/", "/steered/"}) {
            for (String kind : new String[] {"sized", "chunked", "another/sized", "another/chunked"}) {
                String request = get(path + kind, "Accept-Encoding: gzip");
                for (int millis : new int[] {0, 0, 0, 300, 1_500, 9_000, 30_000, 200_000}) {
                    clock.advance(java.time.Duration.ofMillis(millis));
                    same(request);
                    same(request.replace("GET", "HEAD"));
                }
            }
        }
        assertThat(fastHits()).isGreaterThan(40);
    }

    @Test
    void fieldsThatMeanNothingDoNotMatter() {
        same(get("/a"));
        same(get("/a"));
        long before = fastHits();
        same(get("/a", "User-Agent: another", "Traceparent: 00-1", "X-Forwarded-For: 1.2.3.4"));
        assertThat(fastHits() - before).isEqualTo(1);
    }

    @Test
    void ageAndWhatIsLeftOfTheLifetimeGoOn() {
        String request = get("/api/x");
        for (int second = 0; second < 20; second++) {
            same(request);
            clock.advance(java.time.Duration.ofMillis(777));
        }
        clock.advance(java.time.Duration.ofMinutes(11));
        same(request);
        assertThat(exchange(fast, ending(request))).contains("X-Cache: HIT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Range: bytes=0-1",
                "If-None-Match: \"v\"",
                "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
                "Cache-Control: no-cache",
                "Cache-Control: only-if-cached",
                "Pragma: no-cache",
                "Authorization: Bearer x",
                "Expect: 100-continue",
                "Expect: nonsense",
                "Content-Length: 0",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                "Connection: close",
                "Connection: x-tenant",
                "Connection: keep-alive, upgrade",
                "Upgrade: websocket",
                "X-Skip: 1",
                "X-Lab: on",
                "X-Lab: off",
                "X-Tenant: a",
                "Cookie: session=1",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https",
                "Accept-Encoding: br",
                "Accept-Encoding: gzip\r\nAccept-Encoding: br",
                "Accept-Language: de",
                "Host: other.example",
                "TE: trailers",
                " Folded: x",
                "Bad Name: x",
                "NoColon",
                ": empty",
                "Name : x",
                "X: a\u0001b",
                "X: a\u0000b",
                "X: a\u007fb",
                "X: a\nY: b"
            })
    void whatMayMatterTakesTheFullPath(String field) {
        for (String target : new String[] {"/a", "/vary", "/tag", "/steered", "/bypass", "/tenants", "/api/x"}) {
            String plain = get(target, "Accept-Encoding: gzip");
            same(plain);
            same(plain);
            same(get(target, "Accept-Encoding: gzip", field));
            same(head(target, "Accept-Encoding: gzip", field));
            same(get(target, field));
            same(get(target, field));
            same(plain);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.org/api",
                "example.org/",
                "example.org/api/x?",
                "example.org?",
                "example.org#",
                "Example.org"
            })
    void aHostEndsWhereTheTargetBegins(String host) {
        for (String target : new String[] {"/api/x", "/api/x?q=/x"}) {
            same(get(target));
            same(get(target));
            for (String rest : new String[] {"/x", "/api/x", "/", "/x?q=/x"}) {
                same(get(rest).replace("Host: example.org", "Host: " + host));
            }
        }
    }

    @Test
    void whatIsKeyedInAnotherFormThanItCameIsNoModelForOthers() {
        same(get("/api/%78"));
        same(get("/api/%78"));
        long before = fastHits();
        same(get("/api/x"));
        assertThat(fastHits()).isEqualTo(before);
        same(get("/api/x"));
        assertThat(fastHits()).isGreaterThan(before);
    }

    @Test
    void aPurgeAndAReloadEndIt() {
        same(get("/api/x"));
        same(get("/api/x"));
        long before = fastHits();
        Client.once(fast.port(), "POST", "/api/x", "b", "Host: example.org");
        Client.once(full.port(), "POST", "/api/x", "b", "Host: example.org");
        same(get("/api/x"));
        assertThat(fastHits()).isEqualTo(before);
        same(get("/api/x"));
        same(get("/api/x"));
        assertThat(fastHits()).isGreaterThan(before);
        String shorter = YAML.replace("proxy: 10m}, tags", "proxy: 1m}, tags");
        assertThat(fast.reload(shorter)).isEmpty();
        assertThat(full.reload(shorter)).isEmpty();
        same(get("/api/x"));
        clock.advance(java.time.Duration.ofSeconds(61));
        same(get("/api/x"));
    }

    @Test
    void manyInOneWriteAreAnsweredInOrder() {
        same(get("/a"));
        same(get("/api/x"));
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            all.append(request(i % 5 == 0 ? "HEAD" : "GET", i % 3 == 0 ? "/api/x" : i % 7 == 0 ? "/miss/" + i : "/a"));
        }
        same(all.toString());
        assertThat(fastHits()).isGreaterThan(100);
    }

    @Test
    void whateverIsDoneToARequestBothSay() {
        Random random = new Random(20_261_121);
        String[] targets = {"/a", "/vary", "/tag", "/steered", "/bypass", "/tenants", "/api/x"};
        for (String target : targets) {
            same(get(target, "Accept-Encoding: gzip"));
            same(get(target, "Accept-Encoding: gzip"));
        }
        String pieces = " \t\r\n:;,=\"\\%#?&/.aGH\u0000\u0001\u007f\u0080\u00ff";
        for (int i = 0; i < 1500; i++) {
            StringBuilder request = new StringBuilder(request(
                    random.nextInt(3) == 0 ? "HEAD" : "GET",
                    targets[random.nextInt(targets.length)],
                    "Accept-Encoding: gzip",
                    "X-A: b"));
            for (int edits = random.nextInt(3); edits >= 0; edits--) {
                int at = random.nextInt(request.length() - 2);
                char c = pieces.charAt(random.nextInt(pieces.length()));
                switch (random.nextInt(4)) {
                    case 0 -> request.setCharAt(at, c);
                    case 1 -> request.insert(at, c);
                    case 2 -> request.deleteCharAt(at);
                    default -> request.setCharAt(at, (char) (request.charAt(at) ^ 0x20));
                }
            }
            same(request.toString());
        }
        assertThat(fastHits()).as("some are still the same").isGreaterThan(50);
    }

    @Test
    void aHitAllocatesNextToNothing() throws IOException {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // its records are not the proxy's
        byte[] request = get("/a", "User-Agent: t", "Accept: */*").getBytes(StandardCharsets.ISO_8859_1);
        try (Socket socket = new Socket("127.0.0.1", fast.port())) {
            socket.setTcpNoDelay(true);
            hit(socket, request, 30_000);
            long hits = fastHits();
            long before = allocatedByLoops();
            int counted = 20_000;
            hit(socket, request, counted);
            double each = (double) (allocatedByLoops() - before) / counted;
            System.out.printf("allocated for a hit: %.1f bytes%n", each);
            assertThat(fastHits() - hits).isEqualTo(counted);
            assertThat(each).as("a sample for the guard").isLessThan(16);
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    /** One after the other, each answer read to its end. */
    private static void hit(Socket socket, byte[] request, int times) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        for (int i = 0; i < times; i++) {
            socket.getOutputStream().write(request);
            List<String> head = Wire.readHead(in);
            assertThat(head).as("answer %s of %s", i, times).isNotNull();
            for (String line : head) {
                if (line.startsWith("Content-Length: ")) {
                    in.skipNBytes(Long.parseLong(line.substring("Content-Length: ".length())));
                }
            }
        }
    }

    private static long allocatedByLoops() {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("loop-")) {
                sum += threads.getThreadAllocatedBytes(thread.threadId());
            }
        }
        return sum;
    }
}
