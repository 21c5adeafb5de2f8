package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Field lines and the small grammars in their values. */
class FieldValuesTest {
    @Nested
    class CacheControlTest {
        @ParameterizedTest
        @CsvSource(
                delimiter = '/',
                value = {
                    "max-age=5                / 5",
                    "MAX-AGE=5 / 5",
                    "max-age=\"5\" / 5",
                    "max-age=05 / 5",
                    "max-age=                 / 0",
                    "max-age   / 0",
                    "max-age=-1    / 0",
                    "max-age=1e3 / 0",
                    "max-age=5;x              / 0",
                    "maxage=5  / -1",
                    "x=\"max-age=5\" / -1",
                    "x=\"a, max-age=5\" / -1",
                    "x=\"a\\\", max-age=9\", max-age=5 / 5",
                    ",,, max-age=5 ,, / 5",
                    "max-age=5, max-age=6 / 5",
                    "max-age=2147483648       / 2147483647"
                })
        void seconds(String line, long seconds) {
            assertThat(CacheControl.parse(List.of(line)).seconds("max-age")).isEqualTo(seconds);
        }

        @Test
        void fieldNames() {
            CacheControl control = CacheControl.parse(List.of("no-cache=\"a, b\", private"));
            assertThat(control.fieldNames("no-cache")).containsExactly("a", "b");
            assertThat(control.fieldNames("private")).isEmpty();
            assertThat(control.has("no-cache")).isTrue();
            assertThat(control.hasBare("no-cache")).isFalse();
            assertThat(control.hasBare("private")).isTrue();
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource(
                delimiter = '/',
                value = {
                    "private               / true  /",
                    "private=              / true  /",
                    "private=\"\"            / true  /",
                    "private=\" , \"         / true  /",
                    "private=\"a\"           / false / a",
                    "private=\"a, b\"        / false / a b",
                    "private=a             / false / a",
                    "private=\"a b\"         / true  /",
                    "private=\"a, b c\"      / true  /",
                    "private=\"a:\"          / true  /",
                    "PRIVATE=\"A\"           / false / A",
                    "x=\"private\"           / false /"
                })
        void unqualifiedUnlessEachNameCouldBeAFields(String line, boolean unqualified, String names) {
            CacheControl control = CacheControl.parse(List.of(line));
            assertThat(control.isUnqualified("private")).isEqualTo(unqualified);
            assertThat(control.qualifying("private")).isEqualTo(names == null ? List.of() : List.of(names.split(" ")));
        }

        @Test
        void nothing() {
            assertThat(CacheControl.parse(List.of("", " , ")))
                    .satisfies(none -> assertThat(none.isEmpty()).isTrue());
        }
    }

    @Nested
    class HeadersTest {
        private final Headers headers = Headers.of("A", "1", "b", "2, 3", "a", "4", "B", "");

        @Test
        void namesHaveNoCase() {
            assertThat(headers.all("A")).containsExactly("1", "4");
            assertThat(headers.get("B")).isEqualTo("2, 3");
            assertThat(headers.joined("a")).isEqualTo("1, 4");
            assertThat(headers.joined("c")).isNull();
            assertThat(headers.has("c")).isFalse();
            assertThat(headers.tokens("B")).containsExactly("2", "3");
            assertThat(headers.hasToken("b", "3")).isTrue();
        }

        @Test
        void edited() {
            Headers edited = headers.edit()
                    .set("A", "9")
                    .append("b", "8")
                    .append("c", "7")
                    .build();
            assertThat(edited).isEqualTo(Headers.of("b", "2, 3", "B", "8", "A", "9", "c", "7"));
            assertThat(headers.size()).as("unchanged").isEqualTo(4);
        }

        @Test
        void aNameWithoutValueIsAMistake() {
            assertThatThrownBy(() -> Headers.of("a")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    class CookiesTest {
        @ParameterizedTest
        @CsvSource(
                delimiter = '/',
                value = {
                    "a=1 / 1",
                    "b=2; a=1 / 1",
                    "b=2;a=1 / 1",
                    "a=1; a=2 / 1;2",
                    "a = 1 / 1",
                    "a=\"1\" / \"1\"",
                    "x=\"; a=1 / 1",
                    "a=b=c / b=c",
                    "aa=1 /",
                    "A=1 /",
                    "a /",
                    "x=a=1 /",
                    "=a=1 /",
                    "a=1;;; / 1"
                })
        void get(String line, String value) {
            assertThat(Cookies.get(Headers.of("Cookie", line), "a")).isEqualTo(value);
        }

        @Test
        void overLines() {
            assertThat(Cookies.get(Headers.of("Cookie", "b=1", "cookie", "a="), "a"))
                    .isEmpty();
        }
    }

    @Nested
    class QueryTest {
        @ParameterizedTest
        @CsvSource({"a=1, 1", "b&a, ''", "a=, ''", "a=1&a=2, 1|2", "aa=1&ba=2,", "a=b=c, b=c", "&&a=1&, 1", "%61=1,"})
        void values(String query, String values) {
            assertThat(Query.values(query, "a"))
                    .isEqualTo(values == null ? List.of() : List.of(values.split("\\|", -1)));
        }

        @Test
        void none() {
            assertThat(Query.parameters(null)).isEmpty();
            assertThat(Query.parameters("")).isEmpty();
        }
    }

    @Nested
    class EntityTagTest {
        @ParameterizedTest
        @CsvSource(
                value = {
                    "\"1\"  // \"1\"  // true", "W/\"1\" // \"1\" // true", "\"1\" // W/\"1\" // true",
                    "\"1\"  // \"2\"  // false", "w/\"1\" // \"1\" // false", "\"\" // \"\" // true"
                },
                delimiterString = "//",
                ignoreLeadingAndTrailingWhitespace = true)
        void weakly(String a, String b, boolean same) {
            assertThat(EntityTag.weakEquals(a, b)).isEqualTo(same);
        }

        @ParameterizedTest
        @CsvSource(
                value = {
                    "\"1\"   // \"1\"   // true",
                    "W/\"1\" // W/\"1\" // false",
                    "\"1\"   // W/\"1\" // false",
                    "\"1\"   // \"2\"   // false",
                    "1       // 1       // false",
                    "\"     // \"     // false",
                    "\"1    // \"1    // false",
                    "\"1\", \"2\" // \"1\", \"2\" // false",
                    "//     // false",
                    "\"\"    // \"\"    // true"
                },
                delimiterString = "//",
                ignoreLeadingAndTrailingWhitespace = true)
        void strongly(String a, String b, boolean same) {
            assertThat(EntityTag.strongEquals(a, b)).isEqualTo(same);
        }

        @Test
        void ofAList() {
            assertThat(EntityTag.anyMatches(List.of("\"a\"", "W/\"b,c\", \"d\""), "\"b,c\""))
                    .isTrue();
            assertThat(EntityTag.anyMatches(List.of("*"), null)).isTrue();
            assertThat(EntityTag.anyMatches(List.of("\"a\""), null)).isFalse();
        }
    }

    @Nested
    class ListsTest {
        @Test
        void betweenTheCommas() {
            assertThat(Lists.between("a, ,b,")).containsExactly("a", "", "b", "");
            assertThat(Lists.between("")).containsExactly("");
            assertThat(Lists.between("\"a,b\",c")).containsExactly("\"a,b\"", "c");
            assertThat(Lists.between("\"a,b")).containsExactly("\"a", "b");
        }
    }

    @Nested
    class CacheKeyTest {
        @ParameterizedTest
        @CsvSource(
                nullValues = "null",
                value = {"http://a/b?c=d?e, c=d?e", "http://a/b?, ''", "http://a/b, null"})
        void query(String url, String query) {
            CacheKey key = new CacheKey(url, "shape\n" + url + "\nh:x=http://a/?");
            assertThat(key.query()).isEqualTo(query);
            assertThat(key.textWithoutQuery()).isEqualTo("shape\nhttp://a/b\nh:x=http://a/?");
        }
    }
}
