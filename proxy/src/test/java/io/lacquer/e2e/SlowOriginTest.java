package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code stale_if_slow}: after a while, stale is better than nothing. */
class SlowOriginTest extends EndToEnd {
    private static final String SLOW =
            policies("- {name: a, match: {path: /a}, stale_if_error: 60s, stale_if_slow: 100ms}");

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
        threads.close();
    }

    /** The first answer comes at once, the next ones when the gate opens. */
    private void slowFromTheSecondOn(String control) {
        origin.on("/a", call -> {
            int number = origin.count("/a");
            call.body();
            if (number > 1) {
                gate.await();
            }
            call.reply(200, "v" + number, date(), "Cache-Control: " + control);
        });
    }

    private void storeAndExpire() {
        get("/a");
        clock.advance(Duration.ofSeconds(20));
    }

    @Test
    void staleIsServedAndTheFetchGoesOnAndIsStored() {
        slowFromTheSecondOn("max-age=10");
        proxy(SLOW);
        storeAndExpire();
        Client.Response stale = get("/a");
        assertThat(stale.cache()).isEqualTo("STALE");
        assertThat(stale.text()).isEqualTo("v1");
        assertThat(stale.level()).isEqualTo("L1");
        assertThat(stale.age()).isEqualTo(20);
        assertThat(stale.header("Cache-Status")).contains("fwd=stale").contains("detail=stale-if-slow");
        gate.countDown();
        await().untilAsserted(() -> {
            Client.Response fresh = get("/a");
            assertThat(fresh.cache()).isEqualTo("HIT");
            assertThat(fresh.text()).isEqualTo("v2");
        });
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void whoWaitsForAnothersFetchIsServedStaleToo() throws Exception {
        slowFromTheSecondOn("max-age=10");
        proxy(SLOW);
        storeAndExpire();
        List<Future<Client.Response>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(threads.submit(() -> get("/a")));
        }
        for (Future<Client.Response> answer : answers) {
            assertThat(answer.get().cache()).isEqualTo("STALE");
            assertThat(answer.get().header("Cache-Status")).contains("detail=stale-if-slow");
        }
        assertThat(origin.count("/a")).isEqualTo(2);
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/a").text()).isEqualTo("v2"));
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void anOriginThatIsQuickAnswersItself() {
        gate.countDown();
        slowFromTheSecondOn("max-age=10");
        proxy(SLOW.replace("100ms", "10s"));
        storeAndExpire();
        assertThat(get("/a").text()).isEqualTo("v2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cache-Control: no-cache",
                "Cache-Control: max-age=0",
                "Pragma: no-cache",
                "Cache-Control: min-fresh=5"
            })
    void whoWantsItValidatedWaits(String demand) throws Exception {
        slowFromTheSecondOn("max-age=10");
        proxy(SLOW);
        storeAndExpire();
        Future<Client.Response> patient = threads.submit(() -> get("/a", demand));
        await().until(() -> origin.count("/a") == 2);
        assertThat(get("/a").cache()).as("others do not").isEqualTo("STALE");
        gate.countDown();
        assertThat(patient.get().text()).isEqualTo("v2");
    }

    @Test
    void whoWantsFreshValidatedWaits() throws Exception {
        slowFromTheSecondOn("max-age=10");
        proxy(SLOW);
        get("/a");
        Future<Client.Response> patient = threads.submit(() -> get("/a", "Cache-Control: no-cache"));
        await().until(() -> origin.count("/a") == 2);
        clock.advance(Duration.ofSeconds(20));
        assertThat(get("/a").cache()).isEqualTo("STALE");
        gate.countDown();
        assertThat(patient.get().text()).isEqualTo("v2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"max-age=10, must-revalidate", "max-age=10, proxy-revalidate", "max-age=10, stale-if-error=5"})
    void whereStaleIsForbiddenOrTooOldOneWaits(String control) throws Exception {
        slowFromTheSecondOn(control);
        origin.on("/b", call -> {
            if (origin.count("/b") > 1) {
                gate.await();
            }
            call.reply(200, "b", date(), "Cache-Control: max-age=10");
        });
        proxy(SLOW.replace("path: /a", "path: \"/*\""));
        get("/b");
        storeAndExpire();
        Future<Client.Response> patient = threads.submit(() -> get("/a"));
        await().until(() -> origin.count("/a") == 2);
        assertThat(get("/b").cache()).isEqualTo("STALE");
        gate.countDown();
        assertThat(patient.get().text()).isEqualTo("v2");
    }

    @Test
    void aPurgeLeavesNothingToServe() throws Exception {
        slowFromTheSecondOn("max-age=10");
        Proxy proxy = proxy(SLOW);
        storeAndExpire();
        assertThat(get("/a").cache()).isEqualTo("STALE");
        Future<Client.Response> write = threads.submit(() -> send("PUT", "/a", "new"));
        await().until(() -> origin.last("/a").method.equals("PUT"));
        gate.countDown();
        assertThat(write.get().status()).isEqualTo(200);
        assertThat(get("/a").text()).isEqualTo("v4");
        await().until(() -> proxy.server().stats().length > 0);
    }

    @Test
    void anAnswerThatFailsAfterwardsHarmsNobody() {
        origin.on("/a", call -> {
            if (origin.count("/a") == 1) {
                call.reply(200, "v1", date(), "Cache-Control: max-age=10");
            } else if (origin.count("/a") == 2) {
                gate.await();
                call.reset();
            } else {
                call.reply(200, "v3", date(), "Cache-Control: max-age=10");
            }
        });
        proxy(SLOW);
        storeAndExpire();
        assertThat(get("/a").text()).isEqualTo("v1");
        gate.countDown();
        await().untilAsserted(() -> assertThat(get("/a").text()).isEqualTo("v3"));
    }
}
