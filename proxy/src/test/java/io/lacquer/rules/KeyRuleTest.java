package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer is stored under. */
class KeyRuleTest {
    private static final Policy PARTS = Given.policy()
            .key(false, List.of(), List.of(), "x-a")
            .varyBy(new Policy.VaryBy.Header("x-b"), new Policy.VaryBy.Cookie("c"), new Policy.VaryBy.User())
            .build();

    private static String text(Policy policy, String url, String fields) {
        return KeyRule.key("shape", policy, Given.target(url), Given.headers(fields))
                .text();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '/',
            nullValues = "null",
            value = {
                "false /    /            / b=2&a=1         / b=2&a=1",
                "false /    /            / null            / null",
                "true  /    /            / b=2&a=1&b=1     / a=1&b=2&b=1",
                "true  /    /            / &&a&&           / a",
                "true  /    /            / &               / null",
                "false / id /            / x=1&id=2&id=3   / id=2&id=3",
                "false / i* /            / x=1&id=2&i=3    / id=2&i=3",
                "false /    / utm_*      / utm_a=1&b=2     / b=2",
                "false /    / utm_*      / UTM_a=1         / UTM_a=1",
                "false /    / utm_*      / utm_a           / null",
                "false /    / a          / a=1&aa=2        / aa=2",
                "false /    / a          / %61=1           / %61=1",
                "false / *  / b          / a=1&b=2         / a=1",
                "true  /    /            / a==1&a=         / a==1&a="
            })
    void query(boolean sort, String keep, String drop, String query, String expected) {
        Policy policy = Given.policy()
                .key(sort, keep == null ? List.of() : List.of(keep), drop == null ? List.of() : List.of(drop))
                .build();
        assertThat(KeyRule.query(policy.key(), query)).isEqualTo(expected);
    }

    @Test
    void theUrlIsSchemeHostPathAndQuery() {
        CacheKey key = KeyRule.key("shape", Given.NONE, Given.target("/a/%2e/b?c=d"), Given.headers("Cookie: c=1"));
        assertThat(key.url()).isEqualTo("http://example.org/a/b?c=d");
        assertThat(key.text()).isEqualTo("shape\nhttp://example.org/a/b?c=d");
        assertThat(key.hash()).matches("[0-9a-f]{32}");
    }

    @Test
    void eachPartIsThereOnceInItsPlace() {
        assertThat(text(PARTS, "/", "X-B: 2 | X-A: 1 | Cookie: b=9; c=3 | Authorization: Bearer secret"))
                .startsWith("shape\nhttp://example.org/\nh:x-a=1\nh:x-b=2\nc:c=3\nu:=")
                .doesNotContain("secret");
        assertThat(text(PARTS, "/", "")).isEqualTo("shape\nhttp://example.org/\nh:x-a-\nh:x-b-\nc:c-\nu:-");
        assertThat(text(PARTS, "/", "X-A: | Cookie: c=")).contains("h:x-a=\n").contains("c:c=\n");
    }

    @Test
    void theShapeTellsPoliciesApart() {
        String plain = KeyRule.shape(Given.NONE);
        assertThat(KeyRule.shape(Given.policy("force", 9).build())).isEqualTo(plain);
        assertThat(List.of(
                        plain,
                        KeyRule.shape(PARTS),
                        KeyRule.shape(
                                Given.policy().key(true, List.of(), List.of()).build()),
                        KeyRule.shape(Given.policy()
                                .key(false, List.of("a"), List.of())
                                .build()),
                        KeyRule.shape(Given.policy()
                                .key(false, List.of(), List.of("a"))
                                .build()),
                        KeyRule.shape(Given.policy()
                                .key(false, List.of(), List.of(), "a")
                                .build()),
                        KeyRule.shape(Given.policy()
                                .varyBy(new Policy.VaryBy.Header("a"))
                                .build()),
                        KeyRule.shape(Given.policy()
                                .varyBy(new Policy.VaryBy.Cookie("a"))
                                .build()),
                        KeyRule.shape(
                                Given.policy().varyBy(new Policy.VaryBy.User()).build())))
                .doesNotHaveDuplicates();
    }

    @Test
    void theContentOfAQueryIsInItsKeyByRfc10008Section2_7() {
        CacheKey plain = KeyRule.key("shape", Given.NONE, Given.target("/a?b"), Given.headers(""));
        List<CacheKey> keys = List.of(
                plain,
                KeyRule.withContent(plain, Given.headers(""), ""),
                KeyRule.withContent(plain, Given.headers(""), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Type: a/b"), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Type: a/b, a/b"), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Type: "), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Encoding: a/b"), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Language: de"), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Location: /z"), "x"),
                KeyRule.withContent(plain, Given.headers("Content-Encoding: gzip | Content-Type: a/b"), "x"),
                KeyRule.withContent(plain, Given.headers(""), "a\nq:content=b"));
        assertThat(keys).doesNotHaveDuplicates();
        assertThat(keys).allMatch(key -> key.url().equals(plain.url()), "one URL for purges");
        assertThat(keys).allMatch(key -> key.text().startsWith(plain.text()));
        assertThat(KeyRule.withContent(plain, Given.headers("X: y"), "x"))
                .isEqualTo(KeyRule.withContent(plain, Given.headers(""), "x"));
    }
}
