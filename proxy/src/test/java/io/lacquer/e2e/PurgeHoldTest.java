package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code purge.hold}: what is fetched soon after a purge that concerns it is not stored. */
class PurgeHoldTest extends WithPurges {
    private static final String HELD = "purge: {hold: 5s}\n" + policies("""
        - {name: a, match: {path: "/a/**"}, ttl: 10m, tags: [all, "at:{query:at}"], stale_if_error: 1h}
        - {name: w, match: {path: "/w", method: POST}, invalidate: {tags: [all]}}
        - {name: b, match: {path: "/b"}, ttl: 10m}
        """);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'tags':['all']",
                "'urls':['example.org/a/x?at=1']",
                "'tag_patterns':['at:*']",
                "'prefixes':['example.org/a']",
                "'patterns':['*/x']",
                "'namespaces':['a']",
                "'all':true"
            })
    void whatIsFetchedSoonAfterItIsNotStoredLaterItIs(String scope) {
        answerAll();
        proxy(HELD);
        warm("/a/x?at=1");
        purge("{" + scope + "}");
        clock.advance(Duration.ofMillis(4_999));
        Client.Response held = get("/a/x?at=1");
        assertThat(held.cache()).isEqualTo("MISS");
        assertThat(held.header("Cache-Status")).contains("detail=purged");
        assertEnded("/a/x?at=1");
        clock.advance(Duration.ofMillis(1));
        get("/a/x?at=1");
        assertLives("/a/x?at=1");
    }

    @Test
    void whatWasNotPurgedIsStoredAtOnce() {
        answerAll();
        proxy(HELD);
        purge("{'tags':['all']}");
        warm("/b");
    }

    @Test
    void aWriteHoldsToo() {
        answerAll();
        proxy(HELD);
        warm("/a/x");
        send("POST", "/w", "x");
        assertEnded("/a/x", "/a/x");
        clock.advance(Duration.ofSeconds(5));
        get("/a/x");
        assertLives("/a/x");
    }

    @Test
    void aRevalidationWithinItRenewsNothing() {
        origin.on("*", call -> {
            boolean same = "\"1\"".equals(call.header("If-None-Match"));
            call.reply(same ? 304 : 200, "v1", date(), "ETag: \"1\"");
        });
        proxy(HELD);
        warm("/a/x");
        purge("{'tags':['all'],'soft':true}");
        assertThat(get("/a/x").cache()).isEqualTo("REVALIDATED");
        assertThat(get("/a/x").cache()).isNotEqualTo("HIT");
        clock.advance(Duration.ofSeconds(5));
        get("/a/x");
        assertLives("/a/x");
    }

    @Test
    void aReloadChangesIt() {
        answerAll();
        proxy(HELD);
        purge("{'tags':['all']}");
        get("/a/x");
        assertEnded("/a/x");
        assertThat(current().reload(HELD.replace("hold: 5s", "hold: 0"))).isEmpty();
        warm("/a/x");
    }
}
