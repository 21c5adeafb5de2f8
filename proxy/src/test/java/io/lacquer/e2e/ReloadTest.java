package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A configuration that changes while clients ask. */
class ReloadTest extends EndToEnd {
    private static String sized(String size) {
        return PLAIN + "tiers: {l1: {size: " + size + "}}\n";
    }

    private void fill(int count, int size) {
        byte[] body = new byte[size];
        origin.on("*", call -> call.reply(200, body, date(), "Cache-Control: max-age=600"));
        for (int i = 0; i < count; i++) {
            get("/" + i);
        }
    }

    private int held(int count) {
        int held = 0;
        for (int i = 0; i < count; i++) {
            Client.Response answer = get("/" + i, "Cache-Control: only-if-cached");
            held += answer.status() == 200 ? 1 : 0;
        }
        return held;
    }

    @Test
    void noRequestFailsWhileTheFileIsReloadedAgainAndAgain() {
        origin.forgetful().on("*", call -> call.reply(200, call.target, date(), "Cache-Control: max-age=600"));
        var proxy = proxy(policies("- {name: a, match: {path: /none}, ttl: 1m}"));
        try (Load load = new Load(proxy.port(), 4, n -> n % 3 == 0 ? "/new" + n : "/old" + n % 10)) {
            for (int i = 0; i < 40; i++) {
                String policy = i % 2 == 0 ? "/**" : "/old*";
                assertThat(proxy.reload(policies("- {name: p" + i + ", match: {path: \"" + policy + "\"}, ttl: "
                                + (i + 1) + "m, key: {query: {sort: " + (i % 3 == 0) + "}}}")))
                        .isEmpty();
                if (i % 10 == 0) {
                    assertThat(proxy.reload("version: 2\n")).isNotEmpty();
                }
                load.more(5);
            }
        }
        assertThat(new String(proxy.server().stats(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"config_generation\" : 41");
    }

    @Test
    void noRequestFailsWhileTheSizeOfL1Changes() {
        origin.forgetful().on("*", call -> call.reply(200, call.target, date(), "Cache-Control: max-age=600"));
        var proxy = proxy(sized("1MiB"));
        try (Load load = new Load(proxy.port(), 4, n -> "/" + n % 3000)) {
            for (int i = 0; i < 40; i++) {
                assertThat(proxy.reload(sized(i % 2 == 0 ? "64KiB" : "1MiB"))).isEmpty();
                load.more(50);
            }
        }
        assertThat(proxy.reload(sized("64KiB"))).isEmpty();
        assertThat(proxy.server().ledger().used()).isLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void theCacheIsKept() {
        var proxy = proxy(PLAIN);
        fill(5, 100);
        assertThat(proxy.reload(PLAIN + "server_timing: true\n")).isEmpty();
        assertThat(get("/1").cache()).isEqualTo("HIT");
        assertThat(get("/1").header("Server-Timing")).isNotNull();
        assertThat(held(5)).isEqualTo(5);
    }

    @Test
    void aSmallerL1KeepsWhatFitsAndNoMore() {
        var proxy = proxy(sized("8MiB"));
        fill(100, 64 * 1024);
        assertThat(held(100)).isEqualTo(100);
        assertThat(proxy.reload(sized("4MiB"))).isEmpty();
        assertThat(proxy.server().ledger().limit()).isEqualTo(4 << 20);
        assertThat(proxy.server().ledger().used()).isLessThanOrEqualTo(4 << 20);
        assertThat(held(100)).isBetween(48, 63);
        fill(100, 64 * 1024);
        assertThat(proxy.server().ledger().used()).isLessThanOrEqualTo(4 << 20);
    }

    @Test
    void aLargerL1TakesMore() {
        var proxy = proxy(sized("1MiB"));
        fill(50, 64 * 1024);
        assertThat(held(50)).isLessThan(16);
        assertThat(proxy.reload(sized("8MiB"))).isEmpty();
        fill(50, 64 * 1024);
        assertThat(held(50)).isEqualTo(50);
    }

    @Test
    void anL1AboveWhatTheJvmCanHoldIsRefusedByName() {
        var proxy = proxy(sized("8MiB"));
        fill(1, 100);
        assertThat(proxy.reload(sized("900GiB")))
                .singleElement()
                .asString()
                .contains("tiers.l1.size", "JVM")
                .containsPattern("yaml:[0-9]+:[0-9]+: tiers");
        assertThat(proxy.server().config().tiers().l1().size()).isEqualTo(8 << 20);
        assertThat(get("/0").cache()).isEqualTo("HIT");
    }

    @Test
    void whatARunningProcessCannotChangeIsRefusedByName() {
        var proxy = proxy(PLAIN);
        fill(1, 100);
        String l2 = "tiers: {l2: {redis: \"redis://127.0.0.1:1\"}}\n";
        assertThat(proxy.reload(PLAIN + l2)).singleElement().asString().contains("tiers.l2", "restart");
        assertThat(proxy.reload(PLAIN + "access_log: {mode: full}\n"))
                .singleElement()
                .asString()
                .contains("access_log", "restart");
        assertThat(proxy.reload(PLAIN + l2 + "access_log: {mode: full}\n")).hasSize(2);
        assertThat(proxy.server().config().tiers().l2()).isNull();
        assertThat(get("/0").cache()).isEqualTo("HIT");
        assertThat(proxy.reload(PLAIN)).isEqualTo(List.of());
    }
}
