package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One log of purges for all nodes: in force on each, whatever its tiers hold, and whatever became of it before. */
class PurgeLogTest extends WithPurgeLog {
    @Test
    void aNodeWithoutHitsOfItsOwnRefusesAPurgeOfEverythingAllTheSame() {
        versions();
        Proxy busy = node("a", ", max_share: 0.5");
        Proxy idle = node("b", ", max_share: 0.5");
        warm(busy, "/x");
        assertSays(purge(idle, "{\"all\": true, \"dry_run\": true}"), 200, "\"share\":1");
        assertSays(purge(idle, "{\"all\": true}"), 409, "force");
        assertThat(get(busy, "/x").cache()).isEqualTo("HIT");
        assertThat(purge(idle, "{\"all\": true, \"force\": true, \"wait\": \"all\"}")
                        .status())
                .isEqualTo(200);
        assertThat(get(busy, "/x").cache()).isEqualTo("MISS");
    }

    @Test
    void aPurgeOnOneNodeIsInForceOnTheOthers() {
        List<Proxy> nodes = List.of(node("a"), node("b"), node("c"));
        nodes.forEach(node -> warm(node, "/x"));
        nodes.forEach(node -> warm(node, "/y"));
        List<String> purges = List.of(
                "{\"tags\": [\"all/x\"]}",
                "{\"urls\": [\"http://example.org/x\"]}",
                "{\"urls\": [\"example.org/x\"]}",
                "{\"prefixes\": [\"example.org/x\"]}",
                "{\"patterns\": [\"*/x\"]}",
                "{\"tag_patterns\": [\"*/x\"]}");
        for (int i = 0; i < purges.size(); i++) {
            version.incrementAndGet();
            Client.Response receipt = purge(nodes.get(i % 3), purges.get(i));
            assertThat(receipt.status()).as(receipt.text()).isEqualTo(200);
            assertThat(receipt.text()).contains("\"durable\":\"log\"").contains("\"entries\":1");
            assertThat(get(nodes.get(i % 3), "/x").text())
                    .as("at once where it was asked for")
                    .isEqualTo("v" + version);
            nodes.forEach(node -> awaitVersion(node, "/x", "v" + version));
            nodes.forEach(node -> assertThat(get(node, "/y").text()).isEqualTo("v1"));
            nodes.forEach(node -> warm(node, "/x"));
        }
        version.incrementAndGet();
        assertThat(purge(nodes.getFirst(), "{\"all\": true, \"wait\": \"all\"}").status())
                .isEqualTo(200);
        nodes.forEach(node -> assertThat(get(node, "/y").text()).isEqualTo("v" + version));
    }

    @Test
    void waitAllMeansEveryNodeHasIt() {
        List<Proxy> nodes = List.of(node("a"), node("b"), node("c"));
        nodes.forEach(node -> warm(node, "/x"));
        for (int i = 0; i < 30; i++) {
            version.incrementAndGet();
            Client.Response receipt = purge(nodes.get(i % 3), "{\"tags\": [\"all/x\"], \"wait\": \"all\"}");
            assertThat(receipt.status()).as(receipt.text()).isEqualTo(200);
            assertThat(receipt.text()).contains("\"everywhere\":true").contains("\"missing\":[]");
            for (Proxy node : nodes) {
                assertThat(get(node, "/x").text()).isEqualTo("v" + version);
            }
        }
    }

    @Test
    void aSoftPurgeMakesStaleEverywhere() {
        origin.on(
                "/s",
                call -> call.reply(
                        200,
                        "v" + version,
                        "Cache-Control: max-age=600, stale-while-revalidate=60",
                        "Surrogate-Key: s"));
        Proxy a = node("a");
        Proxy b = node("b");
        warm(a, "/s");
        warm(b, "/s");
        version.incrementAndGet();
        purge(a, "{\"tags\": [\"s\"], \"soft\": true, \"wait\": \"all\"}");
        assertThat(get(a, "/s").cache()).isEqualTo("STALE");
        Client.Response there = get(b, "/s");
        assertThat(there.text().equals("v2") || "STALE".equals(there.cache())).isTrue();
        awaitVersion(a, "/s", "v2");
        awaitVersion(b, "/s", "v2");
    }

    @Test
    void copiesInL2OfBeforeAPurgeDoNotOutliveARestartAndTheOthersDo() {
        Proxy a = node("a");
        get(a, "/x");
        get(a, "/y");
        await().atMost(SOON).until(() -> cached() == 2);
        version.incrementAndGet();
        assertThat(purgeTag(a, "all/x").status()).isEqualTo(200);
        a.close();
        assertThat(cached()).as("the purge touches no copy").isEqualTo(2);
        Proxy again = node("a");
        assertThat(get(again, "/x").text()).isEqualTo("v2");
        Client.Response y = get(again, "/y");
        assertThat(y.level()).isEqualTo("L2");
        assertThat(y.text()).isEqualTo("v1");
        Proxy another = node("b");
        assertThat(get(another, "/y").level()).isEqualTo("L2");
        assertThat(get(another, "/x").text()).isEqualTo("v2");
    }

    private long cached() {
        return raw.keys().size();
    }

    @Test
    void whatOneNodeStoresIsOfUseToOthersAfterManyPurges() {
        Proxy a = node("a");
        Proxy b = node("b");
        for (int i = 0; i < 20; i++) {
            assertThat(purge(i % 2 == 0 ? a : b, "{\"tags\": [\"t" + i + "\"], \"wait\": \"all\"}")
                            .status())
                    .isEqualTo(200);
        }
        get(a, "/x");
        await().atMost(SOON).until(() -> cached() == 1);
        assertThat(get(b, "/x").level()).isEqualTo("L2");
    }

    @Test
    void everyKeyButTheLogsDiesByItselfAndNothingWalksTheKeys() {
        raw.call("CONFIG", "RESETSTAT");
        Proxy a = node("a", ", hold: 0");
        Proxy b = node("b");
        origin.on("/v", call -> call.reply(200, "v", "Cache-Control: max-age=600", "Vary: Accept"));
        get(a, "/v");
        get(b, "/w");
        for (String json : List.of(
                "{\"tags\": [\"t\"]}",
                "{\"prefixes\": [\"example.org/z\"]}",
                "{\"patterns\": [\"*z\"]}",
                "{\"tag_patterns\": [\"z*\"]}",
                "{\"namespaces\": [\"z\"]}",
                "{\"tags\": [\"u\"], \"wait\": \"all\"}",
                "{\"tags\": [\"u\"], \"dry_run\": true}")) {
            assertThat(purge(a, json).status()).as(json).isEqualTo(200);
        }
        Client.once(b.port(), "POST", "/z", "x");
        await().atMost(SOON).until(() -> logLength() == 7);
        for (String command : List.of("keys", "scan", "flushall", "flushdb", "sscan", "hscan", "unlink")) {
            assertThat(raw.calls(command)).as(command).isZero();
        }
        await().atMost(SOON).until(() -> cached() == 3);
        for (String key : raw.allKeys()) {
            long ttl = raw.ttl(key);
            if (OF_THE_LOG.contains(key)) {
                assertThat(ttl).as(key).isEqualTo(-1);
            } else {
                assertThat(ttl).as(key).isPositive();
            }
        }
        assertThat(raw.allKeys()).hasSizeGreaterThan(3).containsAll(OF_THE_LOG);
    }

    @Test
    void aNodeThatLeavesIsNotWaitedFor() {
        Proxy a = node("a");
        Proxy b = node("b");
        assertThat(purge(a, "{\"tags\": [\"t\"], \"wait\": \"all\"}").text())
                .contains("\"a\"")
                .contains("\"b\"");
        b.close();
        Client.Response receipt = purge(a, "{\"tags\": [\"t\"], \"wait\": \"all\", \"timeout\": \"100ms\"}");
        assertThat(receipt.status()).as(receipt.text()).isEqualTo(200);
    }

    @Test
    void replicasThatAreWantedAndNotThereAreSaidToBeMissing() {
        Proxy a = node("a", ", min_replicas: 1");
        get(a, "/x");
        warm(a, "/x");
        version.incrementAndGet();
        Client.Response receipt = purgeTag(a, "all/x");
        assertThat(receipt.status()).as(receipt.text()).isEqualTo(202);
        assertThat(receipt.text()).contains("replicas");
        assertThat(get(a, "/x").text()).isEqualTo("v2");
        Client.Response everywhere = purge(a, "{\"tags\": [\"all/x\"], \"wait\": \"all\"}");
        assertThat(everywhere.status()).isEqualTo(503);
        Proxy passing = node("p", ", min_replicas: 1, when_cut_off: pass");
        for (int i = 0; i < 3; i++) {
            Client.Response got = get(passing, "/x");
            assertThat(got.cache()).isEqualTo("BYPASS");
            assertThat(got.header("Cache-Status")).contains("detail=cut-off");
        }
    }

    private static String counting(String name, String key) {
        return "policies: [{name: all, match: {path: \"/**\", method: GET}, ttl: 10m" + key + "}]\n" + name;
    }

    /** While a configuration is rolled out, nodes count queries in different ways. */
    @Test
    void aUrlIsPurgedAsEachNodeCountsItsQuery() {
        String sorting = ", key: {query: {sort: true, drop: [u]}}";
        String yamlA = counting(node(redis.uri(), "a", ""), sorting);
        Proxy a = ready(proxy(yamlA));
        Proxy b = ready(proxy(counting(node(redis.uri(), "b", ""), "")));
        warm(a, "/x?b=1&a=2");
        version.incrementAndGet();
        assertSays(purge(b, "{\"urls\":[\"example.org/x?b=1&u=1&a=2\"],\"wait\":\"all\",\"timeout\":\"20s\"}"), 200);
        assertThat(get(a, "/x?b=1&a=2").text()).isEqualTo("v2");
        warm(a, "/x?b=1&a=2");
        Client.once(b.port(), "POST", "/x?b=1&a=2", "x", "Host: example.org");
        awaitVersion(a, "/x?b=1&a=2", "v3");
    }

    /** What was purged while another way of counting was in force is so when the former one is back. */
    @Test
    void aReloadAndBackBringsNothingBackThatWasPurgedMeanwhile() {
        String sorting = ", key: {query: {sort: true}}";
        String sorted = counting(node(redis.uri(), "a", ""), sorting);
        String plain = counting(node(redis.uri(), "a", ""), "");
        Proxy a = ready(proxy(sorted));
        warm(a, "/x?b=1&a=2");
        assertThat(a.reload(plain)).isEmpty();
        version.incrementAndGet();
        assertSays(purge(a, "{\"urls\":[\"example.org/x?b=1&a=2\"]}"), 200);
        assertThat(a.reload(sorted)).isEmpty();
        assertThat(get(a, "/x?b=1&a=2").text()).isEqualTo("v2");
    }

    /** Nor what another node had stored in a way that is new here. */
    @Test
    void aNewWayOfCountingDoesNotBelieveWhatOthersStoredBefore() {
        String sorting = ", key: {query: {sort: true}}";
        Proxy a = ready(proxy(counting(node(redis.uri(), "a", ""), sorting)));
        Proxy b = ready(proxy(counting(node(redis.uri(), "b", ""), "")));
        get(a, "/x?b=1&a=2");
        keys(1);
        a.close();
        version.incrementAndGet();
        assertSays(purge(b, "{\"urls\":[\"example.org/x?b=1&a=2\"]}"), 200);
        assertThat(b.reload(counting(node(redis.uri(), "b", ""), sorting))).isEmpty();
        assertThat(get(b, "/x?b=1&a=2").text()).isEqualTo("v2");
    }
}
