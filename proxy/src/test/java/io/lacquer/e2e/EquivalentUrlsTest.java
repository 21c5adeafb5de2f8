package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code No-Vary-Search}: queries that the origin calls the same share an answer, and nothing else does. */
class EquivalentUrlsTest extends EndToEnd {
    private static final String ALL = "No-Vary-Search: params";
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Answers with the target. */
    private void echo(String... fields) {
        origin.on("/a", call -> {
            call.body();
            List<String> all = new ArrayList<>(List.of(fields));
            all.add(date());
            call.reply(200, call.target, all.toArray(new String[0]));
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key-order|/a?x=1&y=2|/a?y=2&x=1",
                "key-order|/a?x=1&x=2&y=3|/a?y=3&x=1&x=2",
                "key-order|/a?x=%61|/a?x=a",
                "key-order|/a?x=a+b|/a?x=a%20b",
                "key-order|/a?x|/a?&x=&",
                "params|/a?x=1|/a?y=2&z=3",
                "params|/a?x=1|/a",
                "params|/a|/a?",
                "params=(\"x\")|/a?x=1&y=2|/a?y=2&x=3&x=4",
                "params=(\"x\" \"z\")|/a?y=2|/a?z=1&y=2&x=3",
                "params=(\"a%20b\")|/a?a+b=1|/a?a%20b=2",
                "params, except=(\"y\")|/a?x=1&y=2|/a?z=3&y=2",
                "params, except=(\"y\")|/a?x=1|/a",
                "key-order, params=(\"x\")|/a?b=1&a=2&x=3|/a?a=2&x=5&b=1",
                "key-order, params, except=(\"a\" \"b\")|/a?b=1&a=2&x=3|/a?a=2&b=1"
            })
    void queriesThatDoNotDifferShareAnAnswer(String rule, String first, String second) {
        echo("Cache-Control: max-age=60", "No-Vary-Search: " + rule);
        proxy(PLAIN);
        get(first);
        Client.Response hit = get(second);
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.text()).isEqualTo(first);
        assertThat(send("HEAD", second, "").cache()).isEqualTo("HIT");
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key-order|/a?x=1&x=2|/a?x=2&x=1",
                "key-order|/a?x=1|/a?x=2",
                "key-order|/a?x=a%26y=b|/a?x=a&y=b",
                "key-order|/a?x%3D1=2|/a?x=1%3D2",
                "key-order|/a?X=1|/a?x=1",
                "params=(\"x\")|/a?x=1&y=2|/a?x=1&y=3",
                "params=(\"x\")|/a?y=1&z=2|/a?z=2&y=1",
                "params=(\"x\")|/a?X=1|/a?X=2",
                "params, except=(\"y\")|/a?y=2|/a?y=3",
                "params, except=(\"y\")|/a?y=|/a",
                "key-order=?0|/a?x=1&y=2|/a?y=2&x=1",
                "params=?0|/a?x=1|/a?x=2",
                // and what is malformed says nothing
                "params=(x)|/a?x=1|/a?x=2",
                "params=\"x\"|/a?x=1|/a?x=2",
                "params=(\"x\"|/a?x=1|/a?x=2",
                "params,|/a?x=1|/a?x=2",
                "PARAMS|/a?x=1|/a?x=2",
                "params=1|/a?x=1|/a?x=2",
                "key-order=yes|/a?x=1&y=2|/a?y=2&x=1",
                "except=(\"y\")|/a?x=1|/a?x=2",
                "params=(\"x\"), except=(\"y\")|/a?x=1|/a?x=2",
                "params, except=(y)|/a?x=1|/a?x=2"
            })
    void allOthersDoNot(String rule, String first, String second) {
        echo("Cache-Control: max-age=60", "No-Vary-Search: " + rule);
        proxy(PLAIN);
        get(first);
        Client.Response own = get(second);
        assertThat(own.cache()).isEqualTo("MISS");
        assertThat(own.text()).isEqualTo(second);
    }

    @Test
    void pathsHostsAndMethodsStayApart() {
        origin.on("*", call -> {
            call.body();
            call.reply(200, call.method + call.header("Host") + call.target, "Cache-Control: max-age=60", ALL);
        });
        proxy(PLAIN);
        assertThat(get("/a?x=1").text()).isEqualTo("GETexample.org/a?x=1");
        assertThat(get("/b?x=1").text()).isEqualTo("GETexample.org/b?x=1");
        assertThat(get("/a?x=2", "Host: other.org").text()).isEqualTo("GETother.org/a?x=2");
        assertThat(send("QUERY", "/a?x=2", "c").text()).isEqualTo("QUERYexample.org/a?x=2");
        assertThat(send("QUERY", "/a?x=3", "c").text()).isEqualTo("QUERYexample.org/a?x=2");
        assertThat(send("QUERY", "/a?x=3", "d").text()).isEqualTo("QUERYexample.org/a?x=3");
        assertThat(get("/a?x=3").text()).isEqualTo("GETexample.org/a?x=1");
    }

    @Test
    void partsOfTheKeyStayApart() {
        origin.on(
                "/a",
                call -> call.reply(
                        200, call.target + call.header("X-Tenant"), date(), "Cache-Control: max-age=60", ALL));
        proxy(policies("- {name: a, match: {path: /a}, key: {headers: [X-Tenant]}}"));
        assertThat(get("/a?x=1", "X-Tenant: one").text()).isEqualTo("/a?x=1one");
        assertThat(get("/a?x=2", "X-Tenant: two").text()).isEqualTo("/a?x=2two");
        assertThat(get("/a?x=3", "X-Tenant: one").text()).isEqualTo("/a?x=1one");
    }

    @Test
    void aWriteToTheUrlThatIsAskedForEndsWhatItWouldBeServed() {
        echo("Cache-Control: max-age=60", ALL);
        proxy(PLAIN);
        get("/a?x=1");
        assertThat(get("/a?x=2").cache()).isEqualTo("HIT");
        send("PUT", "/a?x=2", "new");
        assertThat(get("/a?x=2").text()).isEqualTo("/a?x=2");
        send("PUT", "/a?x=2", "new");
        assertThat(get("/a?x=3").cache()).as("of what was stored last").isEqualTo("MISS");
    }

    @Test
    void afterSuchAWriteRequestsStillShareAFetch() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            call.body();
            if (call.method.equals("GET") && call.target.endsWith("2")) {
                gate.await();
            }
            call.reply(200, call.target, date(), "Cache-Control: max-age=60", ALL);
        });
        Proxy proxy = proxy(PLAIN);
        get("/a?x=1");
        send("PUT", "/a?x=2", "new");
        List<Future<Client.Response>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(threads.submit(() -> get("/a?x=2")));
        }
        await().until(() -> collapsed(proxy) + origin.count("/a") - 2 >= 10);
        assertThat(origin.count("/a")).isEqualTo(3);
        gate.countDown();
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().text()).isEqualTo("/a?x=2");
        }
    }

    private static long collapsed(Proxy proxy) {
        String stats = new String(proxy.server().stats(), StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*\"collapsed\" : (\\d+).*", "$1"));
    }

    @Test
    void aRuleThatTheOriginTakesBackEndsWithTheAnswerThatSaidIt() {
        echo("Cache-Control: max-age=10", ALL);
        proxy(PLAIN);
        get("/a?x=1");
        assertThat(get("/a?x=2").cache()).isEqualTo("HIT");
        clock.advance(Duration.ofSeconds(20));
        echo("Cache-Control: max-age=10");
        assertThat(get("/a?x=1").cache()).isEqualTo("MISS");
        Client.Response own = get("/a?x=2");
        assertThat(own.cache()).isEqualTo("MISS");
        assertThat(own.text()).isEqualTo("/a?x=2");
        assertThat(get("/a?x=1").text()).isEqualTo("/a?x=1");
    }

    @Test
    void eachAnswerIsFoundByItsOwnRule() {
        origin.on("/a", call -> {
            String rule = call.target.contains("kind=1") ? "params=(\"x\")" : "key-order";
            call.reply(200, call.target, date(), "Cache-Control: max-age=60", "No-Vary-Search: " + rule);
        });
        proxy(PLAIN);
        get("/a?kind=1&x=1");
        get("/a?kind=2&x=1");
        assertThat(get("/a?kind=1&x=2").text()).isEqualTo("/a?kind=1&x=1");
        assertThat(get("/a?x=1&kind=2").text()).isEqualTo("/a?kind=2&x=1");
        assertThat(get("/a?x=1&kind=1").text()).isEqualTo("/a?kind=1&x=1");
        assertThat(get("/a?kind=2&x=2").text()).isEqualTo("/a?kind=2&x=2");
    }

    @Test
    void whoWaitsForAFetchIsNotGivenWhatAnotherUrlAskedFor() throws Exception {
        echo("Cache-Control: max-age=10", ALL);
        Proxy proxy = proxy(PLAIN);
        get("/a?x=1");
        clock.advance(Duration.ofSeconds(20));
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, call.target, date(), "Cache-Control: max-age=10"); // they do differ by now
        });
        Future<Client.Response> second = threads.submit(() -> get("/a?x=2"));
        await().until(() -> origin.count("/a") == 2);
        Future<Client.Response> first = threads.submit(() -> get("/a?x=1"));
        await().until(() -> origin.count("/a") == 3 || collapsed(proxy) == 1);
        gate.countDown();
        assertThat(second.get().text()).isEqualTo("/a?x=2");
        assertThat(first.get().text()).isEqualTo("/a?x=1");
    }

    @Test
    void anEntityTagOfOneUrlValidatesNoOther() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") == null) {
                call.reply(200, call.target, date(), "Cache-Control: max-age=10", "ETag: \"1\"", ALL);
            } else {
                call.reply(304, "", date(), "ETag: \"1\"");
            }
        });
        proxy(PLAIN);
        get("/a?x=1");
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a?x=2").text()).isEqualTo("/a?x=2");
        assertThat(get("/a?x=1").cache()).as("its own does").isNotEqualTo("MISS");
    }

    @Test
    void theAnswerToAHeadOfOneUrlRenewsNoOther() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "same",
                        date(),
                        "Cache-Control: max-age=10",
                        "ETag: \"1\"",
                        ALL,
                        "X-From: " + call.target));
        proxy(PLAIN);
        get("/a?x=1");
        clock.advance(Duration.ofSeconds(20));
        send("HEAD", "/a?x=2", "");
        Client.Response own = get("/a?x=1");
        assertThat(own.header("X-From")).isEqualTo("/a?x=1");
    }

    @Test
    void staleIsServedToEquivalentUrlsAndRefreshedForWhoAsked() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        call.target + " " + origin.count("/a"),
                        date(),
                        "Cache-Control: max-age=10, stale-while-revalidate=60",
                        ALL));
        proxy(PLAIN);
        get("/a?x=1");
        clock.advance(Duration.ofSeconds(20));
        Client.Response stale = get("/a?x=2");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.text()).isEqualTo("/a?x=1 1");
        await().untilAsserted(() -> {
            Client.Response fresh = get("/a?x=2");
            assertThat(fresh.cache()).isEqualTo("HIT");
            assertThat(fresh.text()).isEqualTo("/a?x=2 2");
        });
        assertThat(get("/a?x=3").text()).isEqualTo("/a?x=2 2");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void itGoesTogetherWithThePolicysOwnQueryRules() {
        echo("Cache-Control: max-age=60", "No-Vary-Search: params=(\"x\")");
        proxy(policies("- {name: a, match: {path: /a}, key: {query: {sort: true, drop: [\"utm_*\"]}}}"));
        assertThat(get("/a?y=1&utm_a=1&x=1").text()).isEqualTo("/a?x=1&y=1");
        assertThat(get("/a?utm_b=2&x=2&y=1").text()).isEqualTo("/a?x=1&y=1");
        assertThat(get("/a?y=1").text()).isEqualTo("/a?x=1&y=1");
        assertThat(get("/a?y=2&utm_a=1").text()).isEqualTo("/a?y=2");
        send("PUT", "/a?utm_c=3&y=1", "new");
        assertThat(get("/a?y=1&utm_d=4").cache()).isEqualTo("MISS");
    }

    @Test
    void itGoesTogetherWithVary() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        call.target + call.header("X-Kind"),
                        date(),
                        "Cache-Control: max-age=60",
                        ALL,
                        "Vary: X-Kind"));
        proxy(PLAIN);
        assertThat(get("/a?x=1", "X-Kind: a").text()).isEqualTo("/a?x=1a");
        assertThat(get("/a?x=2", "X-Kind: b").text()).isEqualTo("/a?x=2b");
        Client.Response hit = get("/a?x=3", "X-Kind: b");
        assertThat(hit.text()).isEqualTo("/a?x=2b");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(get("/a?x=3").text()).isEqualTo("/a?x=3null");
    }

    @Test
    void whatIsForOneAloneIsNotServedByAnotherName() {
        origin.on("/a", call -> call.reply(200, call.target, date(), "Cache-Control: private, max-age=60", ALL));
        proxy(PLAIN);
        get("/a?x=1");
        assertThat(get("/a?x=2").text()).isEqualTo("/a?x=2");
    }
}
