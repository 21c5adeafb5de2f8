package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code POST /api/v1/cache/invalidate} and its kin: what each scope ends and what it leaves, receipts, refusals. */
class PurgeApiTest extends WithPurges {
    private static final String POLICIES = policies("""
        - {name: users, namespace: people, match: {path: "/users/{id}"}, ttl: 10m, tags: [users, "user:{id}"]}
        - {name: items, namespace: things, match: {path: "/items/**"}, ttl: 10m, tags: [items, "table:items"]}
        - name: sorted
          namespace: things-2
          match: {path: "/sorted"}
          ttl: 10m
          key: {query: {sort: true, drop: ["utm_*"]}}
        - {name: rest, match: {path: "/**"}, ttl: 10m, tags: ["page:{query:page}"]}
        """);
    private static final String[] ALL = {
        "/users/1", "/users/2", "/items/a", "/items/a/b", "/sorted?a=1&b=2", "/else", "/else?page=1"
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'tags':['users']} | /users/1 /users/2",
                "{'tags':'users'} | /users/1 /users/2",
                "{'tags':['user:1']} | /users/1",
                "{'tags':['user:1','items']} | /users/1 /items/a /items/a/b",
                "{'tags':['USERS']} | ''",
                "{'tags':['user']} | ''",
                "{'tags':['user:*']} | ''",
                "{'tag_patterns':['user:*']} | /users/1 /users/2",
                "{'tag_patterns':['*:1']} | /users/1 /else?page=1",
                "{'tag_patterns':['*']} | /users/1 /users/2 /items/a /items/a/b /else?page=1",
                "{'table_name':'items'} | /items/a /items/a/b",
                "{'urls':['http://example.org/items/a']} | /items/a",
                "{'urls':['http://example.org/items/a/']} | ''",
                "{'urls':['example.org/items/a/b','example.org/else']} | /items/a/b /else",
                "{'urls':['example.org/else?page=1']} | /else?page=1",
                "{'urls':['example.org/sorted?utm_x=y&b=2&a=1']} | /sorted?a=1&b=2",
                "{'prefixes':['example.org/items/a']} | /items/a /items/a/b",
                "{'prefixes':['example.org/items/a/']} | /items/a/b",
                "{'prefixes':['http://example.org/else?']} | /else?page=1",
                "{'prefixes':['example.org/%75sers/']} | /users/1 /users/2",
                "{'patterns':['example.org/%75sers/%31']} | /users/1",
                "{'prefixes':['example.org/else?%70age']} | ''",
                "{'prefixes':['EXAMPLE.org/items']} | /items/a /items/a/b",
                "{'prefixes':['http://EXAMPLE.org.:80/items']} | /items/a /items/a/b",
                "{'patterns':['http://EXAMPLE.org.:80/items/a*']} | /items/a /items/a/b",
                "{'prefixes':['example.com/']} | ''",
                "{'patterns':['example.org/users/*']} | /users/1 /users/2",
                "{'patterns':['*/else']} | /else /else?page=1",
                "{'patterns':['*.org/items/*b']} | /items/a/b",
                "{'patterns':['*items*']} | /items/a /items/a/b",
                "{'patterns':['example.org/users']} | ''",
                "{'namespaces':['people']} | /users/1 /users/2",
                "{'namespaces':['things*']} | /items/a /items/a/b /sorted?a=1&b=2",
                "{'namespaces':['nobody']} | ''",
                "{'namespaces':['people'],'tags':['items'],'urls':['example.org/else']} |"
                        + " /users/1 /users/2 /items/a /items/a/b /else",
                "{'tags':[],'urls':null,'table_name':'','all':true} |"
                        + " /users/1 /users/2 /items/a /items/a/b /sorted?a=1&b=2 /else /else?page=1"
            })
    void aScopeEndsWhatItNamesAndNothingElse(String document, String ended) {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        List<String> gone =
                List.of(ended.strip().isEmpty() ? new String[0] : ended.strip().split(" "));
        JsonNode dry = purge(document.replaceFirst("}\\s*$", ",'dry_run':true}"));
        assertThat(dry.get("status").asString()).isEqualTo("dry_run");
        assertThat(dry.get("dry_run").asBoolean()).isTrue();
        assertThat(dry.get("entries").asLong()).isEqualTo(gone.size());
        assertLives(ALL);
        JsonNode receipt = purge(document);
        assertThat(receipt.get("status").asString()).isEqualTo("done");
        assertThat(receipt.get("entries").asLong()).isEqualTo(gone.size());
        assertThat(receipt.get("counted").asString()).isEqualTo("exact");
        assertThat(receipt.get("bytes").asLong() > 0).isEqualTo(!gone.isEmpty());
        for (String path : ALL) {
            assertThat(get(path).cache()).as(path).isEqualTo(gone.contains(path) ? "MISS" : "HIT");
        }
    }

    @Test
    void clearAllEndsAll() {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        assertThat(page(admin("POST", CLEAR, "{'dry_run':true}")).get("entries").asLong())
                .isEqualTo(7);
        assertLives(ALL);
        JsonNode receipt = page(admin("POST", CLEAR, ""));
        assertThat(receipt.get("entries").asLong()).isEqualTo(7);
        assertEnded(ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/p/a~b | example.org/p/%61%7Eb",
                "/p/a | http://EXAMPLE.ORG:80/p/a",
                "/p/a | HTTP://example.org./p/a",
                "/p/a | example.org/p/x/../a",
                "/p/a | example.org/./p/a",
                "/p/a | example.org/p/%2e/a#top",
                "/p/%C3%BC | example.org/p/%c3%bc",
                "/p/%C3%BC?q=%C3%A4 | example.org/p/ü?q=ä",
                "/p/a%20b | example.org/p/a%20b",
                "/ | example.org",
                "/ | http://example.org/",
                "/?q=1 | example.org?q=1",
                "/p/a?next=http://other.org/x | example.org/p/a?next=http://other.org/x",
                "/p/http://other.org/x | example.org/p/http://other.org/x",
                "/p/a? | example.org/p/a?"
            })
    void aUrlIsReadAsARequestIs(String path, String url) {
        answerAll();
        proxy(POLICIES);
        warm(path, "/bystander");
        JsonNode receipt = purge("{'urls':['" + url + "']}");
        assertThat(receipt.get("entries").asLong()).isEqualTo(1);
        assertEnded(path);
        assertLives("/bystander");
    }

    @Test
    void aPlaceWithThePortOfHttpsIsThatOfHttpsWithoutIt() {
        for (String place : List.of("'prefixes':['example.org:443/b']", "'patterns':['example.org:443/b*']")) {
            answerAll("Cache-Control: max-age=600");
            proxy("trusted_proxies: [127.0.0.1]\n" + PLAIN);
            String[] https = {"X-Forwarded-Proto: https"};
            get("/bcd", https);
            assertThat(get("/bcd", https).cache()).isEqualTo("HIT");
            purge("{" + place + "}");
            assertThat(get("/bcd", https).cache()).as(place).isEqualTo("MISS");
        }
    }

    @Test
    void aUrlWithoutSchemeIsBothAndOneWithSchemeIsOne() {
        answerAll();
        proxy("trusted_proxies: [127.0.0.1]\n" + POLICIES);
        String https = "X-Forwarded-Proto: https";
        get("/else", https);
        warm("/else");
        purge("{'urls':['http://example.org/else']}");
        assertThat(get("/else", https).cache()).isEqualTo("HIT");
        assertEnded("/else");
        purge("{'urls':['https://example.org:443/else']}");
        assertThat(get("/else", https).cache()).isEqualTo("MISS");
        assertLives("/else");
        assertThat(purge("{'urls':['example.org/else']}").get("entries").asLong())
                .isEqualTo(2);
        assertThat(get("/else", https).cache()).isEqualTo("MISS");
        assertEnded("/else");
    }

    @Test
    void aUrlOfAnotherPortOrHostIsAnother() {
        answerAll();
        proxy(POLICIES);
        warm("/else");
        get("/else", "Host: example.org:8080");
        purge("{'urls':['example.org:8080/else','example.com/else','www.example.org/else']}");
        assertLives("/else");
        assertThat(get("/else", "Host: example.org:8080").cache()).isEqualTo("MISS");
    }

    @Test
    void aUrlIsAllOfItsVariants() {
        origin.on("*", call -> call.reply(200, call.target, date(), "Vary: Accept-Language"));
        proxy(policies("""
            - {name: by, match: {path: /by}, ttl: 10m, vary_by: ["header:X-Tenant", "cookie:c"], key: {headers: [X-More]}}
            - {name: rest, match: {path: "/**"}, ttl: 10m}
            """));
        for (String field : List.of("Accept-Language: de", "Accept-Language: fr", "X-Tenant: 1", "Cookie: c=1")) {
            get("/by", field);
            get("/vary", field);
            assertThat(get("/by", field).cache()).isEqualTo("HIT");
            assertThat(get("/vary", field).cache()).isEqualTo("HIT");
        }
        purge("{'urls':['example.org/by','example.org/vary']}");
        for (String field : List.of("Accept-Language: de", "Accept-Language: fr", "X-Tenant: 1", "Cookie: c=1")) {
            assertThat(get("/by", field).cache()).as(field).isEqualTo("MISS");
        }
        for (String field : List.of("Accept-Language: de", "Accept-Language: fr")) {
            assertThat(get("/vary", field).cache()).as(field).isEqualTo("MISS");
        }
    }

    @Test
    void headsPartsAndQueriesEndWithTheirUrl() {
        byte[] body = "0123456789".repeat(10).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        origin.on("/part", call -> {
            String range = call.header("Range");
            if (range == null) {
                call.reply(200, body, date(), "ETag: \"1\"");
            } else {
                byte[] piece = java.util.Arrays.copyOfRange(body, 0, 10);
                call.reply(206, piece, date(), "ETag: \"1\"", "Content-Range: bytes 0-9/100");
            }
        });
        origin.on("/query", call -> call.reply(200, call.body(), date()));
        answerAll();
        proxy(policies("- {name: all, match: {path: \"/**\", method: [GET, HEAD, QUERY]}, ttl: 10m}"));
        warm("/head");
        assertThat(send("HEAD", "/head", "").cache()).isEqualTo("HIT");
        get("/part", "Range: bytes=0-9");
        assertThat(get("/part", "Range: bytes=0-9").cache()).isEqualTo("HIT");
        for (String question : List.of("one", "two", "two")) {
            send("QUERY", "/query", question, "Content-Type: text/plain");
        }
        assertThat(send("QUERY", "/query", "one", "Content-Type: text/plain").cache())
                .isEqualTo("HIT");
        JsonNode receipt = purge("{'urls':['example.org/head','example.org/part','example.org/query']}");
        assertThat(receipt.get("entries").asLong()).isEqualTo(4);
        assertThat(send("HEAD", "/head", "").cache()).isEqualTo("MISS");
        assertThat(get("/part", "Range: bytes=0-9").cache()).isEqualTo("MISS");
        for (String question : List.of("one", "two")) {
            assertThat(send("QUERY", "/query", question, "Content-Type: text/plain")
                            .cache())
                    .isEqualTo("MISS");
        }
    }

    @Test
    void whatTheOriginCallsTheSameEndsWithEachOfItsUrls() {
        answerAll("No-Vary-Search: params=(\"x\")");
        proxy(POLICIES);
        get("/same?x=1");
        assertLives("/same?x=2", "/same?x=3");
        purge("{'urls':['example.org/same?x=2']}");
        assertEnded("/same?x=2");
        purge("{'urls':['example.org/same?x=2','example.org/same?x=1']}");
        assertEnded("/same?x=1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | JSON object",
                "'' | JSON",
                "{ | JSON",
                "{'tags':['a']} x | JSON",
                "nonsense | JSON",
                "{'tags':['a'],'tags':['b']} | Duplicate",
                "{'tags':['a'],'timeout':'5m'} | the longest is 1m",
                "{'tags':['a'],'timeout':2} | write it in quotes",
                "{'urls':['http:/host/x']} | write two",
                "{'prefixes':['https:/host/x']} | write two",
                "{'namespaces':['none*']} | no policy in force",
                "{} | tag_patterns",
                "{'all':false} | nothing is named",
                "{'tags':[],'urls':[]} | nothing is named",
                "{'tag':['a']} | unknown key \"tag\"",
                "{'tags':['a'],'Soft':true} | unknown key \"Soft\"",
                "{'tags':[1]} | tags",
                "{'tags':{}} | tags",
                "{'tags':true} | tags",
                "{'tags':['a b']} | tags",
                "{'tags':['']} | tags",
                "{'tags':['a\\nb']} | tags",
                "{'tags':['a',null]} | tags",
                "{'tag_patterns':['a b']} | tag_patterns",
                "{'table_name':'a b'} | table_name",
                "{'table_name':['a']} | table_name",
                "{'urls':['/a']} | urls",
                "{'urls':['']} | urls",
                "{'urls':['http://']} | urls",
                "{'urls':['http:///a']} | urls",
                "{'urls':['ftp://example.org/a']} | urls",
                "{'urls':['example.org:99999/a']} | urls",
                "{'urls':['exa mple.org/a']} | urls",
                "{'urls':['user@example.org/a']} | urls",
                "{'prefixes':['/a']} | prefixes",
                "{'prefixes':['']} | prefixes",
                "{'patterns':['/a/*']} | patterns:",
                "{'patterns':['example.org/a?b=*']} | patterns: ",
                "{'prefixes':['example.org:99999/']} | prefixes: ",
                "{'namespaces':['']} | namespaces",
                "{'namespaces':[7]} | namespaces",
                "{'all':'yes'} | all",
                "{'tags':['a'],'soft':1} | soft",
                "{'tags':['a'],'dry_run':'true'} | dry_run",
                "{'tags':['a'],'force':0} | force",
                "{'tags':['a'],'wait':'some'} | wait",
                "{'tags':['a'],'wait':true} | wait",
                "{'tags':['a'],'timeout':2} | timeout",
                "{'tags':['a'],'timeout':'2'} | timeout",
                "{'tags':['a'],'timeout':'-2s'} | timeout"
            })
    void whatCannotBeMeantIsRefusedByName(String document, String named) {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        Client.Response refused = admin("POST", INVALIDATE, document);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(page(refused).get("error").asString()).contains(named);
        assertLives(ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/cache/events | {} | event",
                "/api/v1/cache/events | {'event':'a b'} | event",
                "/api/v1/cache/events | {'event':[3]} | event",
                "/api/v1/cache/events | {'events':['a',' ']} | event",
                "/api/v1/cache/events | {'event':'a','tags':['b']} | unknown key \"tags\"",
                "/api/v1/cache/clear-all | {'tags':['b']} | unknown key \"tags\"",
                "/api/v1/cache/clear-all | {'all':true} | unknown key \"all\"",
                "/api/v1/cache/clear-all | nonsense | JSON"
            })
    void theOtherDocumentsAreHeldToTheirKeysToo(String path, String document, String named) {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        Client.Response refused = admin("POST", path, document);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(page(refused).get("error").asString()).contains(named);
        assertLives(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {INVALIDATE, EVENTS, CLEAR})
    void onlyPostPurges(String path) {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "PATCH", "QUERY")) {
            assertThat(admin(method, path, method.equals("HEAD") ? "" : "{'all':true}")
                            .status())
                    .as(method)
                    .isEqualTo(405);
        }
        assertLives(ALL);
    }

    private static String list(int count, String start) {
        return IntStream.range(0, count)
                .mapToObj(i -> "'" + start + i + "'")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void thereIsAnEndToListsTextsAndBodies() {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        for (String name : List.of("tags", "urls", "tag_patterns", "prefixes", "patterns", "namespaces")) {
            Client.Response refused = admin("POST", INVALIDATE, "{'" + name + "':" + list(1001, "h/x") + "}");
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains(name).contains("1000");
        }
        for (String name : List.of("tags", "urls", "prefixes", "namespaces")) {
            assertThat(purge("{'" + name + "':" + list(1000, "h/x") + "}")
                            .get("entries")
                            .asLong())
                    .isZero();
        }
        assertThat(admin("POST", INVALIDATE, "{'tags':['" + "x".repeat(8193) + "']}")
                        .status())
                .isEqualTo(400);
        assertThat(admin("POST", INVALIDATE, "{'tags':['" + "x".repeat(8192) + "']}")
                        .status())
                .isEqualTo(200);
        String longest = "{'tags':['a']" + " ".repeat((1 << 20) - 14) + "}";
        assertThat(admin("POST", INVALIDATE, longest).status()).isEqualTo(200);
        assertThat(admin("POST", INVALIDATE, longest + " ").status()).isEqualTo(413);
        assertLives(ALL);
    }

    /** So many are remembered; beyond that everything older than the first of them is gone, and nothing purged comes back. */
    @Test
    void patternsThatComeAgainTakeNoRoomAndTooManyEndTooMuch() {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        for (int i = 0; i < 5; i++) {
            purge("{'prefixes':" + list(1000, "h/x") + "}");
        }
        assertLives(ALL);
        purge("{'prefixes':['example.org/users/']}");
        purge("{'patterns':" + list(1000, "h/x") + "}");
        purge("{'patterns':" + list(1000, "h/y") + "}");
        assertEnded("/users/1", "/items/a");
    }

    @Test
    void aReceiptCanBeLookedUp() {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        JsonNode receipt = purge("{'tags':['users'],'wait':'all'}");
        assertThat(receipt.get("everywhere").asBoolean()).isTrue();
        assertThat(receipt.get("nodes").size()).isEqualTo(1);
        assertThat(receipt.get("durable").asString()).isNotEqualTo("journal");
        String id = receipt.get("id").asString();
        Client.Response known = admin("GET", "/api/v1/cache/purges/" + id, "");
        assertThat(known.status()).isEqualTo(200);
        JsonNode again = page(known);
        assertThat(again.get("entries").asLong()).isEqualTo(2);
        assertThat(again.get("position").asString())
                .isEqualTo(receipt.get("position").asString());
        assertThat(again.get("nodes").get(0).get("state").asString()).isEqualTo("applied");
        assertThat(admin("HEAD", "/api/v1/cache/purges/" + id, "").status()).isEqualTo(200);
        assertThat(admin("POST", "/api/v1/cache/purges/" + id, "{}").status()).isEqualTo(405);
        assertThat(admin("GET", "/api/v1/cache/purges/none", "").status()).isEqualTo(404);
        assertThat(admin("GET", "/api/v1/cache/purges/", "").status()).isEqualTo(404);
    }

    @Test
    void positionsRiseAndADryRunHasNone() {
        answerAll();
        proxy(POLICIES);
        String first = purge("{'tags':['a']}").get("position").asString();
        assertThat(purge("{'tags':['a'],'dry_run':true}").get("position").isNull())
                .isTrue();
        String second = purge("{'tags':['a']}").get("position").asString();
        assertThat(sequence(second)).isEqualTo(sequence(first) + 1);
    }

    private static long sequence(String position) {
        return Long.parseLong(position.substring(position.indexOf('-') + 1));
    }

    @Test
    void whatIsGoneIsCountedOnce() {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        assertThat(purge("{'tags':['users']}").get("entries").asLong()).isEqualTo(2);
        assertThat(purge("{'tags':['users']}").get("entries").asLong()).isZero();
        assertThat(purge("{'all':true}").get("entries").asLong()).isEqualTo(5);
    }

    /** More entries than are looked at: counts are kept for tags, for all, and looked up for URLs. */
    @Test
    void ofManyEntriesTagsUrlsAndAllAreCountedExactlyAndTheRestEstimated() {
        answerAll();
        proxy(POLICIES);
        for (int i = 0; i < 2_500; i++) {
            get((i % 2 == 0 ? "/users/" : "/items/") + i);
        }
        assertCount("{'tags':['items'],'dry_run':true}", 1_250, "exact");
        assertCount("{'urls':['example.org/users/0'],'dry_run':true}", 1, "exact");
        assertCount("{'all':true,'dry_run':true}", 2_500, "exact");
        JsonNode estimate = purge("{'prefixes':['example.org/items/'],'dry_run':true}");
        assertThat(estimate.get("counted").asString()).isEqualTo("estimate");
        assertThat(estimate.get("entries").asLong()).isBetween(900L, 1_600L);
        send("POST", "/items/1", "x");
        purge("{'urls':['example.org/users/2']}");
        assertCount("{'tags':['users'],'dry_run':true}", 1_249, "exact");
        assertCount("{'tags':['items'],'dry_run':true}", 1_249, "exact"); // a URL's entries leave at once
        assertCount("{'all':true,'dry_run':true}", 2_498, "exact");
        purge("{'tags':['users']}");
        await().untilAsserted(() -> assertCount("{'tags':['users'],'dry_run':true}", 0, "exact"));
        assertCount("{'all':true}", 1_249, "exact");
        await().untilAsserted(() -> assertCount("{'all':true,'dry_run':true}", 0, "exact"));
    }

    @Test
    void anEstimateBecomesExactOnceAllThatThePurgeEndedHasLeft() {
        answerAll();
        proxy(POLICIES);
        for (int i = 0; i < 2_500; i++) {
            get((i % 2 == 0 ? "/users/" : "/items/") + i);
        }
        JsonNode receipt = purge("{'prefixes':['example.org/items/']}");
        assertThat(receipt.get("counted").asString()).isEqualTo("estimate");
        for (int i = 1; i < 500; i += 2) {
            get("/items/" + i); // fetched anew before anyone has looked at it
        }
        String path = "/api/v1/cache/purges/" + receipt.get("id").asString();
        await().untilAsserted(() -> {
            JsonNode later = page(admin("GET", path, ""));
            assertThat(later.get("counted").asString()).isEqualTo("exact");
            assertThat(later.get("entries").asLong()).isEqualTo(1_250);
        });
    }

    /** What others ended before, together with it, or after it, is not the purge's. */
    @Test
    void anEstimateBecomesExactThoughOtherThingsArePurgedAllTheTime() {
        answerAll();
        proxy(POLICIES);
        for (int i = 0; i < 2_500; i++) {
            get((i % 2 == 0 ? "/users/" : "/items/") + i);
        }
        for (int i = 0; i < 100; i += 2) {
            purge("{'tags':['user:" + i + "']}");
        }
        JsonNode users = purge("{'tags':['users']}");
        assertThat(users.get("counted").asString()).isEqualTo("estimate");
        get("/users/0");
        purge("{'tag_patterns':['user:*'],'namespaces':['people']}");
        purge("{'tags':['user:0','users']}");
        JsonNode items = purge("{'tags':['items','user:0']}");
        String[] ids = {users.get("id").asString(), items.get("id").asString()};
        long[] counts = {1_200, 1_250};
        for (int i = 0; i < 2; i++) {
            String id = ids[i];
            long count = counts[i];
            await().untilAsserted(() -> {
                purge("{'tags':['user:" + System.nanoTime() + "']}");
                JsonNode later = page(admin("GET", "/api/v1/cache/purges/" + id, ""));
                assertThat(later.get("counted").asString()).isEqualTo("exact");
                assertThat(later.get("entries").asLong()).isEqualTo(count);
            });
        }
    }

    /** Variants by {@code vary_by}, contents of QUERY, and several names of one URL. */
    @Test
    void aUrlIsCountedOnceForEachAnswerHoweverItIsNamed() {
        answerAll();
        proxy(PLAIN + "policies:\n  - {name: v, match: {path: \"/v/**\"}, ttl: 10m, vary_by: [\"header:X-Lang\"]}\n"
                + "  - {name: q, match: {path: \"/q\"}, ttl: 10m}\n"
                + "  - {name: p, match: {path: \"/p/**\"}, ttl: 10m, key: {query: {drop: [utm]}}}\n");
        for (int i = 0; i < 300; i++) {
            get("/p/" + i);
        }
        String names = "'example.org/p/1','http://example.org/p/1','example.org:80/p/1','example.org./p/1?utm=3'";
        assertCount("{'urls':[" + names + "],'dry_run':true}", 1, "exact");
        for (String lang : List.of("de", "en", "fr")) {
            get("/v/1", "X-Lang: " + lang);
        }
        send("QUERY", "/q", "a", "Content-Type: text/plain");
        send("QUERY", "/q", "b", "Content-Type: text/plain");
        assertCount("{'urls':['example.org/v/1'],'dry_run':true}", 3, "exact");
        assertCount("{'urls':['example.org/q']}", 2, "exact");
        assertCount("{'urls':['example.org/v/1']}", 3, "exact");
        for (int i = 300; i < 2_400; i++) {
            get("/p/" + i);
        }
        get("/v/1", "X-Lang: de");
        get("/v/1", "X-Lang: en");
        JsonNode estimate = purge("{'urls':['example.org/v/1']}");
        assertThat(estimate.get("counted").asString()).isEqualTo("estimate");
        await().untilAsserted(() -> {
            JsonNode later = page(
                    admin("GET", "/api/v1/cache/purges/" + estimate.get("id").asString(), ""));
            assertThat(later.get("counted").asString()).isEqualTo("exact");
            assertThat(later.get("entries").asLong()).isEqualTo(2);
        });
    }

    /** Few enough are looked at one by one. */
    @Test
    void aTagIsCountedExactlyRightAfterAnotherPurge() {
        answerAll();
        proxy(POLICIES);
        for (int i = 0; i < 600; i++) {
            get("/users/" + i);
        }
        for (int i = 0; i < 20; i++) {
            assertCount("{'tags':['user:" + i + "']}", 1, "exact");
            assertCount("{'tags':['users'],'dry_run':true}", 599 - i, "exact");
        }
        assertCount("{'all':true}", 580, "exact");
    }

    private void assertCount(String document, long entries, String how) {
        JsonNode receipt = purge(document);
        assertThat(receipt.get("entries").asLong()).as(document).isEqualTo(entries);
        assertThat(receipt.get("counted").asString()).as(document).isEqualTo(how);
    }

    @Test
    void purgesAreCountedByNamespaceAndReasonAndNobodyMakesLabelsUp() {
        answerAll();
        proxy(POLICIES + "schedule: []\n");
        warm(ALL);
        purge("{'tags':['users']}");
        purge("{'namespaces':['people']}");
        purge("{'namespaces':['made-up-1']}");
        purge("{'tags':['users'],'dry_run':true}");
        admin("POST", INVALIDATE, "{'tags':['a b']}");
        event("{'event':'one'}");
        send("POST", "/users/1", "x");
        assertThat(metric("cache_invalidations_total{namespace=\"*\",reason=\"api\"}"))
                .isEqualTo(2);
        assertThat(metric("cache_invalidations_total{namespace=\"people\",reason=\"api\"}"))
                .isEqualTo(1);
        assertThat(metric("cache_invalidations_total{namespace=\"*\",reason=\"event\"}"))
                .isEqualTo(1);
        assertThat(metric("cache_invalidations_total{namespace=\"people\",reason=\"mutation\"}"))
                .isEqualTo(1);
        assertThat(current().server().metrics()).doesNotContain("made-up");
        assertThat(metric("lacquer_purge_applied")).isEqualTo(5);
        assertThat(metric("lacquer_purge_log_reachable")).isEqualTo(1);
    }

    @Test
    void aPurgeThatComesInPiecesOrBreaksOffIsWholeOrNothing() throws IOException {
        answerAll();
        proxy(POLICIES);
        warm(ALL);
        String head = "POST " + INVALIDATE + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        try (Client broken = new Client(current().adminPort())) {
            broken.raw(head + "Content-Length: 30\r\n\r\n{\"all\":true}");
        }
        try (Client chunked = new Client(current().adminPort())) {
            chunked.raw(head + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"tags\"\r\n");
            assertLives(ALL);
            chunked.raw("b\r\n:[\"users\"]}\r\n0\r\n\r\n");
            assertThat(chunked.read("POST").status()).isEqualTo(200);
            chunked.send("GET", "/livez", "", "Host: localhost");
            assertThat(chunked.read("GET").status()).isEqualTo(200);
        }
        assertEnded("/users/1", "/users/2");
        assertLives("/items/a");
    }

    /** Who looked before the purge and asks the origin after it must not bring back what it looked at. */
    @Test
    void aPurgedAnswerIsNotRenewedByWhoHadFoundItBefore() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger version = new AtomicInteger(1);
        AtomicInteger asked = new AtomicInteger();
        origin.on("/tagged", call -> {
            if (asked.incrementAndGet() == 2) {
                gate.await();
            }
            boolean validates = "\"same\"".equals(call.header("If-None-Match"));
            String[] fields = {date(), "Cache-Control: max-age=10", "ETag: \"same\""};
            call.reply(validates ? 304 : 200, validates ? "" : "v" + version.get(), fields);
        });
        Proxy proxy = proxy(PLAIN + "collapse: {wait: 500ms, max_waiters: 1}\n");
        get("/tagged");
        clock.advance(Duration.ofSeconds(20));
        try (Client leader = new Client(proxy.port());
                Client one = new Client(proxy.port());
                Client other = new Client(proxy.port())) {
            leader.send("GET", "/tagged", "");
            await().until(() -> asked.get() == 2);
            one.send("GET", "/tagged", "");
            other.send("GET", "/tagged", "");
            await().until(() -> asked.get() == 3); // there is room for one of them to wait
            version.incrementAndGet();
            purge("{'all':true}");
            assertThat(List.of(one.read("GET").text(), other.read("GET").text()))
                    .as("who waited for long asked alone, and not for what it had found before")
                    .containsExactlyInAnyOrder("v1", "v2");
            gate.countDown();
            leader.read("GET");
            settle();
            assertThat(get("/tagged").text()).isEqualTo("v2");
        }
    }
}
