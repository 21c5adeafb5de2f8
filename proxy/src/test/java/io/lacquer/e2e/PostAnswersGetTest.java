package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answer to a POST that is, by its {@code Content-Location} and lifetime, what a GET would give (RFC 9110 §9.3.3). */
class PostAnswersGetTest extends WithPurges {
    /** A GET says {@code GET}, a POST {@code POST} with these fields. */
    private void answer(String path, String... fields) {
        origin.on(path, call -> {
            call.body();
            if (call.method.equals("POST")) {
                call.reply(200, "POST", fields);
            } else {
                call.reply(200, call.method, date(), "Cache-Control: max-age=60");
            }
        });
    }

    /** What a POST brings is stored by no flight that others could wait for. */
    private void awaitEntries(int count) {
        await().until(() -> current().server().metrics().contains("lacquer_l1_entries " + count + ".0\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "a", "http://example.org/a", "HTTP://EXAMPLE.ORG:80/a", "/b/../a", "/%61", "#top"})
    void itAnswersLaterGetsAndHeads(String location) {
        answer("/a", "Cache-Control: max-age=60", "Content-Location: " + location);
        proxy(PLAIN);
        assertThat(send("POST", "/a", "x").text()).isEqualTo("POST");
        awaitEntries(1);
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.text()).isEqualTo("POST");
        Client.Response head = send("HEAD", "/a", "");
        assertThat(head.cache()).isEqualTo("HIT");
        assertThat(head.header("Content-Length")).isEqualTo("4");
        clock.advance(Duration.ofSeconds(61));
        assertThat(get("/a").text()).isEqualTo("GET");
    }

    @Test
    void itReplacesWhatAGetHadBroughtAndTheQueryCounts() {
        answer("/a", "Cache-Control: max-age=60", "Content-Location: /a?n=1");
        proxy(PLAIN);
        get("/a?n=1");
        get("/a?n=2");
        long before = current().server().ledger().used();
        send("POST", "/a?n=1", "x");
        await().until(() -> current().server().ledger().used() > before); // its body is longer
        assertThat(get("/a?n=1").text()).isEqualTo("POST");
        Client.Response other = get("/a?n=2");
        assertThat(other.text()).isEqualTo("GET");
        assertThat(other.cache()).isEqualTo("HIT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cache-Control: max-age=60",
                "Cache-Control: max-age=60|Content-Location: /b",
                "Cache-Control: max-age=60|Content-Location: /a?n=1",
                "Cache-Control: max-age=60|Content-Location: http://elsewhere.org/a",
                "Cache-Control: max-age=60|Content-Location: http://example.org:81/a",
                "Cache-Control: max-age=60|Content-Location: /a|Content-Location: /b",
                "Cache-Control: max-age=60|Content-Location: /a;v=1",
                "Content-Location: /a",
                "Cache-Control: public|Content-Location: /a|Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
                "Cache-Control: max-age=0|Content-Location: /a|ETag: \"1\"",
                "Cache-Control: max-age=60, no-cache|Content-Location: /a|ETag: \"1\"",
                "Cache-Control: max-age=60, private|Content-Location: /a",
                "Cache-Control: max-age=60, no-store|Content-Location: /a",
                "Cache-Control: max-age=60|Set-Cookie: a=b|Content-Location: /a",
                "Cache-Control: max-age=60|Vary: *|Content-Location: /a"
            })
    void withoutLocationOrLifetimeOrForOneAloneItAnswersNobodyElse(String fields) {
        answer("/a", fields.split("\\|"));
        proxy(PLAIN);
        send("POST", "/a", "x");
        Client.Response next = get("/a");
        assertThat(next.cache()).isEqualTo("MISS");
        assertThat(next.text()).isEqualTo("GET");
        assertThat(origin.last("/a").header("If-None-Match")).isNull();
    }

    @Test
    void aPoliciesLifetimeIsNoExplicitOne() {
        answer("/a", "Content-Location: /a");
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        send("POST", "/a", "x");
        assertThat(get("/a").text()).isEqualTo("GET");
    }

    @Test
    void otherStatusesAndMethodsDoNotAnswerGets() {
        origin.on("*", call -> {
            call.body();
            boolean created = call.method.equals("POST");
            String path = call.target;
            call.reply(
                    created ? 201 : 200, call.method, date(), "Cache-Control: max-age=60", "Content-Location: " + path);
        });
        proxy(PLAIN);
        send("POST", "/created", "x");
        assertThat(get("/created").text()).isEqualTo("GET");
        for (String method : new String[] {"PUT", "PATCH", "DELETE", "OPTIONS"}) {
            send(method, "/" + method, "x");
            assertThat(get("/" + method).text()).isEqualTo("GET");
        }
    }

    @Test
    void credentialsAndVariantsCountAsInAGet() {
        answer("/a", "Cache-Control: max-age=60", "Content-Location: /a");
        answer("/v", "Cache-Control: max-age=60", "Content-Location: /v", "Vary: Accept-Language");
        proxy(PLAIN);
        send("POST", "/a", "x", "Authorization: me");
        assertThat(get("/a").text()).isEqualTo("GET");
        send("POST", "/v", "x", "Accept-Language: de");
        awaitEntries(3); // its variants are listed in one of their own
        assertThat(get("/v", "Accept-Language: fr").text()).isEqualTo("GET");
        assertThat(get("/v", "Accept-Language: de").text()).isEqualTo("POST");
    }

    @Test
    void whatTheReadersPolicyDoesNotCacheStaysOut() {
        for (String path : new String[] {"/off", "/bypass", "/proxyoff"}) {
            answer(path, "Cache-Control: max-age=60", "Content-Location: " + path);
        }
        Proxy proxy = proxy(policies("""
            - {name: off, match: {path: /off, method: GET}, cache: false}
            - {name: bypass, match: {path: /bypass, method: GET}, bypass: {cookie: [sid]}}
            - {name: proxyoff, match: {path: /proxyoff, method: GET}, ttl: {proxy: off}}
            """));
        send("POST", "/off", "x");
        send("POST", "/bypass", "x", "Cookie: sid=1");
        send("POST", "/proxyoff", "x");
        assertThat(get("/bypass").text()).isEqualTo("GET");
        assertThat(proxy.reload(PLAIN)).isEmpty();
        assertThat(get("/off").text()).isEqualTo("GET");
        assertThat(get("/proxyoff").text()).isEqualTo("GET");
    }

    @Test
    void aWriteThatCameBetweenWins() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            String content = new String(call.body(), java.nio.charset.StandardCharsets.UTF_8);
            if (content.equals("first")) {
                gate.await();
            }
            String[] fields = content.equals("first")
                    ? new String[] {"Cache-Control: max-age=60", "Content-Location: /a"}
                    : new String[] {date()};
            call.reply(200, call.method + content, fields);
        });
        proxy(PLAIN);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> first = threads.submit(() -> send("POST", "/a", "first"));
            await().until(() -> origin.count("/a") == 1);
            assertThat(send("POST", "/a", "second").status()).isEqualTo(200);
            gate.countDown();
            assertThat(first.get().text()).isEqualTo("POSTfirst");
        }
        assertThat(get("/a").text()).isEqualTo("GET");
    }

    /** A POST whose answer names a tag waits at the origin, while that happens. */
    private void whileItWaits(Runnable happens) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            call.body();
            if (call.method.equals("POST")) {
                gate.await();
                call.reply(200, "POST", "Cache-Control: max-age=60", "Content-Location: /a", "Surrogate-Key: things");
            } else {
                call.reply(200, call.method, date());
            }
        });
        proxy(PLAIN);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> first = threads.submit(() -> send("POST", "/a", "x"));
            await().until(() -> origin.count("/a") == 1);
            try {
                happens.run();
            } finally {
                gate.countDown();
            }
            assertThat(first.get().text()).isEqualTo("POST");
        }
    }

    @Test
    void purgesOfOtherThingsMeanwhileDoNotMatter() throws Exception {
        origin.on("/b", call -> {
            call.body();
            call.reply(200, call.method, date());
        });
        whileItWaits(() -> {
            send("PUT", "/b", "x");
            purge("{'tags':['others'],'urls':['example.org/c']}");
        });
        awaitEntries(1);
        assertThat(get("/a").text()).isEqualTo("POST");
    }

    @Test
    void aPurgeOfItsTagMeanwhileCounts() throws Exception {
        whileItWaits(() -> purge("{'tags':['things']}"));
        assertThat(get("/a").text()).isEqualTo("GET");
    }

    @Test
    void aWriteDuringItsBodyWins() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            call.body();
            switch (call.method) {
                case "POST" -> {
                    call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Location: /a\r\n"
                            + "Content-Length: 4\r\n\r\nPO");
                    gate.await();
                    call.raw("ST");
                }
                default -> call.reply(200, call.method, date());
            }
        });
        Proxy proxy = proxy(PLAIN);
        try (Client client = new Client(proxy.port())) {
            client.send("POST", "/a", "x");
            assertThat(client.readHead().status()).isEqualTo(200);
            send("PUT", "/a", "x");
            gate.countDown();
            assertThat(new String(client.input().readNBytes(4), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("POST");
        }
        assertThat(get("/a").text()).isEqualTo("GET");
        await().until(() -> proxy.server().ledger().used() == 0);
    }

    @Test
    void anAnswerThatBreaksOffAnswersNobody() {
        origin.on("/a", call -> {
            if (call.method.equals("POST")) {
                call.body();
                call.raw("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Location: /a\r\n"
                                + "Content-Length: 40000\r\n\r\nPO")
                        .close();
            } else {
                call.reply(200, "GET", date());
            }
        });
        proxy(PLAIN);
        try {
            assertThat(send("POST", "/a", "x").status()).isEqualTo(502);
        } catch (java.io.UncheckedIOException brokenOff) {
            assertThat(brokenOff.getCause()).isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
        assertThat(get("/a").text()).isEqualTo("GET");
    }

    @Test
    void parametersThatDoNotCountCanNotPutWordsIntoAGetsAnswer() {
        origin.on("/a", call -> {
            call.body();
            call.reply(200, call.target, date(), "Cache-Control: max-age=60", "Content-Location: " + call.target);
        });
        proxy(policies("- {name: a, match: {path: /a}, key: {query: {drop: [\"utm_*\"]}}}"));
        assertThat(send("POST", "/a?utm_x=evil", "x").text()).isEqualTo("/a?utm_x=evil");
        assertThat(get("/a").text()).isEqualTo("/a");
        assertThat(get("/a?utm_x=good").text()).isEqualTo("/a");
    }

    @Test
    void anotherSpellingOfThePathIsNotAskedForLikeAGet() {
        origin.on("*", call -> {
            call.body();
            call.reply(200, call.target, date(), "Cache-Control: max-age=60", "Content-Location: /a");
        });
        proxy(PLAIN);
        assertThat(send("POST", "/x/../a", "x").text()).isEqualTo("/x/../a");
        assertThat(get("/a").text()).isEqualTo("/a");
    }

    @Test
    void anotherOriginsWordIsNotTakenForTheReaders() {
        try (Origin other = new Origin()) {
            other.on("/a", call -> {
                call.body();
                call.reply(200, "other", date(), "Cache-Control: max-age=60", "Content-Location: /a");
            });
            answer("/a");
            proxy("""
                version: 1
                origins: {api: {servers: ["${ORIGIN}"]}, other: {servers: ["%s"]}}
                defaults: {origin: api}
                policies:
                  - {name: writes, match: {path: /a, method: POST}, origin: other}
                """.formatted(other.url()));
            assertThat(send("POST", "/a", "x").text()).isEqualTo("other");
            assertThat(get("/a").text()).isEqualTo("GET");
        }
    }
}
