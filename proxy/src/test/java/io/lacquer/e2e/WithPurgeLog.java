package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes over one purge log, before an origin whose answers carry a version. */
abstract class WithPurgeLog extends WithRedis {
    static final String LOG = "{shop:purge}:log";
    static final String STATE = "{shop:purge}:state";
    static final String MEMBERS = "{shop:purge}:members";
    static final List<String> OF_THE_LOG = List.of(LOG, STATE, MEMBERS);
    static final Duration SOON = Duration.ofSeconds(20);
    static final Duration OFTEN = Duration.ofMillis(5);

    final AtomicInteger version = new AtomicInteger(1);

    @TempDir
    Path folder;

    @BeforeEach
    void versions() {
        origin.on("*", call -> {
            if (!call.method.equals("GET")) {
                call.body();
                version.incrementAndGet();
            }
            call.reply(200, "v" + version.get(), "Cache-Control: max-age=600", "Surrogate-Key: all" + call.target);
        });
    }

    /** A file for a node of this name at an address, with more keys of {@code purge}. */
    static String node(String uri, String name, String more) {
        return yaml(uri, "") + "purge: {node: " + name + ", lease: 400ms, journal: \"off\"" + more + "}\n";
    }

    /** A node of this name at this test's Redis that has read the log. */
    Proxy node(String name, String more) {
        return ready(proxy(node(redis.uri(), name, more)));
    }

    Proxy node(String name) {
        return node(name, "");
    }

    /** Waits until a node has read the log, and can write to it. */
    static Proxy ready(Proxy proxy) {
        await().atMost(SOON).pollInterval(OFTEN).until(() -> metric(proxy, "lacquer_purge_log_reachable") == 1);
        return proxy;
    }

    /** Waits until a node knows that it can't. */
    static void awaitCutOff(Proxy proxy) {
        await().atMost(SOON).pollInterval(OFTEN).until(() -> metric(proxy, "lacquer_purge_log_reachable") == 0);
    }

    /** Posts to the admin API. */
    static Client.Response api(Proxy proxy, String path, String json) {
        return Client.once(
                proxy.adminPort(),
                "POST",
                "/api/v1/cache/" + path,
                json,
                "Host: 127.0.0.1:" + proxy.adminPort(),
                "Content-Type: application/json");
    }

    /** Purges what a document names. */
    static Client.Response purge(Proxy proxy, String json) {
        return api(proxy, "invalidate", json);
    }

    /** Purges by tag. */
    static Client.Response purgeTag(Proxy proxy, String tag) {
        return purge(proxy, "{\"tags\": [\"" + tag + "\"]}");
    }

    /** Fetches until it is a hit, and says of which version. */
    static String warm(Proxy proxy, String path) {
        return await().atMost(SOON)
                .until(() -> get(proxy, path), got -> "HIT".equals(got.cache()))
                .text();
    }

    /** Waits until a node gives a version, which it does at once or as soon as a purge is in force there. */
    static void awaitVersion(Proxy proxy, String path, String version) {
        await().atMost(SOON)
                .pollInterval(OFTEN)
                .until(() -> get(proxy, path).text().equals(version));
    }

    /** The records in the log. */
    long logLength() {
        return Long.parseLong(raw.call("XLEN", LOG).toString());
    }

    /** A field of the log's state, or null. */
    String state(String field) {
        Object value = raw.call("HGET", STATE, field);
        return value == null ? null : RawRedis.text(value);
    }

    /** Kills Redis and starts an empty one in its place. */
    void loseRedis() throws IOException {
        restartRedis();
    }

    /** A node that keeps a journal. */
    String keeping(String uri, String name) {
        return node(uri, name, "").replace("\"off\"", "\"" + folder.resolve(name) + "\"");
    }

    /** An answer of this status with these parts in its text. */
    static void assertSays(Client.Response receipt, int status, String... parts) {
        assertThat(receipt.status()).as(receipt.text()).isEqualTo(status);
        for (String part : parts) {
            assertThat(receipt.text()).contains(part);
        }
    }
}
