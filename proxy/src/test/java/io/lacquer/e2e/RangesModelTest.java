package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.e2e.Representation.Validator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Odd sequences of ranges and wholes, against a resource that changes: each answer is of one version, byte for byte, and
 * of one that was current within the lifetime. The seeds are fixed; a failure names seed and step.
 */
class RangesModelTest extends EndToEnd {
    private static final int STEPS = 400;
    private static final long LIFETIME_MILLIS = 60_000;
    private static final String MALFORMED = "Range: bytes=9-2";

    /** How the origin answers. */
    enum Manner {
        /** By the letter. */
        HONEST,
        /** It ignores {@code Range}. */
        DEAF,
        /** Every so often it says what is not so, or does what it was not asked for. */
        LIAR
    }

    private Random random;
    private Representation a;
    private Manner manner;
    private final List<Long> replaced = new ArrayList<>(List.of(0L, Long.MAX_VALUE));
    private final List<String> history = new ArrayList<>();
    private volatile boolean lied;

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        long seed = 1;
        for (Validator validator : Validator.values()) {
            for (Manner manner : Manner.values()) {
                for (int length : new int[] {1000, 150_000}) {
                    cases.add(Arguments.of(validator, manner, length, seed++));
                }
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyAnswerIsOfOneVersionThatWasCurrentWithinTheLifetime(
            Validator validator, Manner manner, int length, long seed) throws IOException {
        this.random = new Random(seed);
        this.manner = manner;
        a = new Representation(clock, validator, length);
        if (manner == Manner.DEAF) {
            a.withoutRanges();
        }
        origin.on("/a", this::answer);
        Client client = new Client(proxy(PLAIN).port());
        try {
            int hits = 0;
            for (int step = 0; step < STEPS; step++) {
                lied = false;
                List<String> fields = act(step);
                if (fields == null) {
                    continue;
                }
                String method = random.nextInt(12) == 0 ? "HEAD" : "GET";
                history.add(method + " " + fields);
                Client.Response answer;
                try {
                    answer = client.send(method, "/a", "", fields.toArray(new String[0]))
                            .read(method);
                } catch (IOException brokenOff) {
                    assertThat(lied).as(where(seed, step)).isTrue();
                    client.close();
                    client = new Client(current().port());
                    continue;
                }
                history.add("   -> " + answer.status() + " " + answer.cache() + " " + answer.header("Content-Range"));
                check(method, fields, answer, where(seed, step));
                hits += "HIT".equals(answer.cache()) ? 1 : 0;
            }
            assertThat(hits).as("it is a cache").isGreaterThan(STEPS / 20);
        } finally {
            client.close();
        }
        current().server().settle();
        assertThat(current().server().ledger().used()).isLessThan(12L * length + 100_000);
    }

    private String where(long seed, int step) {
        return "seed " + seed + " step " + step + "\n"
                + String.join("\n", history.subList(Math.max(0, history.size() - 30), history.size()));
    }

    /** Changes something, or makes up a request. */
    private List<String> act(int step) {
        int what = random.nextInt(14);
        if (what > 3) {
            return request();
        }
        if (what == 0) {
            history.add("change");
            replaced.set(a.version(), clock.wallMillis());
            a.change();
            replaced.add(Long.MAX_VALUE);
        } else if (what < 3) {
            int seconds = random.nextInt(3) == 0 ? 61 : random.nextInt(25);
            history.add("+" + seconds + "s");
            clock.advance(Duration.ofSeconds(seconds));
        } else if (step % 5 == 0) {
            history.add("DELETE");
            send("DELETE", "/a", "");
        }
        return null;
    }

    private List<String> request() {
        List<String> fields = new ArrayList<>();
        if (random.nextInt(5) != 0) {
            fields.add("Range: " + range());
        }
        int version = Math.max(1, a.version() - random.nextInt(2));
        String validator = a.tag(version) == null ? a.changed(version) : a.tag(version);
        if (validator != null && random.nextInt(6) == 0) {
            fields.add("If-Range: " + validator);
        }
        if (validator != null && random.nextInt(8) == 0) {
            fields.add((a.tag(version) == null ? "If-Modified-Since: " : "If-None-Match: ") + validator);
        }
        switch (random.nextInt(20)) {
            case 0 -> fields.add("Cache-Control: no-cache");
            case 1 -> fields.add("Cache-Control: no-store");
            case 2 -> fields.add("Cache-Control: only-if-cached");
            case 3 -> fields.add("Cache-Control: max-age=10");
            default -> {
                // nothing
            }
        }
        return fields;
    }

    private String range() {
        int length = a.length(a.version());
        switch (random.nextInt(20)) {
            case 0:
                return "bytes=" + length + "-";
            case 1:
                return "bytes=" + (length + 100) + "-" + (length + 200);
            case 2:
                return MALFORMED.substring("Range: ".length());
            case 3:
                return "bytes=-0";
            case 4, 5:
                return "bytes=" + bounds(length) + "," + bounds(length);
            case 6:
                return "bytes=" + bounds(length) + "," + bounds(length) + ",-1";
            case 7, 8:
                return "bytes=-" + (1 + random.nextInt(length));
            case 9, 10:
                return "bytes=" + random.nextInt(length) + "-";
            case 11:
                return "bytes=0-";
            default:
                return "bytes=" + bounds(length);
        }
    }

    private String bounds(int length) {
        // few places, so that pieces touch and overlap
        int first = length * random.nextInt(10) / 10;
        int last = length * (1 + random.nextInt(10)) / 10 - 1;
        return Math.min(first, last) + "-" + Math.max(first, last);
    }

    // ---- the origin

    private void answer(Origin.Call call) throws IOException {
        if (manner == Manner.LIAR && call.method.equals("GET") && random.nextInt(3) == 0) {
            lie(call);
        } else {
            a.handle(call);
        }
    }

    private void lie(Origin.Call call) throws IOException {
        lied = true;
        int length = a.length(a.version());
        int first = random.nextInt(length / 2);
        int last = first + random.nextInt(length / 2);
        byte[] bytes = a.slice(first, last);
        String honest = a.contentRange(first, last);
        String lie = "X-Lie: 1";
        switch (random.nextInt(9)) {
            case 0 -> call.reply(206, bytes, a.head(honest)); // unasked for, or another range
            case 1 -> call.reply(206, bytes, a.head(a.contentRange(first, last + 1), lie));
            case 2 -> call.reply(206, bytes, a.head("Content-Range: bytes " + first + "-" + last + "/*"));
            case 3 -> call.reply(206, bytes, a.head(lie));
            case 4 -> chunked(call, a.contentRange(first, last + 1), bytes);
            case 5 -> chunked(call, a.contentRange(first, last), a.slice(first, last + 1));
            case 6 -> call.reply(416, "", a.head("Content-Range: bytes */" + length, lie));
            case 7 -> call.reply(206, bytes, a.head(honest, a.contentRange(first + 1, last + 1), lie));
            default -> {
                String range = call.header("Range");
                if (range == null || !range.matches("bytes=\\d+-")) {
                    call.reply(503, "lie", lie);
                    return;
                }
                int from = Math.min(length - 1, Integer.parseInt(range.replaceAll("\\D", "")));
                // the very range that was asked for, but a byte less, or more, of it
                chunked(
                        call,
                        a.contentRange(from, length - 1),
                        Arrays.copyOf(a.slice(from, length - 1), length - from + (random.nextBoolean() ? 1 : -1)));
            }
        }
    }

    private void chunked(Origin.Call call, String range, byte[] bytes) throws IOException {
        call.raw("HTTP/1.1 206 X\r\n" + String.join("\r\n", a.head(range, "X-Lie: 1"))
                + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        if (bytes.length > 0) {
            call.raw(Integer.toHexString(bytes.length) + "\r\n").raw(bytes).raw("\r\n");
        }
        call.raw("0\r\n\r\n");
    }

    // ---- what must be true

    private void check(String method, List<String> fields, Client.Response answer, String where) {
        boolean ranged = fields.stream().anyMatch(field -> field.startsWith("Range: ") && !field.equals(MALFORMED));
        boolean lie = answer.header("X-Lie") != null;
        switch (answer.status()) {
            case 200 -> {
                assertThat(lie).as(where).isFalse();
                assertThat(answer.header("Content-Range")).as(where).isNull();
                int version = version(answer);
                isCurrent(version, where);
                if (method.equals("GET")) {
                    assertThat(answer.body()).as(where).isEqualTo(a.bytes(version));
                } else {
                    assertThat(answer.header("Content-Length")).as(where).isEqualTo("" + a.length(version));
                }
            }
            case 206 -> {
                assertThat(ranged || lied).as(where).isTrue();
                assertThat(method).as(where).isEqualTo("GET");
                if (!lie) {
                    is206(answer, where);
                }
            }
            case 304 -> assertThat(fields).as(where).anyMatch(field -> field.matches("If-(None|Modified).*"));
            case 416 -> {
                assertThat(ranged || lied).as(where).isTrue();
                int version = version(answer);
                isCurrent(version, where);
                assertThat(answer.header("Content-Range")).as(where).isEqualTo("bytes */" + a.length(version));
            }
            case 502 -> assertThat(lied).as(where).isTrue(); // the lie was seen before anything had been sent
            case 503 -> assertThat(lie && lied).as(where).isTrue();
            case 504 -> assertThat(fields).as(where).contains("Cache-Control: only-if-cached");
            default -> throw new AssertionError("status " + answer.status() + "\n" + where);
        }
    }

    private void is206(Client.Response answer, String where) {
        int version = version(answer);
        isCurrent(version, where);
        String range = answer.header("Content-Range");
        if (range == null) {
            for (Multipart.Part part : Multipart.parts(answer)) {
                assertThat(part.complete()).as(where).isEqualTo(a.length(version));
                assertThat(part.body()).as(where).isEqualTo(a.bytes(version, part.first(), part.last()));
            }
            return;
        }
        assertThat(answer.all("Content-Range")).as(where).hasSize(1);
        Multipart.Part part = new Multipart.Part(null, range, answer.body());
        assertThat(answer.body()).as(where).isEqualTo(a.bytes(version, part.first(), part.last()));
        if (!range.endsWith("*")) {
            assertThat(part.complete()).as(where).isEqualTo(a.length(version));
        }
    }

    /** Which version it says that it is: the origin tells it in the length or in the type. */
    private int version(Client.Response answer) {
        String type = answer.header("Content-Type");
        if (type != null && type.startsWith("text/x-")) {
            return Integer.parseInt(type.substring(7));
        }
        String range = answer.header("Content-Range");
        int complete = range != null
                ? Integer.parseInt(range.substring(range.indexOf('/') + 1))
                : Multipart.parts(answer).getFirst().complete();
        return 1 + (complete - a.length(1)) / (a.length(2) - a.length(1));
    }

    private void isCurrent(int version, String where) {
        assertThat(version).as(where).isBetween(1, a.version());
        boolean anyAge = a.tag(1) != null && a.tag(1).equals(a.tag(2)); // a 304 may keep any version alive
        long until = replaced.get(version);
        assertThat(anyAge || until > clock.wallMillis() - LIFETIME_MILLIS)
                .as("version %d was replaced at %d, now is %d; %s", version, until, clock.wallMillis(), where)
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("validators")
    void togetherTooEveryAnswerIsOfOneVersion(Validator validator, long seed) throws Exception {
        a = new Representation(clock, validator, 40_000)
                .with("Cache-Control: max-age=20, stale-while-revalidate=20, stale-if-error=20");
        origin.forgetful().on("/a", a);
        int port = proxy(PLAIN).port();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> clients = new ArrayList<>();
            for (int c = 0; c < 6; c++) {
                Random own = new Random(seed * 100 + c);
                clients.add(threads.submit(() -> {
                    ask(port, own);
                    return null;
                }));
            }
            for (int i = 0; i < 60; i++) {
                int before = origin.count("/a");
                clock.advance(Duration.ofSeconds(7));
                if (i % 4 == 3) {
                    a.change();
                }
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() ->
                                origin.count("/a") > before || clients.stream().allMatch(Future::isDone));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        }
    }

    static List<Arguments> validators() {
        List<Arguments> cases = new ArrayList<>();
        long seed = 1000;
        for (Validator validator : Validator.values()) {
            cases.add(Arguments.of(validator, seed++));
        }
        return cases;
    }

    private void ask(int port, Random own) throws IOException {
        try (Client client = new Client(port)) {
            for (int i = 0; i < 400; i++) {
                int first = 4000 * own.nextInt(9);
                int last = first + 4000 * (1 + own.nextInt(2)) - 1;
                boolean ranged = own.nextInt(4) != 0;
                Client.Response answer = ranged
                        ? client.send("GET", "/a", "", "Range: bytes=" + first + "-" + last)
                                .read("GET")
                        : client.send("GET", "/a", "").read("GET");
                int version = version(answer);
                String where = answer.status() + " " + answer.fields();
                if (answer.status() == 206) {
                    assertThat(ranged).as(where).isTrue();
                    assertThat(answer.header("Content-Range"))
                            .isEqualTo("bytes " + first + "-" + Math.min(last, a.length(version) - 1) + "/"
                                    + a.length(version));
                    assertThat(answer.body()).as(where).isEqualTo(a.bytes(version, first, last));
                } else {
                    assertThat(answer.status()).as(where).isEqualTo(200);
                    assertThat(answer.body()).as(where).isEqualTo(a.bytes(version));
                }
            }
        }
    }
}
