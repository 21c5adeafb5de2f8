package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Captures;
import io.lacquer.config.ConfigLoader;
import io.lacquer.config.Loaded;
import io.lacquer.config.PathPattern;
import io.lacquer.config.PolicyMatcher;
import io.lacquer.config.RequestFacts;
import io.lacquer.exchange.Failure;
import io.lacquer.http.CacheControl;
import io.lacquer.http.ContentRange;
import io.lacquer.http.Cookies;
import io.lacquer.http.EntityTag;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.Lists;
import io.lacquer.http.NoVarySearch;
import io.lacquer.http.Query;
import io.lacquer.http.RangeSet;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Structured;
import io.lacquer.http.Target;
import io.lacquer.http.TargetedControl;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.VaryRule;
import io.lacquer.transport.http1.BodyReader;
import io.lacquer.transport.http1.Framing;
import io.lacquer.transport.http1.RequestReader;
import io.lacquer.transport.http1.ResponseReader;
import io.lacquer.transport.http1.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No parser takes more than linear time: each is given half a megabyte of what makes parsers look again at what they
 * have seen, far more than any limit lets through. Linear, that is milliseconds; a square, even of an indexOf that
 * takes many characters at once, is many seconds. The thread's own time is measured, so that a busy machine is none
 * the slower.
 */
class LinearTimeTest {
    private static final int LENGTH = 512 * 1024;
    private static final Duration MOST = Duration.ofSeconds(1);

    /** What parses a text; whatever it declares to refuse, it may. */
    private interface Parser {
        /** Parses. */
        void parse(String text) throws Exception;
    }

    private static final PolicyMatcher MANY = many();

    private static final Map<String, Parser> PARSERS = new TreeMap<>(Map.ofEntries(
            Map.entry("Cache-Control", text -> {
                CacheControl control = CacheControl.parse(List.of(text));
                control.qualifying("private");
                control.seconds("max-age");
            }),
            Map.entry(
                    "Cache-Control: private=",
                    text -> CacheControl.parse(List.of("private=\"" + text + "\""))
                            .qualifying("private")),
            Map.entry("CDN-Cache-Control", text -> targeted("CDN-Cache-Control", text)),
            Map.entry("Surrogate-Control", text -> targeted("Surrogate-Control", text)),
            Map.entry("Surrogate-Control: max-age=", text -> targeted("Surrogate-Control", "max-age=" + text)),
            Map.entry("a structured dictionary", text -> Structured.dictionary(List.of(text))),
            Map.entry("the value of a dictionary", text -> Structured.dictionary(List.of("a=" + text))),
            Map.entry("a structured list", text -> Structured.strings(Structured.list(List.of(text)))),
            Map.entry("No-Vary-Search", text -> NoVarySearch.of(Headers.of("No-Vary-Search", "params=(" + text + ")"))),
            Map.entry(
                    "a query, in order or not",
                    text -> NoVarySearch.of(Headers.of("No-Vary-Search", "key-order, params=(\"x\")"))
                            .canonical(text)),
            Map.entry("Range", text -> {
                RangeSet ranges = RangeSet.parse("bytes=" + text);
                if (ranges != null) {
                    ranges.within(1000);
                }
                RangeRule.judge(
                        new RequestHead("GET", "/", 1, Headers.of("Range", "bytes=" + text)),
                        ResponseHead.of(200, Headers.EMPTY),
                        1000);
            }),
            Map.entry("Content-Range", text -> ContentRange.parse("bytes " + text)),
            Map.entry("Date", HttpDate::parse),
            Map.entry("Vary", text -> VaryRule.fields(Headers.of("Vary", text))),
            Map.entry("Accept-Encoding", text -> nominated("accept-encoding", text)),
            Map.entry("Accept", text -> nominated("accept", text)),
            Map.entry("any field in Vary", text -> nominated("x", text)),
            Map.entry("If-None-Match", text -> EntityTag.anyMatches(List.of(text), "\"x\"")),
            Map.entry("Cookie", text -> Cookies.get(Headers.of("Cookie", text), "c")),
            Map.entry("a query", text -> Query.values(text, "a")),
            Map.entry("a quoted string", text -> Lists.unquote("\"" + text + "\"")),
            Map.entry("a path", text -> Target.parse("GET", "/" + text, "a", "http")),
            Map.entry("an absolute URL", text -> Target.parse("GET", "http://" + text, "a", "http")),
            Map.entry("a host", text -> Target.parse("GET", "/", text, "http")),
            Map.entry(
                    "a reference",
                    text -> Target.parse("GET", "/a/b", "a", "http").resolve(text)),
            Map.entry("a path under a pattern", text -> {
                for (String pattern : List.of("/**/a/**/b*c/**/d", "/{x}a{y}b{z}c", "/*-*-*/**", "/a/b")) {
                    PathPattern.parse(pattern).matches("/" + text, new Captures());
                }
            }),
            Map.entry("a path under many policies", text -> MANY.match(new Asked("/" + text))),
            Map.entry("a path pattern", text -> PathPattern.parse("/" + text)),
            Map.entry("a request", LinearTimeTest::request),
            Map.entry("a request line", text -> request("GET /" + text + " HTTP/1.1\r\nHost: a\r\n\r\n")),
            Map.entry("a field", text -> request("GET / HTTP/1.1\r\nHost: a\r\nA: " + text + "\r\n\r\n")),
            Map.entry("fields", text -> request("GET / HTTP/1.1\r\n" + text.replace(",", ": x\r\n") + "\r\n\r\n")),
            Map.entry(
                    "codings",
                    text -> Framing.ofRequest(new RequestHead("GET", "/", 1, Headers.of("Transfer-Encoding", text)))),
            Map.entry("a response", text -> {
                ByteBuf in = bytes("HTTP/1.1 200 " + text + "\r\nA: " + text + "\r\n\r\n");
                try {
                    new ResponseReader().read(in);
                } finally {
                    in.release();
                }
            }),
            Map.entry("chunks", LinearTimeTest::chunks)));

    private static final List<String> PIECES = List.of(
            ",",
            "\"",
            "\"a\",",
            "\\",
            "\"\\",
            "(",
            "(a ",
            ";",
            ";a",
            "=",
            "a=b,",
            "a=\"b\";c,",
            "a,",
            "a b ",
            "%",
            "%41",
            "+",
            "-",
            "1-2,",
            "-1,",
            "1",
            ".",
            "../",
            "/",
            "/a",
            "/a/b",
            "?",
            ":",
            ":a",
            "*a",
            "&",
            "a&",
            "a=1&",
            "{a}",
            "[",
            " ",
            "\t,",
            "a\r\n",
            "1\r\na\r\n",
            "a;q=0.5,",
            "\u00e9",
            "a");

    /** A request of which nothing is known but its path. */
    private record Asked(String path) implements RequestFacts {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String host() {
            return "a";
        }

        @Override
        public List<String> header(String lowerCaseName) {
            return List.of();
        }

        @Override
        public List<String> query(String name) {
            return List.of();
        }
    }

    /** Policies whose paths have much in common, so that one path may lead to all of them. */
    private static PolicyMatcher many() {
        List<String> paths = new ArrayList<>();
        for (int i = 1; i < 20; i++) {
            paths.add("/a".repeat(i) + "/**/b/x" + i);
            paths.add("/{n}" + "/*".repeat(i) + "/**/a/**/x" + i);
        }
        for (int i = 0; i < 500; i++) {
            paths.add("/**/a/**/x" + i + "/**");
            paths.add("/x" + i + "-{n}/**");
        }
        StringBuilder yaml = new StringBuilder("{version: 1, origins: {a: {servers: ['http://a']}}, policies: [");
        for (int i = 0; i < paths.size(); i++) {
            yaml.append("{name: p%d, match: {path: '%s'}, ttl: 1s},\n".formatted(i, paths.get(i)));
        }
        Loaded loaded = new ConfigLoader().parse("p.yaml", yaml + "]}", Map.of());
        if (loaded.config() == null) {
            throw new AssertionError(loaded.complaints());
        }
        return new PolicyMatcher(loaded.config().policies());
    }

    /** A piece again and again, plain and after the beginning of something that never ends. */
    private static List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (String piece : PIECES) {
            texts.add(piece.repeat(LENGTH / piece.length()));
        }
        for (String start : List.of("\"", "(", ":", "%\"")) {
            texts.add(start + ",".repeat(LENGTH));
            texts.add(start + "a".repeat(LENGTH));
            texts.add(start + "\\\"".repeat(LENGTH / 2));
        }
        texts.add("a=b; ".repeat(LENGTH / 10) + "a; ".repeat(LENGTH / 6));
        texts.add(",".repeat(LENGTH / 2) + "\"".repeat(LENGTH / 2));
        return texts;
    }

    private static void targeted(String field, String text) {
        TargetedControl.of(Headers.of(field, text), field);
    }

    private static void nominated(String field, String text) {
        Headers request = Headers.of(field, text);
        Map<String, String> values = VaryRule.nominated(List.of(field), request);
        VaryRule.variantText(values);
        VaryRule.isPreferred(Map.of(field, "-"), "de", "gzip", request);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static void request(String text) throws WireException {
        ByteBuf in = bytes(text);
        try {
            new RequestReader(4 * LENGTH, 4 * LENGTH, LENGTH).read(in);
        } finally {
            in.release();
        }
    }

    private static void chunks(String text) throws WireException {
        ByteBuf in = bytes(text);
        try {
            BodyReader reader = new BodyReader(Framing.CHUNKED, Failure.MALFORMED);
            while (reader.read(in, piece -> false) == BodyReader.Progress.PAUSED) {
                // on
            }
        } finally {
            in.release();
        }
    }

    static List<String> parsers() {
        return List.copyOf(PARSERS.keySet());
    }

    @ParameterizedTest
    @MethodSource("parsers")
    @Timeout(120)
    void takesLinearTime(String name) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Parser parser = PARSERS.get(name);
        for (String text : texts()) {
            long before = threads.getCurrentThreadCpuTime();
            try {
                parser.parse(text);
            } catch (Target.MalformedException | WireException | IllegalArgumentException refused) {
                assertThat(refused).hasMessageNotContaining("\n");
            }
            assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - before))
                    .as("%s of %s…", name, text.substring(0, 12))
                    .isLessThan(MOST);
        }
    }
}
