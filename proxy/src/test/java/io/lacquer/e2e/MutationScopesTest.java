package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code invalidate} and {@code invalidate_on_write} end, when, and that the answers of writes stay whole. */
class MutationScopesTest extends WithPurges {
    private static final String READS = """
        - {name: list, match: {path: /list, method: GET}, ttl: 10m, tags: [lists], stale_while_revalidate: 1m}
        - {name: item, match: {path: "/items/{id}", method: GET}, ttl: 10m, tags: ["item:{id}", items]}
        - {name: img, match: {path: "/img/**", method: GET}, ttl: 10m}
        """;
    private static final String[] ALL = {
        "/list", "/list?p=2", "/items/1", "/items/2", "/img/1/a", "/img/1/b", "/img/2/a"
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tags: [lists] | /list /list?p=2",
                "tags: ['item:{id}'] | /items/1",
                "tags: ['item:{header:X-Other}'] | /items/2",
                "tags: ['item:{query:also}'] | /items/2",
                "tags: ['item:{header:X-None}'] | ''",
                "urls: [/list] | /list",
                "urls: ['/items/{id}', '/list?p=2'] | /items/1 /list?p=2",
                "prefixes: ['/img/{id}/'] | /img/1/a /img/1/b",
                "prefixes: ['/list?'] | /list?p=2",
                "tags: [lists], prefixes: [/img/2], urls: ['/items/{id}'] | /list /list?p=2 /img/2/a /items/1",
                "tags: [lists], wait: local | /list /list?p=2"
            })
    void aWriteEndsWhatItsPolicyNames(String invalidate, String ended) {
        answerAll();
        proxy(policies(READS + "- {name: w, match: {path: \"/w/{id}\", method: POST}, invalidate: {"
                + invalidate.replace('\'', '"') + "}}\n"));
        warm(ALL);
        send("POST", "/w/1?also=2", "x", "X-Other: 2");
        List<String> gone = List.of(ended.isEmpty() ? new String[0] : ended.split(" "));
        for (String path : ALL) {
            assertThat(get(path).cache()).as(path).isEqualTo(gone.contains(path) ? "MISS" : "HIT");
        }
    }

    /** A client spells a value in the path of its write as in that of its read, and need not know how we would. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bob",
                "bob%40x.org",
                "bob@x.org",
                "urn%3A1",
                "a%2Bb",
                "a+b",
                "a%27b",
                "a%20b",
                "%C3%BC",
                "a%26b",
                "b%c3%bc"
            })
    void whateverAClientEscapesItReadsItsOwnWrite(String id) {
        answerAll();
        proxy(policies("""
            - {name: list, match: {path: /list, method: GET}, ttl: 10m, tags: ["of:{query:x}"]}
            - {name: below, match: {path: "/w/**", method: GET}, ttl: 10m}
            - {name: act, match: {path: "/w/{x}/act", method: POST}, invalidate: {prefixes: ["/w/{x}/"], urls: ["/list?x={x}"]}}
            - {name: put, match: {path: "/u/{x}", method: PUT}, invalidate: {tags: ["of:{x}"]}}
            """));
        String[] reads = {"/w/" + id + "/list", "/w/" + id + "/list?page=2", "/list?x=" + id};
        warm(reads);
        send("POST", "/w/" + id + "/act", "x");
        assertEnded(reads[0], reads[1]);
        if (!id.equals("b%c3%bc")) { // a path has one form, and a query stays as it came
            assertEnded(reads[2]);
        }
        warm(reads[2]);
        send("PUT", "/u/" + id, "x");
        if (!id.contains("+")) { // which in a query is a blank to some, and to others not
            assertEnded(reads[2]);
        }
    }

    @Test
    void softIsStale() {
        answerAll();
        proxy(policies(READS
                + "- {name: w, match: {path: /w, method: POST}, invalidate: {tags: [lists, items], soft: true}}\n"));
        warm(ALL);
        send("POST", "/w", "x");
        assertThat(get("/list").cache()).isEqualTo("STALE");
        assertEnded("/items/1");
        assertLives("/img/1/a");
    }

    @ParameterizedTest
    @CsvSource({
        "200, true",
        "201, true",
        "202, true",
        "204, true",
        "302, true",
        "303, true",
        "304, true",
        "400, false",
        "404, false",
        "409, false",
        "422, false",
        "500, false",
        "503, false"
    })
    void onlyWhatTheOriginTookCounts(int status, boolean counts) {
        answerAll();
        origin.on("/w", call -> {
            call.body();
            call.reply(status, "x");
        });
        proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [lists]}}\n"));
        warm("/list");
        assertThat(send("POST", "/w", "x").status()).isEqualTo(status);
        assertThat(get("/list").cache()).isEqualTo(counts ? "MISS" : "HIT");
        assertThat(metric("cache_invalidations_total{namespace=\"w\",reason=\"mutation\"}"))
                .isEqualTo(counts ? 1 : 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "QUERY"})
    void aSafeMethodEndsNothing(String method) {
        answerAll();
        proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [lists]}, cache: false}\n"));
        warm("/list");
        send(method, "/w", "");
        assertLives("/list");
    }

    @Test
    void invalidateOnWriteEndsThePathInEveryFormAndItsTags() {
        answerAll();
        proxy(policies("""
            - name: item
              match: {path: "/items/{id}", method: GET}
              ttl: 10m
              tags: ["item:{id}"]
              vary_by: ["header:X-Lang"]
              invalidate_on_write: true
            - {name: of, match: {path: "/of/{id}", method: GET}, ttl: 10m, tags: ["item:{id}"]}
            """));
        get("/items/1", "X-Lang: de");
        warm("/items/1", "/items/1?q=1", "/items/2", "/of/1", "/of/2");
        send("PATCH", "/items/1?any=1", "x");
        assertThat(get("/items/1", "X-Lang: de").cache()).isEqualTo("MISS");
        assertEnded("/items/1", "/items/1?q=1", "/of/1");
        assertLives("/items/2", "/of/2");
    }

    @Test
    void aWriteThatTheOriginDropsInTheMiddleEndsRatherTooMuch() {
        answerAll();
        origin.on("/w", call -> {
            call.body();
            call.reset();
        });
        origin.on("/half", call -> {
            call.body();
            call.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            call.close();
        });
        proxy(policies(READS + "- {name: w, match: {path: \"/{w}\"}, invalidate: {tags: [lists]}, cache: false}\n"));
        warm("/list");
        assertThat(send("POST", "/w", "x").status()).isEqualTo(502);
        assertEnded("/list");
        warm("/list");
        try (Client client = new Client(current().port())) {
            client.send("POST", "/half", "x");
            assertThat(client.readHead().status()).isEqualTo(200);
        } catch (java.io.IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
        assertEnded("/list");
    }

    @Test
    void aWriteThatNeverReachedTheOriginEndsNothing() {
        answerAll();
        proxy("""
            version: 1
            origins: {api: {servers: ["${ORIGIN}"]}, gone: {servers: ["http://127.0.0.1:1"]}}
            defaults: {origin: api}
            policies:
            """ + (READS + "- {name: w, match: {path: /w}, origin: gone, invalidate: {tags: [lists]}}\n").indent(2));
        warm("/list");
        assertThat(send("POST", "/w", "x").status()).isEqualTo(502);
        assertLives("/list");
    }

    @Test
    void theClientReadsItsOwnWriteAtOnce() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        answerAll();
        origin.on("/w", call -> {
            call.body();
            call.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            gate.await();
            call.raw("0\r\n\r\n");
        });
        Proxy proxy =
                proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [lists]}, cache: false}\n"));
        warm("/list");
        try (Client writer = new Client(proxy.port())) {
            writer.send("POST", "/w", "x");
            writer.readHead();
            assertEnded("/list"); // the head is here, the body is not
            gate.countDown();
        }
    }

    /** Whatever the purge does with time and order, the answers of writes come as the origin sent them. */
    @Test
    void answersOfWritesStayWhole() throws Exception {
        byte[] large = new byte[3 << 20];
        new java.util.Random(7).nextBytes(large);
        answerAll();
        origin.on("/large", call -> {
            byte[] body = call.body();
            call.reply(200, body.length == large.length ? large : new byte[0], "X-End: to-end");
        });
        origin.on("/trailers", call -> {
            call.body();
            call.raw("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                    + "5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n");
        });
        origin.on("/continue", call -> {
            call.raw("HTTP/1.1 100 Continue\r\n\r\n");
            call.reply(200, new String(call.body(), java.nio.charset.StandardCharsets.US_ASCII));
        });
        origin.on("/nothing", call -> {
            call.body();
            call.reply(204, "");
        });
        Proxy proxy = proxy(policies(
                READS + "- {name: w, match: {path: \"/{w}\"}, invalidate: {tags: [lists, items]}, cache: false}\n"));
        try (Client client = new Client(proxy.port())) {
            for (int round = 0; round < 3; round++) {
                warm("/list", "/items/1");
                client.raw("POST /large HTTP/1.1\r\nHost: example.org\r\nContent-Length: " + large.length + "\r\n\r\n")
                        .raw(large);
                Client.Response answer = client.read("POST");
                assertThat(answer.body()).isEqualTo(large);
                assertThat(answer.header("X-End")).isEqualTo("to-end");
                assertEnded("/list", "/items/1");
                client.raw("PUT /trailers HTTP/1.1\r\nHost: example.org\r\nTE: trailers\r\nContent-Length: 1\r\n\r\nx");
                answer = client.read("PUT");
                assertThat(answer.text()).isEqualTo("hello");
                assertThat(answer.trailers()).contains("X-Sum: 5");
                client.raw("POST /continue HTTP/1.1\r\nHost: example.org\r\nExpect: 100-continue\r\n"
                        + "Content-Length: 3\r\n\r\n");
                assertThat(client.readHead().status()).isEqualTo(100);
                client.raw("abc");
                assertThat(client.read("POST").text()).isEqualTo("abc");
                client.send("DELETE", "/nothing", "");
                assertThat(client.read("DELETE").status()).isEqualTo(204);
            }
        }
    }

    @Test
    void aReadThatIsPipelinedBehindAWriteSeesIt() throws Exception {
        answerAll();
        Proxy proxy =
                proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [lists]}, cache: false}\n"));
        warm("/list");
        try (Client client = new Client(proxy.port())) {
            String host = " HTTP/1.1\r\nHost: example.org\r\n";
            for (int round = 0; round < 20; round++) {
                client.raw("POST /w" + host + "Content-Length: 1\r\n\r\nxGET /list" + host + "\r\nGET /list" + host
                        + "\r\n");
                assertThat(client.read("POST").status()).isEqualTo(200);
                Client.Response first = client.read("GET");
                assertThat(first.cache()).isEqualTo("MISS");
                Client.Response second = client.read("GET");
                assertThat(second.text()).as("found, or waited for").isEqualTo(first.text());
                settle();
                assertThat(get("/list").text()).isEqualTo(first.text());
            }
        }
    }

    @Test
    void aWriterThatLeavesInTheMiddleOfTheAnswerHasWritten() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        answerAll();
        origin.on("/w", call -> {
            call.body();
            gate.await();
            call.reply(200, new byte[1 << 20]);
        });
        Proxy proxy =
                proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [lists]}, cache: false}\n"));
        warm("/list");
        try (Client leaver = new Client(proxy.port())) {
            leaver.send("POST", "/w", "x");
            await().until(() -> origin.count("/w") == 1);
        }
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/list").cache()).isEqualTo("MISS"));
        await().until(() -> metric("lacquer_flights") == 0);
    }

    @Test
    void whatAWriteEndedTakesNoRoom() {
        answerAll();
        proxy(policies(READS + "- {name: w, match: {path: /w}, invalidate: {tags: [items]}, cache: false}\n"));
        for (int i = 0; i < 50; i++) {
            get("/items/" + i);
        }
        warm("/list");
        send("POST", "/w", "x");
        await().untilAsserted(() -> assertThat(metric("lacquer_l1_entries")).isEqualTo(1));
        assertLives("/list");
    }

    /** Who reads is not who writes: a policy that is chosen by a header, a parameter or a status is not the writer's. */
    @Test
    void aWriteEndsWhatAnyPolicyHasStoredForItsPath() {
        AtomicInteger status = new AtomicInteger(200);
        origin.on("*", call -> {
            call.body();
            call.reply(status.get(), "v" + origin.count("/" + call.target.split("[/?]")[1]), date());
        });
        proxy(policies("""
            - name: json
              match: {path: "/s/**", header: {Accept: "*json*"}}
              ttl: 10m
              key: {query: {sort: true, drop: ["utm_*"]}}
            - {name: other, match: {path: "/s/**"}, ttl: 10m}
            - {name: of-query, match: {path: "/q/{id}", query: {f: json}}, ttl: 10m, tags: ["q:{id}"], invalidate_on_write: true}
            - {name: of-header, match: {path: "/h/{id}", header: {X-V: "2"}, method: GET}, ttl: 10m, invalidate_on_write: true}
            - {name: none, match: {path: "/n/{id}", status: [404]}, ttl: 10m}
            - {name: all, match: {path: "/n/{id}"}, ttl: 10m, invalidate_on_write: true}
            """));
        assertWriteEnds("/s/x?b=1&a=2&utm_a=3", "/s/x?b=1&a=2&utm_a=3", "Accept: application/json");
        assertWriteEnds("/q/1?f=json&p=1", "/q/1", "X-None: 1");
        assertWriteEnds("/h/1?p=1", "/h/1", "X-V: 2");
        assertWriteEnds("/n/2?p=1", "/n/2", "X-None: 1");
        status.set(404);
        get("/n/1?p=1");
        assertThat(get("/n/1?p=1").cache()).isEqualTo("HIT");
        status.set(201);
        send("PUT", "/n/1", "x");
        status.set(200);
        assertThat(get("/n/1?p=1").status()).isEqualTo(200);
    }

    private void assertWriteEnds(String read, String write, String field) {
        get(read, field);
        assertThat(get(read, field).cache()).as(read).isEqualTo("HIT");
        send("POST", write, "x");
        assertThat(get(read, field).cache()).as(read + " after " + write).isEqualTo("MISS");
    }

    @Test
    void whereAWriteLeadsEndsWhateverSchemeItIsSaidWith() {
        answerAll();
        origin.on("/w", call -> {
            call.body();
            call.reply(201, "", "Location: https://example.org/a", "Location: http://EXAMPLE.org/b");
        });
        proxy(policies("- {name: r, match: {path: \"/{x}\", method: GET}, ttl: 10m}\n"));
        warm("/a", "/b", "/c");
        send("POST", "/w", "x");
        assertEnded("/a", "/b");
        assertLives("/c");
    }

    @Test
    void aValueThatNoTagCanHoldAsItIsEndsWhatItTagged() {
        answerAll();
        proxy(policies("""
            - {name: r, match: {path: "/u/{id}/posts"}, ttl: 10m, tags: ["user:{id}"]}
            - {name: t, match: {path: "/t"}, ttl: 10m, key: {headers: [X-Tenant]}, tags: ["tenant:{header:X-Tenant}"]}
            - {name: w, match: {path: "/u/{id}", method: PUT}, invalidate: {tags: ["user:{id}"]}}
            - {name: wt, match: {path: "/wt", method: PUT}, invalidate: {tags: ["tenant:{header:X-Tenant}"]}}
            """));
        for (String id : List.of("a%20b", "a%C2%A0b", "a%E2%80%A8b", "a%FFb", "x".repeat(129), "x".repeat(3_000))) {
            warm("/u/" + id + "/posts");
            send("PUT", "/u/" + id, "x");
            assertEnded("/u/" + id + "/posts");
        }
        for (String tenant : List.of("a b", "a, b", "x".repeat(200))) {
            get("/t", "X-Tenant: " + tenant);
            assertThat(get("/t", "X-Tenant: " + tenant).cache()).as(tenant).isEqualTo("HIT");
            send("PUT", "/wt", "x", "X-Tenant: " + tenant);
            assertThat(get("/t", "X-Tenant: " + tenant).cache()).as(tenant).isEqualTo("MISS");
        }
        warm("/u/a%20b/posts");
        purge("{'tags':['user:a%20b']}");
        assertEnded("/u/a%20b/posts");
        assertThat(metric("lacquer_tags_dropped_total")).isZero();
    }
}
