package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where tags come from, how many there may be, what they imply; and namespaces, events. */
class PurgeTagsTest extends WithPurges {
    @Test
    void gapsAreFilledFromPathHeadersAndQuery() {
        answerAll();
        proxy(policies("""
            - name: a
              match: {path: "/a/{id}"}
              ttl: 10m
              key: {headers: [X-Tenant]}
              tags: ["id:{id}", "t:{header:X-Tenant}", "p:{query:page}", "{{x}}"]
            """));
        get("/a/1", "X-Tenant: one");
        warm("/a/1", "/a/2?page=3", "/a/%32%33");
        purge("{'tags':['t:one']}");
        assertThat(get("/a/1", "X-Tenant: one").cache()).isEqualTo("MISS");
        assertLives("/a/1", "/a/2?page=3");
        purge("{'tags':['p:3','t:','p:']}");
        assertEnded("/a/2?page=3");
        assertLives("/a/1");
        purge("{'tags':['id:23']}");
        assertEnded("/a/23");
        assertLives("/a/1");
        purge("{'tags':['{x}']}");
        assertEnded("/a/1", "/a/23");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Surrogate-Key: one two",
                "surrogate-key: two",
                "Surrogate-Key: one,two",
                "Surrogate-Key:   one   two  ",
                "Cache-Tag: one,two",
                "Cache-Tag: one, two ,",
                "xkey: two one",
                "Xkey: two",
                "X-Magento-Tags: one,two"
            })
    void theOriginNamesTagsAndNobodySeesThem(String field) {
        answerAll(field, "Cache-Control: max-age=600");
        proxy(PLAIN);
        Client.Response first = get("/a");
        warm("/a");
        String name = field.substring(0, field.indexOf(':'));
        assertThat(first.header(name)).isNull();
        assertThat(get("/a").header(name)).isNull();
        purge("{'tags':['three','tw','one two','TWO']}".replace("'one two',", ""));
        assertLives("/a");
        purge("{'tags':['two']}");
        assertEnded("/a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Surrogate-Key: 6\" foo 7\" | foo",
                "Surrogate-Key: 6\" foo 7\" | 7\\\"",
                "Cache-Tag: 6\",foo,7\" | foo",
                "Surrogate-Key: a\tfoo | foo"
            })
    void quotesInTagsAreCharactersLikeOthers(String field, String tag) {
        answerAll(field.replace("\\t", "\t"), "Cache-Control: max-age=600");
        proxy(PLAIN);
        warm("/a");
        purge("{'tags':['" + tag + "']}");
        assertEnded("/a");
    }

    @Test
    void tagsBeyondAsciiAreWhatTheOriginWroteInUtf8() {
        byte[] utf8 = "köln München".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String field = "Surrogate-Key: " + new String(utf8, java.nio.charset.StandardCharsets.ISO_8859_1);
        answerAll(field, "Cache-Control: max-age=600");
        proxy(policies("- {name: all, match: {path: \"/**\"}, tags: [\"lang:{header:X-Lang}\", \"q:{query:q}\"], key:"
                + " {headers: [X-Lang]}}"));
        warm("/a");
        purge("{'tags':['köln']}");
        assertEnded("/a");
        warm("/a");
        purge("{'tag_patterns':['mü*', 'Mü*']}");
        assertEnded("/a");
        warm("/a?q=%C3%BC");
        purge("{'tags':['q:ü']}");
        assertEnded("/a?q=%C3%BC");
    }

    @Test
    void severalFieldsAndLinesAddUp() {
        answerAll("Surrogate-Key: a", "Surrogate-Key: b", "Cache-Tag: c", "xkey: d", "Cache-Control: max-age=600");
        proxy(policies("- {name: p, match: {path: /a}, tags: [e]}"));
        for (String tag : "abcde".split("")) {
            warm("/a");
            purge("{'tags':['" + tag + "']}");
            assertEnded("/a");
        }
    }

    @Test
    void aRenewalBringsNewTags() {
        origin.on("/a", call -> {
            boolean same = "\"1\"".equals(call.header("If-None-Match"));
            String tag = "Surrogate-Key: " + (same ? "new" : "old");
            call.reply(same ? 304 : 200, "x", date(), "ETag: \"1\"", tag, "Cache-Control: max-age=60");
        });
        proxy(PLAIN);
        warm("/a");
        clock.advance(java.time.Duration.ofSeconds(61));
        assertThat(get("/a").cache()).isEqualTo("REVALIDATED");
        purge("{'tags':['old']}");
        assertLives("/a");
        purge("{'tags':['new']}");
        assertEnded("/a");
    }

    private double dropped() {
        return metric("lacquer_tags_dropped_total");
    }

    @Test
    void tooManyAndTooLongTagsAreDroppedAndCounted() {
        String many = IntStream.range(0, 10).mapToObj(i -> "t" + i).collect(Collectors.joining(" "));
        answerAll("Surrogate-Key: " + many, "Cache-Control: max-age=600");
        proxy("limits: {tags: 4, tag_length: 16}\n" + policies("""
            - {name: a, match: {path: "/a/{x}"}, tags: [own, "x:{x}"]}
            - {name: b, match: {path: "/b"}, tags: [sixteen-letters-, seventeen-letters]}
            """));
        double before = dropped();
        warm("/a/1");
        assertThat(dropped() - before).isEqualTo(8);
        purge("{'tags':['t2','t9']}");
        assertLives("/a/1");
        purge("{'tags':['t1']}");
        assertEnded("/a/1");
        before = dropped();
        warm("/b");
        assertThat(dropped() - before).isEqualTo(8);
        purge("{'tags':['seventeen-letters']}");
        assertLives("/b");
        purge("{'tags':['sixteen-letters-']}");
        assertEnded("/b");
    }

    @Test
    void anOrdinaryNumberOfTagsIsKeptWhole() {
        String many = IntStream.range(0, 64).mapToObj(i -> "t" + i).collect(Collectors.joining(" "));
        answerAll("Surrogate-Key: " + many + " t0 t1", "Cache-Control: max-age=600");
        proxy(PLAIN);
        double before = dropped();
        warm("/a");
        assertThat(dropped()).isEqualTo(before);
        purge("{'tags':['t63']}");
        assertEnded("/a");
    }

    private static final String IMPLYING = "purge: {allow: [127.0.0.1]}\n"
            + "implies: {roles: [users, sessions], users: people, sessions: [web]}\n" + policies("""
                - {name: all, match: {path: "/{tag}", method: GET}, ttl: 10m, tags: ["{tag}"]}
                - {name: w, match: {path: "/w/{tag}", method: POST}, invalidate: {tags: ["{tag}"]}}
                """);

    @ParameterizedTest
    @ValueSource(strings = {"api", "pattern", "method", "write"})
    void whatATagImpliesGoesWithItThroughAllOfThem(String by) {
        answerAll();
        proxy(IMPLYING);
        warm("/roles", "/users", "/sessions", "/people", "/web", "/other");
        switch (by) {
            case "api" ->
                assertThat(purge("{'tags':['roles']}").get("entries").asLong()).isEqualTo(5);
            case "pattern" -> purge("{'tag_patterns':['ro*s']}");
            case "method" -> send("PURGE", "/", "", "Surrogate-Key: roles");
            default -> send("POST", "/w/roles", "x");
        }
        assertEnded("/roles", "/users", "/sessions", "/people", "/web");
        assertLives("/other");
        purge("{'tags':['users']}");
        assertEnded("/users", "/people");
        assertLives("/roles", "/sessions", "/web", "/other");
        purge("{'tags':['web']}");
        assertLives("/roles", "/users", "/sessions", "/people");
    }

    @Test
    void aReloadChangesWhatIsImplied() {
        answerAll();
        proxy(IMPLYING);
        warm("/roles", "/users");
        assertThat(current().reload(IMPLYING.replace("roles: [users, sessions], ", "")))
                .isEmpty();
        purge("{'tags':['roles']}");
        assertEnded("/roles");
        assertLives("/users");
    }

    @Test
    void aNewVersionOfANamespaceAbandonsWhatIsThere() {
        answerAll();
        String yaml = policies("""
            - {name: a, namespace: one, match: {path: /a}, ttl: 10m}
            - {name: b, namespace: two, match: {path: /b}, ttl: 10m}
            """);
        proxy("namespaces: {one: {version: 1}}\n" + yaml);
        warm("/a", "/b");
        assertThat(current().reload("namespaces: {one: {version: 2}}\n" + yaml)).isEmpty();
        assertEnded("/a");
        assertLives("/a", "/b");
        purge("{'urls':['example.org/a']}");
        assertEnded("/a");
    }

    private static final String EVENTFUL = "purge: {max_share: 1}\n" + policies("""
        - {name: d, match: {path: "/d/{id}"}, ttl: 10m, invalidate_on: ["deploy.scale.{id}", "deploy.update.{id}", all-down]}
        - {name: p, match: {path: "/p"}, ttl: 10m, invalidate_on: ["price.{query:sku}"], tags: ["deploy.scale.1"]}
        - {name: n, match: {path: "/n"}, ttl: 10m, tags: [n]}
        """);

    @Test
    void anEventEndsWhatSubscribesAndNothingElse() {
        answerAll();
        proxy(EVENTFUL);
        String[] all = {"/d/1", "/d/2", "/p?sku=1", "/p?sku=2", "/p", "/n"};
        warm(all);
        event("{'event':'deploy.scale.3'}");
        event("{'event':['deploy.scale','deploy.scale.*','n','price.','deploy.scale.{id}']}");
        assertLives(all);
        assertThat(event("{'event':'deploy.scale.1'}").get("entries").asLong()).isEqualTo(1);
        assertEnded("/d/1");
        assertLives("/d/2", "/p?sku=1", "/n");
        event("{'event':['deploy.update.2','price.2']}");
        assertEnded("/d/2", "/p?sku=2");
        assertLives("/d/1", "/p?sku=1", "/p", "/n");
        event("{'events':['all-down'],'wait':'all'}");
        assertEnded("/d/1", "/d/2");
        assertLives("/p?sku=1", "/n");
    }

    @Test
    void anEventMayBeSoftOrDry() {
        answerAll();
        proxy(EVENTFUL);
        warm("/d/1");
        assertThat(event("{'event':'all-down','dry_run':true}").get("entries").asLong())
                .isEqualTo(1);
        assertLives("/d/1");
        event("{'event':'all-down','soft':true}");
        assertThat(get("/d/1").cache()).isNotEqualTo("HIT");
        assertLives("/d/1");
    }

    /** The tags that Lacquer itself gives can be named by nobody, and no pattern of tags means them. */
    @Test
    void aTagPatternDoesNotMeanEvents() {
        answerAll();
        proxy(EVENTFUL);
        warm("/d/1", "/p", "/n");
        purge("{'tag_patterns':['*deploy*','*event*']}");
        assertLives("/d/1", "/n");
        assertEnded("/p");
    }
}
