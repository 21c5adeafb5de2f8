package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a write ends, whatever becomes of its client and its answer. */
class WritesTest extends EndToEnd {
    private final CountDownLatch gate = new CountDownLatch(1);

    private void answerAll() {
        origin.on("*", call -> call.reply(200, call.method + origin.count(), date()));
    }

    private void warm(String... paths) {
        for (String path : paths) {
            get(path);
            assertThat(get(path).cache()).as(path).isEqualTo("HIT");
        }
    }

    @Test
    void invalidateOnWriteEndsEveryQueryOfThePathAndNoOtherPath() {
        answerAll();
        proxy(policies(
                "- {name: a, match: {path: \"/a/{id}\", method: [GET, HEAD]}, ttl: 10m, invalidate_on_write: true}"));
        warm("/a/1", "/a/1?page=2", "/a/2");
        send("PUT", "/a/1", "x");
        assertThat(get("/a/1").cache()).isEqualTo("MISS");
        assertThat(get("/a/1?page=2").cache()).isEqualTo("MISS");
        assertThat(get("/a/2").cache()).isEqualTo("HIT");
    }

    @Test
    void namedUrlsGoThroughTheKeyFunctionOfWhoReadsThem() {
        answerAll();
        proxy(policies("""
            - {name: list, match: {path: /list, method: GET}, ttl: 10m, key: {query: {sort: true}}}
            - {name: write, match: {path: "/items/{id}"}, invalidate: {urls: ["/list?b=1&a=2"]}}
            """));
        warm("/list?a=2&b=1", "/list?a=3");
        send("POST", "/items/7", "x");
        assertThat(get("/list?a=2&b=1").cache()).isEqualTo("MISS");
        assertThat(get("/list?a=3").cache()).isEqualTo("HIT");
    }

    @Test
    void aWriteOverOneSchemeEndsTheCopyOfTheOther() {
        answerAll();
        proxy("trusted_proxies: [127.0.0.1]\n" + policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        get("/a", "X-Forwarded-Proto: https");
        assertThat(get("/a", "X-Forwarded-Proto: https").cache()).isEqualTo("HIT");
        send("POST", "/a", "x");
        assertThat(get("/a", "X-Forwarded-Proto: https").cache()).isEqualTo("MISS");
    }

    @Test
    void aWriteWhoseClientLeftCountsAllTheSame() throws Exception {
        origin.on("/a", call -> {
            call.body();
            if (call.method.equals("PUT")) {
                gate.await();
            }
            call.reply(200, call.method, date(), "Cache-Control: max-age=600");
        });
        Proxy proxy = proxy(PLAIN);
        warm("/a");
        try (Client leaver = new Client(proxy.port())) {
            leaver.send("PUT", "/a", "new");
            await().until(() -> origin.last("/a").method.equals("PUT"));
        }
        assertThat(get("/a").cache()).isEqualTo("HIT");
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/a").cache()).isEqualTo("MISS"));
    }

    @Test
    void aWriteWhoseAnswerNeverCameIsTakenToHaveHappened() {
        origin.on("/a", call -> {
            if (call.method.equals("PUT")) {
                call.reset();
            } else {
                call.reply(200, "x", date(), "Cache-Control: max-age=600");
            }
        });
        proxy(PLAIN);
        warm("/a");
        assertThat(send("PUT", "/a", "new").status()).isEqualTo(502);
        assertThat(get("/a").cache()).isEqualTo("MISS");
    }

    @Test
    void anAmbiguousWriteEndsWhatItsPolicyNames() {
        answerAll();
        proxy(policies("""
            - {name: list, match: {path: /list, method: GET}, ttl: 10m, tags: [all]}
            - {name: write, match: {path: "/items/**"}, invalidate: {tags: [all]}}
            """));
        warm("/list");
        send("PUT", "/items/5;v=1", "x");
        assertThat(get("/list").cache()).isEqualTo("MISS");
    }
}
