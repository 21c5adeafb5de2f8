package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code purge.max_share}: large purges want force, also in pieces. */
class PurgeGuardTest extends WithPurges {
    private static final String GUARDED = "purge: {max_share: 0.5, allow: [127.0.0.1]}\n" + policies("""
        - {name: a, match: {path: "/{x}"}, ttl: 10h, tags: [all, "x:{x}"]}
        - {name: w, match: {path: "/w/{x}", method: POST}, invalidate: {tags: [all]}}
        """);

    /** Ten paths with ten hits each. */
    private void hits() {
        answerAll();
        proxy(GUARDED);
        more();
    }

    private void more() {
        for (int i = 0; i < 10; i++) {
            warm("/" + i);
            for (int hit = 0; hit < 9; hit++) {
                get("/" + i);
            }
        }
    }

    private JsonNode refused(String document) {
        Client.Response answer = admin("POST", INVALIDATE, document);
        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        return page(answer);
    }

    @Test
    void aLargePurgeIsRefusedWithItsShareAndDoesNothing() {
        hits();
        JsonNode page = refused("{'tags':['all']}");
        assertThat(page.get("status").asString()).isEqualTo("too_much");
        assertThat(page.get("share").asDouble()).isEqualTo(1);
        assertThat(page.get("entries").asLong()).isEqualTo(10);
        assertThat(page.get("error").asString())
                .contains("100 %")
                .contains("50 %")
                .contains("force");
        assertLives("/0", "/9");
        assertThat(admin("POST", CLEAR, "").status()).isEqualTo(409);
        assertThat(metric("cache_invalidations_total{namespace=\"*\",reason=\"api\"}"))
                .isZero();
        purge("{'tags':['all'],'force':true}");
        assertEnded("/0", "/9");
    }

    @Test
    void clearingAllWithForceClearsAll() {
        hits();
        assertThat(admin("POST", CLEAR, "{'force':true}").status()).isEqualTo(200);
        assertEnded("/0", "/9");
    }

    @Test
    void aSmallOneIsDone() {
        hits();
        JsonNode page = purge("{'tags':['x:0','x:1']}");
        assertThat(page.get("share").asDouble()).isEqualTo(0.2);
        assertEnded("/0", "/1");
        assertLives("/2");
    }

    @Test
    void splittingItDoesNotGetRoundIt() {
        hits();
        for (int i = 0; i < 5; i++) {
            JsonNode page = purge("{'tags':['x:" + i + "']}");
            assertThat(page.get("share").asDouble()).isEqualTo((i + 1) / 10.0);
        }
        assertThat(refused("{'tags':['x:5']}").get("share").asDouble()).isEqualTo(0.6);
        assertThat(refused("{'urls':['example.org/5']}").get("share").asDouble())
                .isEqualTo(0.6);
        assertLives("/5");
        purge("{'tags':['x:4']}"); // the same again concerns no more
        purge("{'tags':['x:5'],'force':true}");
        assertEnded("/5");
    }

    @Test
    void theDryRunTellsTheShareAndCountsForNothing() {
        hits();
        for (int i = 0; i < 10; i++) {
            assertThat(purge("{'tags':['x:" + i + "'],'dry_run':true}")
                            .get("share")
                            .asDouble())
                    .isEqualTo(0.1);
        }
    }

    @Test
    void anHourLaterTheHitsOfThenAreForgotten() {
        hits();
        for (int i = 0; i < 5; i++) {
            purge("{'tags':['x:" + i + "']}");
        }
        clock.advance(Duration.ofMinutes(30));
        refused("{'tags':['x:5']}");
        clock.advance(Duration.ofMinutes(31));
        assertThat(purge("{'tags':['x:5']}").get("share").asDouble()).isZero();
        more();
        assertThat(purge("{'tags':['x:6','x:7']}").get("share").asDouble()).isBetween(0.15, 0.25);
    }

    @Test
    void whatWasForcedIsNotHeldAgainstTheNextOnes() {
        hits();
        purge("{'all':true,'force':true}");
        more();
        JsonNode page = purge("{'tags':['x:0']}");
        assertThat(page.get("share").asDouble()).isBetween(0.05, 0.2);
    }

    @Test
    void theMethodIsGuardedAndWritesAreNot() {
        hits();
        for (int i = 0; i < 5; i++) {
            assertThat(send("PURGE", "/" + i, "").status()).isEqualTo(200);
        }
        assertThat(send("PURGE", "/5", "").status()).isEqualTo(409);
        assertLives("/5");
        assertThat(send("POST", "/w/1", "x").status()).isEqualTo(200);
        assertEnded("/5", "/6");
    }

    @Test
    void withoutAGuardOrHitsNothingIsRefused() {
        answerAll();
        proxy(GUARDED);
        purge("{'all':true}");
        assertThat(current().reload(GUARDED.replace("max_share: 0.5", "max_share: 1")))
                .isEmpty();
        more();
        purge("{'all':true}");
        assertEnded("/0");
    }

    @Test
    void aSoftPurgeIsGuardedToo() {
        hits();
        refused("{'tags':['all'],'soft':true}");
        assertLives("/0");
    }

    @Test
    void manyHitsAreSampledEvenly() {
        answerAll();
        proxy(GUARDED);
        for (int round = 0; round < 600; round++) {
            for (int i = 0; i < 4; i++) {
                get("/" + i);
            }
        }
        double share = purge("{'tags':['x:0'],'dry_run':true}").get("share").asDouble();
        assertThat(share).isBetween(0.15, 0.35);
    }
}
