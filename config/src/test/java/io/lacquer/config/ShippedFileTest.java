package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The file that comes with Lacquer. */
class ShippedFileTest {
    private static final Path FILE = Path.of("../policies.yaml");

    @Test
    void loadsWithoutAnyVariable() {
        Config config = load(Map.of());
        assertThat(config.cache()).isTrue();
        assertThat(config.tiers().l2()).isNull();
        assertThat(config.origins().get("api").servers()).containsExactly(new Origin.Server("127.0.0.1", 3000));
        assertThat(lifetime(config)).hasSeconds(60);
    }

    @Test
    void mapsTheVariables() {
        Config config = load(Map.of(
                "REDIS_HOST",
                "r",
                "REDIS_PORT",
                "7",
                "REDIS_PASSWORD",
                "p@",
                "REDIS_DB",
                "2",
                "CACHE_ENABLED",
                "0",
                "CACHE_DEFAULT_TTL",
                "9"));
        assertThat(config.cache()).isFalse();
        assertThat(config.tiers().l2().uri()).isEqualTo("redis://:p%40@r:7/2");
        assertThat(lifetime(config)).hasSeconds(9);
    }

    @Test
    void theMoreSpecificVariableWins() {
        Config config = load(Map.of(
                "REDIS_URL",
                "redis://u",
                "REDIS_HOST",
                "r",
                "ENABLE_CACHE",
                "true",
                "CACHE_ENABLED",
                "false",
                "CACHE_TTL",
                "5",
                "CACHE_DEFAULT_TTL",
                "9",
                "ORIGIN_URL",
                "http://o:1"));
        assertThat(config.cache()).isTrue();
        assertThat(config.tiers().l2().uri()).isEqualTo("redis://u");
        assertThat(lifetime(config)).hasSeconds(5);
        assertThat(config.origins().get("api").servers()).containsExactly(new Origin.Server("o", 1));
    }

    private static Duration lifetime(Config config) {
        return config.policies().stream()
                .filter(each -> each.name().equals("products"))
                .findFirst()
                .orElseThrow()
                .ttl()
                .proxy()
                .lifetime();
    }

    private static Config load(Map<String, String> env) {
        Loaded loaded = new ConfigLoader().load(FILE, env);
        assertThat(loaded.complaints()).isEmpty();
        return loaded.config();
    }
}
