package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.lacquer.config.Policy.Level;
import io.lacquer.config.Policy.Ttl;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written is what is loaded. */
class LoadedValuesTest {
    @Test
    void defaultsAreThoseOfTheReference() {
        Config config = ConfigLoader.defaults("http://example.org");
        assertThat(config.listen()).hasToString("0.0.0.0:8080");
        assertThat(config.admin()).isEqualTo(new Config.Admin(new HostPort("127.0.0.1", 9090), null, null, null, null));
        assertThat(config.cache()).isTrue();
        assertThat(config.trustedProxies()).isEmpty();
        assertThat(config.tiers()).isEqualTo(new Config.Tiers(new Config.L1(256 << 20, 8 << 20), null));
        assertThat(config.limits()).isEqualTo(new Config.Limits(8192, 32768, 100, 0, 10_000, 64, 128));
        assertThat(config.timeouts()).isEqualTo(new Config.ClientTimeouts(s(10), s(30), s(75), s(30)));
        assertThat(config.collapse()).isEqualTo(new Config.Collapse(s(5), 10_000));
        assertThat(config.drainTimeout()).isEqualTo(s(10));
        assertThat(config.accessLog()).isEqualTo(new Config.AccessLog(Config.LogMode.OFF, null, 0.01));
        assertThat(config.serverTiming()).isFalse();
        assertThat(config.defaults()).isEqualTo(new Config.Defaults("default", Mode.RESPECT, Policy.TARGETS));
        assertThat(config.policies()).isEmpty();
        assertThat(config.purge())
                .isEqualTo(new Purging(
                        null,
                        Purging.WhenCutOff.SERVE,
                        s(2),
                        false,
                        null,
                        List.of(),
                        Duration.ZERO,
                        null,
                        1,
                        null,
                        null,
                        100_000,
                        Duration.ofMillis(50)));
        assertThat(config.implies()).isEmpty();
        assertThat(config.schedule()).isEmpty();
        assertThat(config.namespaceVersions()).isEmpty();
        assertThat(config.origins().get("default"))
                .isEqualTo(new Origin(
                        "default",
                        List.of(new Origin.Server("example.org", 80)),
                        null,
                        s(1),
                        s(15),
                        s(30),
                        256,
                        10_000,
                        s(30)));
    }

    @Test
    void defaultsNeedAnOrigin() {
        assertThatThrownBy(() -> ConfigLoader.defaults("example.org")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyTopLevelValue() throws Exception {
        Config config = Golden.good("everything");
        assertThat(config.listen()).isEqualTo(new HostPort("::1", 8080));
        assertThat(config.admin())
                .isEqualTo(new Config.Admin(
                        new HostPort("0.0.0.0", 9091),
                        "/run/secrets/token",
                        "/run/secrets/read",
                        "/run/secrets/purge",
                        new Config.Jwt(
                                "/run/secrets/jwt.pem",
                                Config.JwtAlgorithm.ES256,
                                "lacquer",
                                "https://login.example.org",
                                "lacquer",
                                s(60))));
        assertThat(config.trustedProxies().getFirst().contains(InetAddress.ofLiteral("10.9.8.7")))
                .isTrue();
        assertThat(config.origins().get("api"))
                .isEqualTo(new Origin(
                        "api",
                        List.of(new Origin.Server("127.0.0.1", 3000), new Origin.Server("::1", 3001)),
                        "api.example.org",
                        Duration.ofMillis(500),
                        s(90),
                        Duration.ofHours(1),
                        10,
                        0,
                        s(10)));
        assertThat(config.tiers().l1()).isEqualTo(new Config.L1(1_000_000_000, 1 << 20));
        assertThat(config.tiers().l2())
                .isEqualTo(new Config.L2(
                        "rediss://bob:p%40ss%3Aword%2F%25@redis:6380/3",
                        new Config.RedisTls("/etc/redis-ca.pem", true),
                        Duration.ofMillis(20),
                        "shop_1",
                        7,
                        1_000_000,
                        0));
        assertThat(config.limits()).isEqualTo(new Config.Limits(4096, 16384, 50, 10 << 20, 500, 32, 200));
        assertThat(config.timeouts()).isEqualTo(new Config.ClientTimeouts(s(5), s(6), s(7), s(8)));
        assertThat(config.collapse()).isEqualTo(new Config.Collapse(s(2), 100));
        assertThat(config.drainTimeout()).isEqualTo(s(60));
        assertThat(config.accessLog()).isEqualTo(new Config.AccessLog(Config.LogMode.SAMPLED, "/var/log/access", 0.5));
        assertThat(config.serverTiming()).isTrue();
        assertThat(config.defaults()).isEqualTo(new Config.Defaults("api", Mode.OVERRIDE, Policy.TARGETS));
        assertThat(config.namespaceVersions()).containsExactly(Map.entry("images", 3), Map.entry("default", 1));
    }

    @Test
    void howPurgesSpread() {
        assertThat(Golden.good("everything").purge())
                .isEqualTo(new Purging(
                        "redis://log:6379",
                        Purging.WhenCutOff.PASS,
                        Duration.ofMillis(1500),
                        true,
                        2,
                        List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("::1")),
                        s(3),
                        Duration.ofHours(1),
                        0.25,
                        "edge-1.example.org:8080",
                        "off",
                        5000,
                        Duration.ZERO));
    }

    @Test
    void thePurgeLogHasAnAddressAsL2Has() {
        String yaml = "{version: 1, origins: {a: {servers: [\"http://a\"]}}, purge: {redis: nowhere}}";
        ConfigLoader loader = new ConfigLoader();
        assertThat(loader.parse("f", yaml, Map.of()).complaints())
                .singleElement()
                .extracting(Complaint::problem)
                .asString()
                .startsWith("purge.redis: ");
    }

    @Test
    void whichTagsGoWithWhich() {
        Config config = Golden.good("everything");
        assertThat(config.implies())
                .containsExactly(
                        Map.entry("user_roles", List.of("users", "roles")),
                        Map.entry("users", List.of("people")),
                        Map.entry("{odd}", List.of("people")));
        assertThat(config.implied(List.of("user_roles", "other")))
                .containsExactly("user_roles", "other", "users", "roles", "people");
    }

    @Test
    void purgesThatComeByThemselves() {
        List<String> none = List.of();
        assertThat(Golden.good("everything").schedule())
                .containsExactly(
                        new Scheduled(
                                Cron.parse("30 4 * * mon-fri", ZoneId.of("Europe/Berlin")),
                                List.of("reports"),
                                List.of("report:*"),
                                List.of("https://a.example.org/reports/"),
                                List.of("https://*.example.org/r/*"),
                                List.of("https://a.example.org/"),
                                List.of("images", "failures"),
                                false,
                                true),
                        new Scheduled(
                                Cron.parse("@monthly", ZoneId.of("UTC")),
                                none,
                                none,
                                none,
                                none,
                                none,
                                none,
                                true,
                                false));
    }

    @Test
    void everyValueOfAPolicy() {
        Policy images = Golden.good("everything").policies().get(1);
        Level day = Level.on(Duration.ofDays(1));
        assertThat(images)
                .isEqualTo(new Policy(
                        "images",
                        "images",
                        new Policy.Match(
                                List.of("*.example.org", "example.org"),
                                PathPattern.parse("/img/{id}.png"),
                                List.of("GET"),
                                Map.of("accept", "image/*", "dnt", "1"),
                                Map.of("v", "*", "debug", "false"),
                                List.of()),
                        "img",
                        true,
                        Mode.OVERRIDE,
                        new Ttl(day, day, day),
                        null,
                        null,
                        null,
                        Policy.TARGETS,
                        List.of(
                                new Policy.VaryBy.Header("accept"),
                                new Policy.VaryBy.Cookie("theme"),
                                new Policy.VaryBy.User()),
                        new Policy.Key(true, List.of("v"), List.of("utm_*"), List.of("x-tenant")),
                        List.of(
                                Template.parse("img:{id}"),
                                Template.parse("{{img}}"),
                                Template.ofRequest("t:{header:X-TENANT}:{query:v}")),
                        Policy.ClientDirectives.HONOUR,
                        true,
                        Policy.SetCookie.STRIP,
                        new Policy.Bypass(Map.of("x-debug", "*"), List.of("session"), Map.of("cache", "false")),
                        null,
                        true,
                        List.of(Template.parse("image.changed.{id}")),
                        Policy.Across.AUTO));
    }

    @Test
    void aStatusRangeExpands() {
        Policy errors = Golden.good("everything").policies().getFirst();
        assertThat(errors.namespace()).isEqualTo("failures");
        assertThat(errors.match().status()).hasSize(101).contains(404, 500, 599);
        assertThat(errors.staleIfError()).isZero();
        assertThat(errors.ttl()).isEqualTo(new Ttl(Level.on(Duration.ZERO), Level.OFF, Level.on(s(10))));
    }

    @Test
    void whatAWriteInvalidates() {
        Policy writes = Golden.good("everything").policies().get(2);
        assertThat(writes.match().methods()).containsExactly("POST", "DELETE");
        assertThat(writes.invalidate())
                .isEqualTo(new Policy.Invalidate(
                        List.of(Template.parse("img:{id}")),
                        List.of(Template.parse("/img/{id}.png?v=1"), Template.parse("/img")),
                        List.of(Template.parse("/thumbs/{id}")),
                        false,
                        true));
    }

    @Test
    void variablesAreTyped() {
        Config config = Golden.good("variables");
        assertThat(config.listen().port()).isEqualTo(7000);
        assertThat(config.cache()).isFalse();
        assertThat(config.serverTiming()).isTrue();
        assertThat(config.tiers().l1().size()).isEqualTo(64 << 20);
        assertThat(config.tiers().l2()).isNull();
        assertThat(config.limits().headerCount()).isEqualTo(64);
        assertThat(config.accessLog()).isEqualTo(new Config.AccessLog(Config.LogMode.FULL, "${N}-x-y", 0.01));
        Policy policy = config.policies().getFirst();
        assertThat(policy.match().path()).hasToString("/word/**");
        assertThat(policy.ttl().proxy()).isEqualTo(Level.on(s(60)));
        assertThat(policy.staleIfError()).isNull();
    }

    @Test
    void anObjectOfL1IsNeverLargerThanL1() {
        String yaml = "{version: 1, origins: {a: {servers: [\"http://a\"]}}, tiers: {l1: {size: 1MiB}}}";
        assertThat(new ConfigLoader()
                        .parse("f", yaml, Map.of())
                        .config()
                        .tiers()
                        .l1()
                        .maxObject())
                .isEqualTo(1 << 20);
    }

    /** In the cells: a lifetime in seconds, "off", or "-" for unset. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ttl: 7s                                  | 7   | 7    | 7
        ttl: {browser: 0}                        | 0   | -    | -
        ttl: {cdn: off}                          | -   | off  | -
        preset: browser                          | 300 | off  | off
        preset: cdn                              | 300 | 3600 | off
        preset: redis                            | 60  | off  | 3600
        preset: full                             | 60  | 3600 | 3600
        preset: browser, ttl: 7s                 | 7   | off  | off
        preset: cdn, ttl: 7s                     | 7   | 7    | off
        preset: redis, ttl: 7s                   | 7   | off  | 7
        preset: cdn, ttl: {proxy: 7s}            | 300 | 3600 | 7
        preset: full, ttl: {browser: off, cdn: 0}| off | 0    | 3600
        mode: override                           | -   | -    | -
        """)
    void presetsAndLifetimes(String yaml, String browser, String cdn, String proxy) {
        Ttl ttl = only("name: a, match: {path: /a}, " + yaml).ttl();
        assertThat(List.of(cell(ttl.browser()), cell(ttl.cdn()), cell(ttl.proxy())))
                .containsExactly(browser, cdn, proxy);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ttl: 5m                             | IGNORE
        preset: redis                       | IGNORE
        preset: cdn                         | HONOUR
        ttl: {browser: 5m}                  | HONOUR
        ttl: 5m, client_directives: honour  | HONOUR
        preset: cdn, client_directives: ignore | IGNORE
        cache: true                         | HONOUR
        """)
    void clientDirectives(String yaml, Policy.ClientDirectives expected) {
        assertThat(only("name: a, match: {path: /a}, " + yaml).clientDirectives())
                .isEqualTo(expected);
    }

    @Test
    void aFileThatIsNotThereIsAComplaint(@TempDir Path folder) {
        Path file = folder.resolve("none.yaml");
        assertThat(new ConfigLoader().load(file, Map.of()).complaints())
                .hasToString("[" + file + ":1:1: there is no such file; give the path of one with --config]");
    }

    @Test
    void aFileThatIsTooLongIsAComplaint(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("long.yaml"), "#".repeat(ConfigLoader.LONGEST + 1));
        assertThat(new ConfigLoader().load(file, Map.of()).complaints())
                .singleElement()
                .extracting(Complaint::problem)
                .isEqualTo("the file is longer than 4MiB");
    }

    @Test
    void aFileThatIsNotUtf8IsAComplaintWithItsPlace(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', '\n', 'b', (byte) 0xE4, '\n'});
        assertThat(new ConfigLoader().load(file, Map.of()).complaints())
                .singleElement()
                .satisfies(each -> assertThat(each.toString()).contains(":2:2: the file is not UTF-8 here"));
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheText(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("bom.yaml"), "\uFEFFcolour: 1");
        assertThat(new ConfigLoader().load(file, Map.of()).complaints())
                .extracting(Complaint::column, Complaint::problem)
                .contains(tuple(1, "unknown key \"colour\""));
    }

    private static Policy only(String yaml) {
        return Golden.policy(yaml).config().policies().getFirst();
    }

    private static String cell(Level level) {
        return switch (level.state()) {
            case UNSET -> "-";
            case OFF -> "off";
            case ON -> String.valueOf(level.lifetime().toSeconds());
        };
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
