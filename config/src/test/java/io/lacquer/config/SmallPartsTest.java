package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses, templates, variables, spelling. */
class SmallPartsTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.7/8, 10.1.1.1, true",
        "192.168.4.0/22, 192.168.7.255, true",
        "192.168.4.0/22, 192.168.8.0, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, ::1, false",
        "::1, ::1, true",
        "::1, ::2, false",
        "fd00::/8, fdff::1, true",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.2, false",
        "10.0.0.0/8, ::ffff:10.0.0.1, true",
        "::ffff:10.0.0.0/104, 10.2.3.4, true",
        "::ffff:10.0.0.0/104, 11.2.3.4, false",
    })
    void cidr(String block, String address, boolean expected) {
        assertThat(Cidr.parse(block).contains(InetAddress.ofLiteral(address))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "::1/129",
                "10.1",
                "localhost",
                "1",
                "fe80::1%eth0",
                "[::1]",
                "unix"
            })
    void noCidr(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("; ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        user:{id}      | 7        | user:7
        user:{id}      | a b      | user:a%20b
        user:{id}      | ''       | user:
        {id}           | ''       |
        user:{other}   | 7        |
        {{{id}}}       | 7        | {7}
        {{id}}         | a b      | {id}
        {id}-{id}      | ü/?      | ü/?-ü/?
        """)
    void template(String template, String id, String expected) {
        assertThat(Template.parse(template).render(Map.of("id", id)::get)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {header:X-Tenant}:{query:Id}:{id} | header:x-tenant, query:Id, id | t:7:p
        {header:x-tenant}-{query:a b}     | header:x-tenant, query:a b    |
        {{header:x}}                      | ''                            | {header:x}
        {query:{}                         | -                             |
        {header:a b}                      | -                             |
        {header:}                         | -                             |
        {cookie:a}                        | -                             |
        """)
    void templateOfARequest(String text, String gaps, String expected) {
        if (gaps.equals("-")) {
            assertThatThrownBy(() -> Template.ofRequest(text)).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        Template template = Template.ofRequest(text);
        assertThat(String.join(", ", template.variables())).isEqualTo(gaps);
        assertThat(template.render(Map.of("header:x-tenant", "t", "query:Id", "7", "id", "p")::get))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{header:X-Tenant}", "a{query:id}"})
    void aPathHasNothingOfTheRequest(String text) {
        assertThatThrownBy(() -> Template.parse(text)).hasMessageContaining("which can stand in tags only");
        assertThatThrownBy(() -> PathPattern.parse("/" + text)).hasMessageContaining("which can stand in tags only");
    }

    @Test
    void aValueInATagIsOnePieceAndNeverLong() {
        Template template = Template.parse("of:{id}");
        Map<String, String> expected = Map.of(
                "a b",
                "of:a%20b",
                "a\tb",
                "of:a%09b",
                "a\u0000",
                "of:a%00",
                "a\u00A0b",
                "of:a%C2%A0b",
                "a\u2028b",
                "of:a%E2%80%A8b",
                "\uFFFD",
                "of:%EF%BF%BD",
                "",
                "of:",
                "ü".repeat(64),
                "of:" + "ü".repeat(64));
        expected.forEach((value, tag) ->
                assertThat(template.render(Map.of("id", value)::get)).as(value).isEqualTo(tag));
        for (String value : List.of("x".repeat(129), "ü".repeat(65), "x".repeat(5_000))) {
            String tag = template.render(Map.of("id", value)::get);
            assertThat(tag).matches("of:sha256-[0-9a-f]{64}").isEqualTo(template.render(Map.of("id", value)::get));
            assertThat(tag).isNotEqualTo(template.render(Map.of("id", value + "y")::get));
        }
        assertThat(Template.parse("{id}").render(Map.of("id", "")::get)).isNull();
        assertThat(template.render(name -> null)).isNull();
    }

    @Test
    void aUrlIsSpelledAsClientsSpellIt() {
        assertThat(Template.parse("/u/{id}").renderUrls(Map.of("id", "a%2fb+c@")::get))
                .containsExactly("/u/a%2fb+c@", "/u/a%2Fb+c@");
        assertThat(Template.parse("/{id}?of={id}").renderUrls(Map.of("id", "a+b%20c")::get))
                .contains("/a+b%20c?of=a+b%20c", "/a+b%20c?of=a%2Bb%20c", "/a+b%20c?of=a%2Bb+c");
        assertThat(Template.parse("/u/{id}").renderUrls(Map.of("id", "x".repeat(2_000))::get))
                .containsExactly("/u/" + "x".repeat(2_000));
        for (String none : List.of("", "..", "a/b", "a?b", "%zz")) {
            assertThat(Template.parse("/u/{id}").renderUrls(Map.of("id", none)::get))
                    .as(none)
                    .isEmpty();
        }
        assertThat(Template.parse("/u/{id}").renderUrls(name -> null)).isEmpty();
    }

    @Test
    void aTemplateKnowsItsVariables() {
        assertThat(Template.parse("{b}{{c}}{a}{b}").variables()).containsExactly("b", "a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "}", "{}", "{a", "a}", "{a b}", "{1}"})
    void noTemplate(String text) {
        assertThatThrownBy(() -> Template.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("; ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        plain                  | plain
        ${A}                   | 1
        x${A}y${A}             | x1y1
        ${E}                   | ''
        ${E:-d}                | d
        ${U:-d}                | d
        ${A:-d}                | 1
        ${U:-${V:-x}}          | x
        ${U:-${A:-x}}z         | 1z
        ${A:-${V}}             | 1
        $${A}                  | ${A}
        $$${A}                 | $${A}
        ${R}                   | ${A}
        $A                     | $A
        """)
    void substitution(String text, String expected) {
        assertThat(Substitution.fill(text, Map.of("A", "1", "E", "", "R", "${A}")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${U}", "${", "${A", "${}", "${A-b}", "${A:-", "${A:-${B}", "${U:-${V}}", "${a b}"})
    void noSubstitution(String text) {
        assertThatThrownBy(() -> Substitution.fill(text, Map.of("A", "1")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"8080, 0.0.0.0:8080", ":8080, 0.0.0.0:8080", "LocalHost:1, localhost:1", "[::1]:0, [::1]:0"})
    void hostPort(String text, String expected) {
        assertThat(HostPort.parse(text)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a:", "::1:80", "a:65536", "a b:1", "[x]:1", "a:1:2", "http://a:1"})
    void noHostPort(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "redis://a > redis://a",
                "REDIS://a:1/2 > redis://a:1/2",
                "rediss://u:p%20@a_b > rediss://u:p%20@a_b",
                "redis://:p@[::1]:6379/ > redis://:p@[::1]:6379/",
                "redis://:p,q@a > redis://:p,q@a",
                "redis-sentinel://a#main > redis-sentinel://a#main",
                "redis-sentinel://u:p@a:1,[::1]:2/3#my.main-1 > redis-sentinel://u:p@a:1,[::1]:2/3#my.main-1",
                "REDISS-Sentinel://a,b/0?sentinelMasterId=main > rediss-sentinel://a,b/0#main",
                "redis-sentinel://a?sentinelmasterid=main > redis-sentinel://a#main",
                "redis-cluster://a > redis-cluster://a",
                "rediss-cluster://u:p@a:1,b:2/0 > rediss-cluster://u:p@a:1,b:2",
                "redis://a,redis://b:2 > redis-cluster://a,b:2",
                "rediss://:p@a:1/0 , REDISS://:p@b, rediss://:p@[::1]:3/ > rediss-cluster://:p@a:1,b,[::1]:3",
            })
    void redis(String text, String expected) {
        assertThat(RedisAddress.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "redis://",
                "redis://a/x",
                "redis://a:0",
                "redis://a?b=c",
                "redis://:s3cret %@a",
                "redis://:s3cret%@a",
                "redis-socket:///s3cret",
                "redis://[s3cret]",
                "redis://s3cret,b",
                "redis://a,http://s3cret",
                "redis://:s3cret@a,redis://b",
                "redis://:s3cret@a,rediss://:s3cret@b",
                "redis://:s3cret@a/1,redis://:s3cret@b/1",
                "redis://a,redis://:s3cret#@b",
                "redis://a,redis-sentinel://:s3cret@b#m",
                "redis-sentinel://:s3cret@a",
                "redis-sentinel://:s3cret@a#",
                "redis-sentinel://:s3cret@a#a/b",
                "redis-sentinel://:s3cret#1@a#main",
                "redis-sentinel://:s3cret@a,#main",
                "redis-sentinel://:s3cret@#main",
                "redis-sentinel://:s3cret@a/s3cret#main",
                "redis-sentinel://a?password=s3cret#main",
                "redis-sentinel://a?sentinelMasterId=s3cret!",
                "redis-cluster://:s3cret@a,,b",
                "redis-cluster://:s3cret@a/1",
                "redis-cluster://:s3cret@a#main",
                "redis-cluster-sentinel://:s3cret@a#main"
            })
    void noRedis(String text) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void severalAddressesAreNodesOfACluster() {
        assertThat(RedisAddress.parse(List.of("redis://a"))).isEqualTo("redis://a");
        assertThat(RedisAddress.parse(List.of("redis://u:p@a", "redis://u:p@b:2/")))
                .isEqualTo("redis-cluster://u:p@a,b:2");
        assertThatThrownBy(() -> RedisAddress.parse(List.of("redis://a", "redis-cluster://:s3cret@b")))
                .isInstanceOf(Malformed.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void spelling() {
        List<String> words = List.of("ttl", "tags", "stale_if_error");
        assertThat(Spelling.nearest("tll", words)).contains("ttl");
        assertThat(Spelling.nearest("Tags", words)).contains("tags");
        assertThat(Spelling.nearest("stale-if-eror", words)).contains("stale_if_error");
        assertThat(Spelling.nearest("colour", words)).isEmpty();
        assertThat(Spelling.distance("abc", "acb")).isEqualTo(1);
    }
}
