package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What patterns match, capture and cover. */
class PathPatternTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        /                | /                  | true
        /                | /a                 | false
        /a               | /a                 | true
        /a               | /a/                | false
        /a               | /A                 | false
        /a/              | /a/                | true
        /a/              | /a                 | false
        /a/*             | /a/b               | true
        /a/*             | /a/                | false
        /a/*             | /a                 | false
        /a/*             | /a/b/c             | false
        /a/{x}/c         | /a/b/c             | true
        /static/**       | /static            | true
        /static/**       | /static/           | true
        /static/**       | /static/a/b        | true
        /static/**       | /staticfiles       | false
        /**              | /                  | true
        /**              | /a//b/             | true
        /**              | *                  | false
        /**/b            | /b                 | true
        /**/b            | /a/b/b             | true
        /**/b            | /a/b/c             | false
        /a/**/b/**/c     | /a/c/b/x/b/c       | true
        /a/**/b/**/c     | /a/c/c             | false
        /**/**           | /                  | true
        /img/{id}.png    | /img/1.png         | true
        /img/{id}.png    | /img/.png          | false
        /img/{id}.png    | /img/1.png.png     | true
        /img/{id}.png    | /img/1.jpg         | false
        /img/a*.png      | /img/a.png         | false
        /{a}-{b}         | /x-y-z             | true
        /{a}-{b}         | /-y                | false
        /{a}-{b}         | /x-                | false
        /a b             | /a%20b             | true
        /a%7eb           | /a~b               | true
        /a%2fb           | /a%2Fb             | true
        /ü               | /%C3%BC            | true
        /{x}0            | /a%20              | false
        /{x}0            | /a0                | true
        /*%20            | /%20               | false
        /*.js            | /a%2.js            | false
        """)
    void matches(String pattern, String path, boolean expected) {
        assertThat(PathPattern.parse(pattern).matches(path, new Captures())).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        /u/{id}          | /u/7               | {id=7}
        /u/{id}          | /u/a%2Fb%20%C3%BC  | {id=a/b ü}
        /u/{id}          | /u/%FF             | {id=\uFFFD}
        /{a}/**/{b}      | /1/2/3/4           | {a=1, b=4}
        /**/{a}/x/{b}    | /0/x/1/x/2         | {a=1, b=2}
        /{a}-{b}         | /x-y-z             | {a=x, b=y-z}
        /*/{b}.*         | /q/y.tar.gz        | {b=y}
        /**              | /a                 | {}
        """)
    void captures(String pattern, String path, String expected) {
        Captures captures = new Captures();
        assertThat(PathPattern.parse(pattern).matches(path, captures)).isTrue();
        assertThat(new Route(null, List.of(), List.of(), captures.asSent()).captures())
                .hasToString(expected);
    }

    @Test
    void capturesOutliveTheNextMatch() {
        Captures captures = new Captures();
        PathPattern.parse("/{a}").matches("/1", captures);
        Map<String, String> first = captures.asSent();
        PathPattern.parse("/{b}").matches("/2", captures);
        assertThat(first).containsExactly(Map.entry("a", "1"));
        assertThat(captures.asSent()).containsExactly(Map.entry("b", "2"));
    }

    @Test
    void captureNamesAreInOrder() {
        assertThat(PathPattern.parse("/{b}/*/{a}.x").captureNames()).containsExactly("b", "a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "/a?b",
                "/a#b",
                "/a\\b",
                "/{a",
                "/a}",
                "/{}",
                "/{a b}",
                "/{a}{b}",
                "/***",
                "/{a}/{a}",
                "/.",
                "/a/..",
                "/%2e",
                "/a%"
            })
    void refuses(String pattern) {
        assertThatThrownBy(() -> PathPattern.parse(pattern)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesMoreThanItCanNote() {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i <= PathPattern.MOST_CAPTURES; i++) {
            pattern.append("/{c").append(i).append('}');
        }
        assertThatThrownBy(() -> PathPattern.parse(pattern.toString())).hasMessageContaining("too long");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        /**              | /a/b               | true
        /**              | /a/**/{x}          | true
        /a/**            | /a                 | true
        /a/**            | /a/                | true
        /a/**            | /b                 | false
        /a/*             | /a/{x}             | true
        /a/*             | /a/b*              | true
        /a/*             | /a/**              | false
        /a/*             | /a/                | false
        /a/{x}           | /a/b/c             | false
        /a/*.png         | /a/b*.png          | true
        /a/*.png         | /a/x.png           | true
        /a/*.png         | /a/*g              | false
        /a/*0            | /a/*%20            | false
        /*/b             | /**/b              | false
        /**/b            | /*/b               | true
        /**/b            | /**/a/b            | true
        /**/*            | /**                | false
        """)
    void covers(String wide, String narrow, boolean expected) {
        assertThat(PathPattern.parse(wide).covers(PathPattern.parse(narrow))).isEqualTo(expected);
    }

    @Test
    void timeIsLinearInThePath() {
        PathPattern pattern = PathPattern.parse("/**/a*a*a*b/**/a*b*c/**/d");
        String path = "/" + "a".repeat(200_000) + "/a".repeat(100_000);
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertThat(pattern.matches(path, new Captures())).isFalse());
    }
}
