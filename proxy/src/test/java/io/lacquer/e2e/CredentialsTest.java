package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What belongs to one person is never given to another: cookies and credentials, attacked. */
class CredentialsTest extends EndToEnd {
    private static final String ALICE = "Authorization: Bearer alice-secret";
    private static final String BOB = "Authorization: Bearer bob-secret";

    private void echoesUser(String... fields) {
        origin.on("*", call -> {
            List<String> all = new ArrayList<>(List.of(fields));
            all.add(date());
            call.reply(200, "for " + call.header("Authorization"), all.toArray(new String[0]));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"respect", "override"})
    void anAnswerThatSetsACookieIsNotStored(String mode) {
        origin.on("/a", call -> call.reply(200, "x", date(), "Cache-Control: max-age=60", "Set-Cookie: s=1"));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: " + mode + "}"));
        Client.Response first = get("/a");
        assertThat(first.header("Set-Cookie")).isEqualTo("s=1");
        assertThat(first.header("CDN-Cache-Control"))
                .as("no lifetime for others")
                .isNull();
        assertThat(get("/a").cache()).isEqualTo("MISS");
        assertThat(origin.count("/a")).isEqualTo(2);
    }

    @Test
    void aCookieIsReplayedWhereThePolicySaysStore() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Set-Cookie: s=1", "Set-Cookie: t=2"));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, set_cookie: store}"));
        get("/a");
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.all("Set-Cookie")).containsExactly("s=1", "t=2");
    }

    @Test
    void aStrippedCookieReachesNobodyNotEvenWhoseRequestWasTheMiss() {
        origin.on("/a", call -> call.reply(200, "x", date(), "Set-Cookie: s=1"));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, set_cookie: strip}"));
        assertThat(get("/a").header("Set-Cookie")).isNull();
        Client.Response hit = get("/a");
        assertThat(hit.cache()).isEqualTo("HIT");
        assertThat(hit.header("Set-Cookie")).isNull();
    }

    @Test
    void aCookieInA304IsNeitherStoredNorAnnouncedToCdns() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") == null) {
                call.reply(200, "x", date(), "ETag: \"1\"");
            } else {
                call.reply(304, "", date(), "ETag: \"1\"", "Set-Cookie: s=1");
            }
        });
        proxy(policies("- {name: a, match: {path: /a}, mode: override, ttl: {browser: 1m, cdn: 5m, proxy: 10s}}"));
        get("/a");
        clock.advance(Duration.ofSeconds(11));
        Client.Response renewed = get("/a");
        assertThat(renewed.header("Set-Cookie")).isEqualTo("s=1");
        assertThat(renewed.header("CDN-Cache-Control")).isNull();
        assertThat(renewed.header("Surrogate-Control")).isNull();
        assertThat(get("/a").cache()).isNotEqualTo("HIT");
    }

    @ParameterizedTest
    @CsvSource({
        "respect,  max-age=60",
        "override, max-age=60",
        "force,    max-age=60",
        "respect,  ''",
        "override, ''",
        "force,    ''"
    })
    void anonymousNeverSeesAnAnswerToAnAuthorizedRequest(String mode, String control) {
        echoesUser("Cache-Control: " + control);
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, mode: " + mode + "}"));
        Client.Response alice = get("/a", ALICE);
        assertThat(alice.text()).isEqualTo("for Bearer alice-secret");
        assertThat(alice.header("CDN-Cache-Control")).isNull();
        assertThat(get("/a").text()).isEqualTo("for null");
        assertThat(get("/a", BOB).text()).isIn("for null", "for Bearer bob-secret");
    }

    @ParameterizedTest
    @CsvSource({"public, true", "s-maxage=60, true", "must-revalidate, true", "proxy-revalidate, false"})
    void anAuthorizedAnswerIsSharedOnlyIfTheOriginSaysSo(String directive, boolean shared) {
        echoesUser("Cache-Control: max-age=60, " + directive);
        proxy(PLAIN);
        get("/a", ALICE);
        Client.Response next = get("/a");
        assertThat(next.cache()).isEqualTo(shared ? "HIT" : "MISS");
        assertThat(next.text()).isEqualTo(shared ? "for Bearer alice-secret" : "for null");
    }

    @Test
    void authorizationShareSharesAndWithdrawingItTakesBackWhatIsStored() {
        echoesUser();
        Proxy proxy = proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, authorization: share}"));
        get("/a", ALICE);
        assertThat(get("/a").cache()).isEqualTo("HIT");
        assertThat(proxy.reload(policies("- {name: a, match: {path: /a}, ttl: 10m}")))
                .isEmpty();
        assertThat(get("/a").text()).isEqualTo("for null");
    }

    @Test
    void whatOnePolicySharesIsNotServedByAnotherThatDoesNot() {
        echoesUser();
        proxy(policies("""
            - {name: partner, match: {path: /a, header: {X-Partner: "yes"}}, ttl: 10m, authorization: share}
            - {name: plain, match: {path: /a}, ttl: 10m}
            """));
        get("/a", ALICE, "X-Partner: yes");
        assertThat(get("/a").text()).isEqualTo("for null");
    }

    @Test
    void eachUserSeesTheirOwnAndNoCredentialIsInLogOrStats() {
        echoesUser();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        String yaml =
                policies("- {name: a, match: {path: /a}, ttl: 10m, vary_by: [user]}") + "access_log: {mode: full}\n";
        try (Proxy proxy = Proxy.start(yaml, origin.url(), clock, log, Map.of())) {
            for (String cache : new String[] {"MISS", "HIT"}) {
                for (String user : new String[] {"alice", "bob"}) {
                    Client.Response own = Client.get(proxy.port(), "/a", "Authorization: Bearer " + user + "-secret");
                    assertThat(own.text()).isEqualTo("for Bearer " + user + "-secret");
                    assertThat(own.cache()).isEqualTo(cache);
                    assertThat(own.header("Vary")).containsIgnoringCase("authorization");
                }
            }
            assertThat(Client.get(proxy.port(), "/a").text()).isEqualTo("for null");
            await().until(() -> log.toString(StandardCharsets.UTF_8).lines().count() == 5);
            String lines = log.toString(StandardCharsets.UTF_8);
            assertThat(lines).doesNotContain("secret").doesNotContain("Bearer");
            assertThat(lines.lines().map(line -> line.replaceAll(".*\"key\":\"([0-9a-f]{32})\".*", "$1")))
                    .allMatch(key -> key.length() == 32)
                    .satisfies(keys -> assertThat(keys.stream().distinct()).hasSize(3));
            assertThat(new String(proxy.server().stats(), StandardCharsets.UTF_8))
                    .doesNotContain("secret");
            assertThat(proxy.server().metrics()).doesNotContain("secret");
        }
    }

    @Test
    void aRefreshThatAUsersRequestSetsOffBringsNothingOfTheirsToOthers() {
        echoesUser();
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10s, stale_while_revalidate: 1h}"));
        get("/a");
        for (int i = 1; i <= 3; i++) {
            clock.advance(Duration.ofSeconds(20));
            int before = origin.count("/a");
            Client.Response stale = get("/a", ALICE);
            assertThat(stale.cache()).isEqualTo("STALE");
            assertThat(stale.text()).isEqualTo("for null");
            await().until(() -> origin.count("/a") > before);
            assertThat(get("/a").text()).isEqualTo("for null");
            assertThat(get("/a", BOB).text()).isEqualTo("for null");
        }
    }

    @Test
    void anonymousAndAuthorizedRequestsNeverMixInOneFlight() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "for " + call.header("Authorization"), date());
        });
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m}"));
        String[] users = {null, ALICE, null, BOB, null, ALICE, null, BOB};
        List<Future<Client.Response>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String user : users) {
                answers.add(threads.submit(() -> user == null ? get("/a") : get("/a", user)));
            }
            await().until(() -> origin.count("/a") >= 5); // four of their own, one for the anonymous
            gate.countDown();
            for (int i = 0; i < users.length; i++) {
                String own = users[i] == null ? "null" : users[i].substring("Authorization: ".length());
                assertThat(answers.get(i).get().text()).isEqualTo("for " + own);
            }
        }
        assertThat(origin.count("/a")).isEqualTo(5);
    }

    @Test
    void aFollowerUnderAStricterPolicyDoesNotBoardAnAuthorizedFlight() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        origin.on("/a", call -> {
            gate.await();
            call.reply(200, "for " + call.header("Authorization"), date());
        });
        Proxy proxy = proxy(policies("""
            - {name: partner, match: {path: /a, header: {X-Partner: "yes"}}, ttl: 10m, authorization: share}
            - {name: plain, match: {path: /a}, ttl: 10m}
            """));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Client.Response> alice = threads.submit(() -> get("/a", ALICE, "X-Partner: yes"));
            await().until(() -> origin.count("/a") == 1);
            Future<Client.Response> anonymous = threads.submit(() -> get("/a"));
            await().until(() -> new String(proxy.server().stats(), StandardCharsets.UTF_8).contains("\"collapsed\" : 1")
                    || origin.count("/a") == 2);
            gate.countDown();
            assertThat(alice.get().text()).isEqualTo("for Bearer alice-secret");
            assertThat(anonymous.get().text()).isEqualTo("for null");
        }
    }

    @Test
    void aStrangersCredentialDoesNotThrowOutWhatIsStored() {
        origin.on("/a", call -> {
            if (call.header("If-None-Match") == null) {
                call.reply(200, "x", date(), "ETag: \"1\"", "Cache-Control: max-age=60");
            } else {
                call.reply(304, "", date(), "ETag: \"1\"", "Cache-Control: max-age=60");
            }
        });
        proxy(PLAIN);
        get("/a");
        get("/a", "Authorization: Bearer any", "Cache-Control: no-cache");
        get("/a", "Cache-Control: no-cache, no-store");
        assertThat(get("/a").cache()).isEqualTo("HIT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=eve",
                "junk=\"; session=eve",
                "junk=\"\\; session=eve",
                "a=1;session=eve",
                "session =eve",
                "session=alice; session=eve",
                "session=eve; session=alice",
                " session=eve ; b=2"
            })
    void noSpellingOfACookieReachesTheOriginUnderAnothersKey(String cookie) {
        origin.on("/a", call -> call.reply(200, "for " + call.header("Cookie"), date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, vary_by: [\"cookie:session\"]}"));
        get("/a", "Cookie: " + cookie);
        assertThat(get("/a").text()).isEqualTo("for null");
        assertThat(get("/a", "Cookie: session=alice").text()).isEqualTo("for session=alice");
    }

    @Test
    void twoCookiesAreAnnouncedOnce() {
        origin.on("/a", call -> call.reply(200, "x", date()));
        proxy(policies("- {name: a, match: {path: /a}, ttl: 10m, vary_by: [\"cookie:a\", \"cookie:b\", user]}"));
        assertThat(get("/a").header("Vary")).isEqualTo("Cookie, Authorization");
    }
}
