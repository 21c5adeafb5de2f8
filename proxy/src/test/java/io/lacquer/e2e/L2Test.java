package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What several processes, one after the other or side by side, have of one Redis. */
class L2Test extends WithRedis {
    @Test
    void aSecondProcessServesFromL2AndThenFromItsOwnL1WithOneAge() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Age: 100", "ETag: \"1\""));
        Proxy first = proxy();
        Proxy second = proxy();
        assertThat(get(first, "/a").level()).isEqualTo("ORIGIN");
        keys(1);
        await().until(() -> get(first, "/a").age() >= 102);
        int before = get(first, "/a").age();
        Client.Response l2 = get(second, "/a");
        Client.Response l1 = get(second, "/a");
        int after = get(first, "/a").age();
        assertThat(l2.cache()).isEqualTo("HIT");
        assertThat(l2.level()).isEqualTo("L2");
        assertThat(l2.text()).isEqualTo("/a");
        assertThat(l2.header("ETag")).isEqualTo("\"1\"");
        assertThat(l1.level()).isEqualTo("L1");
        assertThat(l2.age()).isBetween(before, after);
        assertThat(l1.age()).as("promotion restarts no clock").isBetween(before, after);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void aRestartedProcessServesFromL2AtOnceWithTheRightAge() {
        origin.on("/a", echo("Cache-Control: max-age=600", "Age: 100"));
        Proxy before = proxy();
        get(before, "/a");
        keys(1);
        await().until(() -> get(before, "/a").age() >= 102);
        before.close();
        Proxy after = proxy();
        Client.Response hit = get(after, "/a");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.age()).isBetween(102, 110);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void whatHasExpiredInL2IsNotFreshElsewhere() {
        origin.on("/a", echo("Cache-Control: max-age=102", "Age: 100"));
        Proxy first = proxy();
        get(first, "/a");
        await().until(() -> get(first, "/a").cache().equals("MISS"));
        assertThat(get(proxy(), "/a").age()).isLessThan(102);
    }

    @Test
    void variantsAreFoundByOtherProcesses() {
        origin.on(
                "/a",
                call -> call.reply(
                        200,
                        "for " + call.header("Accept-Language"),
                        "Cache-Control: max-age=600",
                        "Vary: Accept-Language"));
        Proxy first = proxy();
        Proxy second = proxy();
        get(first, "/a", "Accept-Language: de");
        get(first, "/a", "Accept-Language: fr");
        List<String> keys = keys(3);
        assertThat(keys).allMatch(key -> key.startsWith(keys.getFirst())).as("one hash tag, one index");
        Client.Response fr = get(second, "/a", "Accept-Language: fr");
        assertThat(fr.level()).isEqualTo("L2");
        assertThat(fr.text()).isEqualTo("for fr");
        assertThat(get(second, "/a", "Accept-Language: de").text()).isEqualTo("for de");
        assertThat(get(second, "/a", "Accept-Language: it").text()).isEqualTo("for it");
        assertThat(origin.count("/a")).isEqualTo(3);
    }

    @Test
    void aLargeBodyIsCompressedInRedisAndComesBackByteForByte() {
        byte[] body = new byte[300_001];
        Random random = new Random(1);
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) random.nextInt(4);
        }
        origin.on("/a", call -> call.reply(200, body, "Cache-Control: max-age=600"));
        Proxy first = proxy();
        get(first, "/a");
        assertThat(raw.get(keys(1).getFirst())).hasSizeLessThan(150_000);
        Client.Response hit = get(proxy(), "/a");
        assertThat(hit.level()).isEqualTo("L2");
        assertThat(hit.body()).isEqualTo(body);
    }

    @Test
    void statsTellWhatRedisHolds() {
        origin.on("*", call -> call.reply(200, "x", "Cache-Control: max-age=600"));
        Proxy proxy = proxy();
        get(proxy, "/a");
        keys(1);
        String stats = admin(proxy, "/api/v1/cache/stats").text();
        int from = stats.indexOf("\"l2\"");
        String l2 = stats.substring(from, stats.indexOf('}', from)); // what follows has fields of these names too
        for (String field : List.of("hits", "misses", "hit_ratio", "entries", "bytes", "evictions", "errors")) {
            assertThat(l2).containsPattern("\"" + field + "\" : [0-9]");
        }
    }

    @Test
    void aBodyThatDoesNotShrinkComesBackByteForByte() {
        byte[] body = new byte[100_000];
        new Random(1).nextBytes(body);
        origin.on("/a", call -> call.reply(200, body, "Cache-Control: max-age=600"));
        get(proxy(), "/a");
        keys(1);
        assertThat(get(proxy(), "/a").body()).isEqualTo(body);
        assertThat(origin.count("/a")).isEqualTo(1);
    }

    @Test
    void bodiesAboveItsLimitStayOutOfL2AndInL1() {
        origin.on(
                "*",
                call -> call.reply(
                        200, new byte[call.target.equals("/a") ? 10_241 : 10_240], "Cache-Control: max-age=600"));
        Proxy proxy = proxy(yaml(redis.uri(), ", max_object: 10KiB"));
        get(proxy, "/a");
        get(proxy, "/b");
        keys(1);
        assertThat(get(proxy, "/a").level()).isEqualTo("L1");
        assertThat(get(proxy(yaml(redis.uri(), ", max_object: 10KiB")), "/a").level())
                .isEqualTo("ORIGIN");
    }

    @Test
    void aSuccessorThatIsTooLargeForL2EndsTheCopyThere() {
        origin.on(
                "/a",
                call -> call.reply(
                        200, "n".repeat(origin.count("/a") == 1 ? 10 : 20_000), "Cache-Control: max-age=600"));
        Proxy proxy = proxy(yaml(redis.uri(), ", max_object: 10KiB"));
        get(proxy, "/a");
        keys(1);
        get(proxy, "/a", "Cache-Control: no-cache");
        keys(0);
    }

    @Test
    void everyKeyCarriesNamespaceVersionAndHashTagAndExpires() {
        origin.on("*", echo("Cache-Control: max-age=600", "Vary: Accept"));
        origin.on("/plain", echo("Cache-Control: max-age=600"));
        Proxy proxy = proxy(yaml(redis.uri(), ", version: 7"));
        get(proxy, "/a", "Accept: x");
        get(proxy, "/b", "Accept: y");
        get(proxy, "/plain");
        for (String key : keys(5)) {
            assertThat(key).matches("shop:v7:\\{[0-9a-f]{32}}(:[0-9a-f]{32})?");
            assertThat(raw.ttl(key)).isBetween(500_000L, 700_000L);
        }
    }

    @Test
    void noCommandIsEverSentThatTouchesKeysOfOthers() {
        origin.on("*", echo("Cache-Control: max-age=600", "Vary: Accept"));
        raw.call("SET", "others", "1");
        raw.call("CONFIG", "RESETSTAT");
        Proxy proxy = proxy();
        get(proxy, "/a");
        await().until(() -> raw.calls("set") == 2);
        Client.once(proxy.port(), "PUT", "/a", "");
        get(proxy, "/a");
        get(proxy(), "/a");
        proxy.close();
        assertThat(RawRedis.text(raw.call("INFO", "commandstats")).lines().map(line -> line.split(":")[0]))
                .allSatisfy(line -> assertThat(line)
                        .matches("(# Commandstats|cmdstat_(get|set|unlink|ping|echo|time|info|hello|auth|select"
                                + "|evalsha|eval|xadd|xread|xrange|xrevrange|xlen|hset|hmget|hgetall|hdel|expire"
                                + "|(client|config)(\\|.*)?))?"));
        assertThat(raw.get("others")).isNotNull();
    }

    @Test
    void concurrentLookUpsOfOneKeyAreOneLookUp() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "x", "Cache-Control: max-age=600");
        });
        try (Relay relay = new Relay(redis.port());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Proxy proxy = proxy(yaml(relay.uri(), "").replace("timeout: 2s", "timeout: 10s"));
            raw.call("CONFIG", "RESETSTAT");
            CountDownLatch hold = new CountDownLatch(1);
            relay.does(bytes -> {
                try {
                    hold.await(5, TimeUnit.SECONDS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                return bytes;
            });
            List<Future<Client.Response>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(threads.submit(() -> get(proxy, "/a")));
            }
            await().until(() -> metric(proxy, "lacquer_client_connections") == 50);
            hold.countDown();
            gate.countDown();
            for (Future<Client.Response> answer : answers) {
                assertThat(answer.get().text()).isEqualTo("x");
            }
            assertThat(raw.calls("get")).isLessThan(10);
            assertThat(origin.count("/a")).isEqualTo(1);
        }
    }

    @Test
    void aRaisedVersionMakesOldKeysUnreachableAndLeavesThemAlone() {
        origin.on("/a", echo("Cache-Control: max-age=600"));
        get(proxy(), "/a");
        keys(1);
        Proxy next = proxy(yaml(redis.uri(), ", version: 2"));
        assertThat(get(next, "/a").level()).isEqualTo("ORIGIN");
        keys(2);
    }

    @Test
    void anotherNamespaceIsAnotherCache() {
        origin.on("/a", echo("Cache-Control: max-age=600"));
        get(proxy(), "/a");
        keys(1);
        Proxy next = proxy(yaml(redis.uri(), "").replace("shop", "bank"));
        assertThat(get(next, "/a").level()).isEqualTo("ORIGIN");
        keys(2);
    }

    @Test
    void aRenewalReachesL2() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") == null) {
                call.reply(200, "one", "Cache-Control: max-age=101", "Age: 100", "ETag: \"1\"");
            } else {
                call.reply(304, "", "Cache-Control: max-age=600", "ETag: \"1\"", "X-New: yes");
            }
        });
        Proxy first = proxy();
        get(first, "/a");
        String key = keys(1).getFirst();
        byte[] before = raw.get(key);
        await().until(() -> get(first, "/a").cache().equals("REVALIDATED"));
        awaitOther(key, before);
        await().untilAsserted(() -> {
            Client.Response hit = get(proxy(), "/a");
            assertThat(hit.level()).isEqualTo("L2");
            assertThat(hit.header("X-New")).isEqualTo("yes");
            assertThat(hit.text()).isEqualTo("one");
        });
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    /** Waits until Redis holds another value than this: who looked before would ask the origin. */
    private void awaitOther(String key, byte[] before) {
        await().until(() -> !Arrays.equals(raw.get(key), before));
    }

    @Test
    void whatAnotherProcessHasRenewedIsNotFetchedAgain() {
        origin.on("/a", echo("Cache-Control: max-age=103", "Age: 100", "ETag: \"1\""));
        Proxy first = proxy();
        Proxy second = proxy();
        get(first, "/a");
        String key = keys(1).getFirst();
        byte[] before = raw.get(key);
        get(second, "/a");
        origin.on("/a", echo("Cache-Control: max-age=600", "ETag: \"2\""));
        await().until(() -> !get(first, "/a").cache().equals("HIT"));
        awaitOther(key, before);
        await().untilAsserted(() -> assertThat(get(second, "/a").header("ETag")).isEqualTo("\"2\""));
        assertThat(origin.count("/a")).isEqualTo(2);
    }
}
