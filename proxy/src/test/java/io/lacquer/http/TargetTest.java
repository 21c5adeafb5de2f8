package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request targets in their one form (RFC 3986 §6.2, RFC 9112 §3.2), and those that have none. */
class TargetTest {
    private static Target parse(String target) throws Target.MalformedException {
        return Target.parse("GET", target, "example.org", "http");
    }

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/a, /a",
        "/a/, /a/",
        "/a/b/../c, /a/c",
        "/a/./b, /a/b",
        "/a/b/.., /a/",
        "/a/b/., /a/b/",
        "/.., /",
        "/../../a, /a",
        "/a/../.., /",
        "/., /",
        "/.a, /.a",
        "/..a, /..a",
        "/a.., /a..",
        "/..., /...",
        "//, //",
        "//a, //a",
        "/a//b, /a//b",
        "/a//../b, /a/b",
        "/a/..//b, //b",
        "/%61, /a",
        "/%7Ea, /~a",
        "/%2Da%5f, /-a_",
        "/%2e%2e/a, /a",
        "/a/%2E/b, /a/b",
        "/a%20b, /a%20b",
        "/%c3%a9, /%C3%A9",
        "/a%3fb, /a%3Fb",
        "/a%23, /a%23",
        "/a+b, /a+b",
        "/a:b@c, /a:b@c",
        "/a%3a, /a%3A",
        "/a|b, /a|b",
        "/A, /A"
    })
    void normalised(String raw, String path) throws Exception {
        Target target = parse(raw + "?q=%61");
        assertThat(target.ambiguous()).isFalse();
        assertThat(target.path()).isEqualTo(path);
        assertThat(target.query()).isEqualTo("q=%61");
        assertThat(target.raw()).isEqualTo(raw + "?q=%61");
        assertThat(target.normalised()).isEqualTo(path + "?q=%61");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%2F",
                "/%2f",
                "/%5C",
                "/\\",
                "/%00",
                "/%0a",
                "/%0D",
                "/%1f",
                "/%7F",
                "/%25",
                "/%252e",
                "/;",
                "/a;b=c",
                "/%3B",
                "/%",
                "/%4",
                "/%g1",
                "/%-1",
                "/%+1",
                "/\u00e9",
                "/\u007f",
                "/\u0130",
                "/%\uff11\uff11",
                "/a\tb"
            })
    void ambiguous(String raw) throws Exception {
        Target target = parse(raw);
        assertThat(target.ambiguous()).isTrue();
        assertThat(target.path()).isEqualTo(raw);
        assertThat(target.raw()).isEqualTo(raw);
    }

    @ParameterizedTest
    @CsvSource({
        "Example.ORG, example.org",
        "example.org:80, example.org",
        "example.org:, example.org",
        "example.org., example.org",
        "example.org.:80, example.org",
        "example.org:0080, example.org",
        "example.org:8080, example.org:8080",
        "example.org:443, example.org:443",
        "'', ''",
        "[::1], [::1]",
        "[::1]:80, [::1]",
        "[2001:DB8::1]:81, [2001:db8::1]:81",
        "a_b, a_b"
    })
    void host(String field, String host) throws Exception {
        assertThat(Target.parse("GET", "/", field, "http").host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b",
                "a/b",
                "user@a",
                "a:b",
                "a:80:80",
                "a:999999",
                "a:99999",
                "a:-1",
                "a:+1",
                "a,b",
                ":80",
                "a?b",
                "a#b",
                "a\u00e9",
                "a%41",
                "::1",
                "a\\b",
                "a:\u0661"
            })
    void noHost(String field) {
        assertThatThrownBy(() -> Target.parse("GET", "/", field, "http")).isInstanceOf(Target.MalformedException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.b/c?d, a.b, /c, d",
        "HTTP://A.b:80/c, a.b, /c,",
        "https://a.b/c, a.b, /c,",
        "http://a.b, a.b, /,",
        "http://a.b?d, a.b, /, d"
    })
    void absoluteForm(String raw, String host, String path, String query) throws Exception {
        Target target = parse(raw);
        assertThat(target.host()).isEqualTo(host);
        assertThat(target.path()).isEqualTo(path);
        assertThat(target.query()).isEqualTo(query);
        assertThat(target.scheme()).as("a stranger's word").isEqualTo("http");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "*",
                "ftp://a/b",
                "http:///a",
                "http://",
                "://a",
                "a:80",
                "/#a",
                "/a?b#c",
                "http://u@a/",
                "http:/a"
            })
    void refused(String raw) {
        assertThatThrownBy(() -> parse(raw)).isInstanceOf(Target.MalformedException.class);
    }

    @Test
    void theStarIsForOptions() throws Exception {
        assertThat(Target.parse("OPTIONS", "*", "a", "http").path()).isEqualTo("*");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            nullValues = "nowhere",
            value = {
                // RFC 3986 §5.4, on http://example.org/b/c/d?q
                "g:h, nowhere",
                "g, /b/c/g",
                "./g, /b/c/g",
                "g/, /b/c/g/",
                "/g, /g",
                "//g, nowhere",
                "?y, /b/c/d?y",
                "g?y, /b/c/g?y",
                "#s, /b/c/d?q",
                "g#s, /b/c/g",
                "g?y#s, /b/c/g?y",
                "'', /b/c/d?q",
                "., /b/c/",
                "./, /b/c/",
                ".., /b/",
                "../, /b/",
                "../g, /b/g",
                "../.., /",
                "../../, /",
                "../../g, /g",
                "../../../g, /g",
                "../../../../g, /g",
                "/./g, /g",
                "/../g, /g",
                "g., /b/c/g.",
                "..g, /b/c/..g",
                "./../g, /b/g",
                "./g/., /b/c/g/",
                "g/./h, /b/c/g/h",
                "g/../h, /b/c/h",
                "g?y/./x, /b/c/g?y/./x",
                "g?y/../x, /b/c/g?y/../x",
                "g#s/../x, /b/c/g",
                "http:g, nowhere",
                // of the same origin, or not
                "//example.org/g, /g",
                "//EXAMPLE.org:80//g, //g",
                "HTTP://Example.Org./g?y, /g?y",
                "http://example.org, /",
                "http://example.org?y, /?y",
                "https://example.org/g, /g",
                "http://example.org:8080/g, nowhere",
                "http://example.org.evil/g, nowhere",
                "http://user@example.org/g, nowhere",
                "http://example.org\\@evil/g, nowhere",
                "http:///g, nowhere",
                "///g, nowhere",
                "//, nowhere",
                "mailto:a@example.org, nowhere",
                // what a URI class would refuse, or lose
                "/a|b, /a|b",
                "g:8, nowhere",
                "./g:8, /b/c/g:8",
                "/a//b, /a//b",
                "a//b, /b/c/a//b",
                "/%7eg, /~g"
            })
    void resolved(String reference, String expected) throws Exception {
        Target to = parse("/b/c/d?q").resolve(reference);
        assertThat(to == null ? null : to.normalised()).isEqualTo(expected);
        if (to != null) {
            assertThat(to.host()).isEqualTo("example.org");
            assertThat(to.scheme()).isEqualTo(reference.startsWith("https") ? "https" : "http");
        }
    }

    @Test
    void resolvedOnOddBases() throws Exception {
        assertThat(parse("/a//b/c").resolve("d").path())
                .as("empty segments stay")
                .isEqualTo("/a//b/d");
        assertThat(parse("/a|b/c").resolve("d").path()).isEqualTo("/a|b/d");
        assertThat(parse("//a/b").resolve("").path()).isEqualTo("//a/b");
        assertThat(parse("/a/../b?q").resolve("").normalised()).isEqualTo("/b?q");
        assertThat(parse("/a").resolve("b;c").ambiguous()).isTrue();
        assertThat(parse("/a").resolve("b c").ambiguous()).isTrue();
        Target secure = Target.parse("GET", "/a", "example.org:8443", "https");
        assertThat(secure.resolve("//example.org:8443/b").path()).isEqualTo("/b");
        assertThat(secure.resolve("http://example.org:8443/b").scheme())
                .as("what ends TLS before us is not known to the origin")
                .isEqualTo("http");
        assertThat(secure.resolve("//example.org/b")).isNull();
        assertThat(Target.parse("OPTIONS", "*", "a", "http").resolve("/b").path())
                .isEqualTo("/b");
        assertThat(Target.parse("GET", "/a", "", "http").resolve("/b")).isNull();
    }

    @Test
    void whatAnAuthorityMeansIsNotRememberedForAnotherScheme() throws Target.MalformedException {
        for (int i = 0; i < 2; i++) {
            assertThat(Target.parse("GET", "/", "Example.org:443", "https").host())
                    .isEqualTo("example.org");
            assertThat(Target.parse("GET", "/", "Example.org:443", "http").host())
                    .isEqualTo("example.org:443");
            assertThatThrownBy(() -> Target.parse("GET", "/", "a..b", "http"))
                    .isInstanceOf(Target.MalformedException.class)
                    .hasMessageContaining("empty label");
            assertThat(Target.parse("GET", "/", "", "http").host()).isEmpty();
        }
    }
}
