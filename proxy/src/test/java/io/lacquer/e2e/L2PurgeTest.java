package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is out of date does not come back from L2, and what is in L1 is not lost to it. */
class L2PurgeTest extends WithRedis {
    private static String policies(String uri, String policies) {
        return yaml(uri, "") + "policies:\n" + policies.indent(2);
    }

    @Test
    void aPurgeHoldsAgainstCopiesInL2() {
        origin.on("*", call -> call.reply(200, call.method + origin.count(), "Cache-Control: max-age=600"));
        origin.on(
                "/gone",
                call -> call.reply(
                        call.method.equals("DELETE") ? 200 : origin.count("/gone") == 1 ? 200 : 503,
                        "x",
                        "Cache-Control: max-age=600"));
        Proxy proxy = proxy();
        get(proxy, "/a");
        get(proxy, "/gone");
        keys(2);
        Client.once(proxy.port(), "PUT", "/a", "");
        Client.once(proxy.port(), "DELETE", "/gone", "");
        assertThat(get(proxy, "/a").cache()).isEqualTo("MISS");
        Client.Response gone = get(proxy, "/gone");
        assertThat(gone.status()).as("%s", gone.fields()).isEqualTo(503);
    }

    @Test
    void aPurgeHoldsAgainstWhatAnotherProcessWroteBefore() {
        origin.on("/a", call -> call.reply(200, call.method + origin.count(), "Cache-Control: max-age=600"));
        Proxy first = proxy();
        Proxy second = proxy();
        get(second, "/a");
        keys(1);
        Client.once(first.port(), "PUT", "/a", "");
        assertThat(get(first, "/a").level()).isEqualTo("ORIGIN");
        settle(first);
        assertThat(get(first, "/a").level()).isEqualTo("L1");
    }

    @Test
    void aPurgedCopyThatIsFoundInL2IsRemovedSoThatNoRestartBringsItBack() {
        origin.on(
                "/a",
                call -> call.reply(
                        call.method.equals("GET") && origin.count("/a") > 1 ? 404 : 200,
                        "x",
                        origin.count("/a") > 1 ? "Cache-Control: no-store" : "Cache-Control: max-age=600"));
        Proxy before = proxy();
        get(before, "/a");
        keys(1);
        Client.once(before.port(), "DELETE", "/a", "");
        assertThat(get(before, "/a").status()).isEqualTo(404);
        keys(0);
        before.close();
        assertThat(get(proxy(), "/a").status()).isEqualTo(404);
    }

    @Test
    void anEditedKeyShapeCannotReuseOldEntries() {
        origin.on("/a", echo("Cache-Control: max-age=600"));
        Proxy before = proxy(policies(redis.uri(), "- {name: a, match: {path: /a}, ttl: 10m}"));
        get(before, "/a");
        keys(1);
        Proxy after = proxy(
                policies(redis.uri(), "- {name: a, match: {path: /a}, ttl: 10m, vary_by: [\"header:X-Tenant\"]}"));
        assertThat(get(after, "/a").level()).isEqualTo("ORIGIN");
        before.reload(policies(redis.uri(), "- {name: a, match: {path: /a}, ttl: 10m, key: {query: {sort: true}}}"));
        assertThat(get(before, "/a").level()).isEqualTo("ORIGIN");
        keys(3);
    }

    @Test
    void anEditedLifetimeActsOnWhatIsInL2() {
        origin.on("/a", echo("Age: 100"));
        get(proxy(policies(redis.uri(), "- {name: a, match: {path: /a}, ttl: 10m}")), "/a");
        keys(1);
        Proxy shorter = proxy(policies(redis.uri(), "- {name: a, match: {path: /a}, ttl: 30s}"));
        assertThat(get(shorter, "/a").level()).isEqualTo("ORIGIN");
    }

    @Test
    void anOlderCopyInL2IsNeverServedInPlaceOfANewerOneInL1() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "v" + origin.count("/a"),
                        origin.count("/a") == 1 ? "Cache-Control: max-age=600" : "Cache-Control: max-age=1"));
        Proxy proxy = proxy();
        get(proxy, "/a");
        keys(1);
        raw.call("CONFIG", "SET", "maxmemory", "1"); // L2 takes nothing any more
        assertThat(get(proxy, "/a", "Cache-Control: no-cache").text()).isEqualTo("v2");
        await().untilAsserted(() -> assertThat(get(proxy, "/a").text()).isEqualTo("v3"));
    }

    @Test
    void variantsDoNotWaitForEachOtherWhileL2IsAway() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            if ("fr".equals(call.header("Accept-Language"))) {
                gate.await();
            }
            call.reply(200, "x", "Cache-Control: max-age=600", "Vary: Accept-Language");
        });
        Proxy proxy = proxy(hasty(redis.uri()));
        get(proxy, "/a", "Accept-Language: en");
        redis.kill();
        await().until(() -> !proxy.server().isL2Up());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> fr = threads.submit(() -> get(proxy, "/a", "Accept-Language: fr"));
            await().until(() -> origin.count("/a") == 2);
            Future<Client.Response> de = threads.submit(() -> get(proxy, "/a", "Accept-Language: de"));
            try {
                assertThat(de.get(5, TimeUnit.SECONDS).header("Cache-Status")).doesNotContain("not-shared");
            } finally {
                gate.countDown();
            }
            assertThat(fr.get().status()).isEqualTo(200);
        }
    }

    @Test
    void concurrentLookUpsOfAVariedKeyAreAccountedForOnce() throws Exception {
        origin.on("/a", echo("Cache-Control: max-age=600", "Vary: Accept"));
        get(proxy(), "/a");
        keys(2);
        try (Relay relay = new Relay(redis.port());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Proxy alone = proxy();
            get(alone, "/a");
            Proxy proxy = proxy(yaml(relay.uri(), "").replace("timeout: 2s", "timeout: 10s"));
            relay.does(Relay.late(300));
            List<Future<Client.Response>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(threads.submit(() -> get(proxy, "/a")));
            }
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get().cache()).isEqualTo("HIT");
            }
            await().untilAsserted(() -> assertThat(proxy.server().ledger().used())
                    .isEqualTo(alone.server().ledger().used()));
        }
    }
}
