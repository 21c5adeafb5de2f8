package io.lacquer.config;

import io.lacquer.config.Policy.Level;
import io.lacquer.config.Policy.Ttl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The keys {@code preset} and {@code ttl} of a policy. */
final class TtlKeys {
    private static final Level MINUTE = Level.on(Duration.ofMinutes(1));
    private static final Level FIVE_MINUTES = Level.on(Duration.ofMinutes(5));
    private static final Level HOUR = Level.on(Duration.ofHours(1));

    /** What each preset switches on and off. */
    static final Map<String, Ttl> PRESETS = Map.of(
            "browser", new Ttl(FIVE_MINUTES, Level.OFF, Level.OFF),
            "cdn", new Ttl(FIVE_MINUTES, HOUR, Level.OFF),
            "redis", new Ttl(MINUTE, Level.OFF, HOUR),
            "full", new Ttl(MINUTE, HOUR, HOUR));

    /** {@code preset}. */
    static final Key<Ttl> PRESET = Key.optional(
            "preset",
            Scalars.choice(PRESETS),
            "which levels store, with default lifetimes: `browser` (browser 5m), `cdn` (browser 5m, cdn 1h), `redis`"
                    + " (browser 1m, proxy 1h), `full` (browser 1m, cdn 1h, proxy 1h); the others are told not to");

    private static final Scalar<Level> LEVEL = new Scalar<>(
            "a duration or off",
            "write one such as 60s, or off",
            Map.of("anyOf", List.of(Scalars.DURATION.schema(), Map.of("const", "off"))),
            (text, fromEnv) -> text.equals("off") ? Level.OFF : Level.on(lifetime(text)));
    private static final Key<Level> BROWSER = Key.optional("browser", LEVEL, "the browser's lifetime, or `off`");
    private static final Key<Level> CDN = Key.optional("cdn", LEVEL, "the lifetime in a CDN before Lacquer, or `off`");
    private static final Key<Level> PROXY = Key.optional("proxy", LEVEL, "the lifetime in Lacquer, or `off`");

    private static final Scalar<UnaryOperator<Ttl>> ALL =
            new Scalar<>("a duration", "write one such as 60s", Scalars.DURATION.schema(), (text, fromEnv) -> {
                if (text.equals("off")) {
                    throw new Malformed("off is for one level", "write cache: false, or ttl: {browser: off}");
                }
                Level level = Level.on(lifetime(text));
                return preset -> onAll(preset, level);
            });
    private static final Section<UnaryOperator<Ttl>> EACH = new Section<>(List.of(BROWSER, CDN, PROXY), TtlKeys::each);

    /** {@code ttl}, as a change to what the preset says. */
    static final Key<UnaryOperator<Ttl>> TTL = Key.optional(
            "ttl",
            new Either<>(ALL, EACH),
            "one lifetime for all levels (with a preset: for those it has on), or one for each; a level that is"
                    + " given is switched on");

    private TtlKeys() {}

    /** Caches are told lifetimes in whole seconds. */
    private static Duration lifetime(String text) {
        Duration lifetime = Durations.parse(text);
        if (lifetime.toNanosPart() != 0) {
            throw new Malformed("a lifetime of " + text + " is no whole number of seconds", "write 1s or more, or 0");
        }
        return lifetime;
    }

    /** The lifetimes of a policy. */
    static Ttl lifetimes(Fields fields) {
        Ttl preset = fields.find(PRESET);
        UnaryOperator<Ttl> change = fields.find(TTL);
        Ttl base = preset == null ? Ttl.UNSET : preset;
        return change == null ? base : change.apply(base);
    }

    private static Ttl onAll(Ttl preset, Level level) {
        return preset.isSet()
                ? new Ttl(
                        preset.browser().isOn() ? level : preset.browser(),
                        preset.cdn().isOn() ? level : preset.cdn(),
                        preset.proxy().isOn() ? level : preset.proxy())
                : new Ttl(level, level, level);
    }

    private static UnaryOperator<Ttl> each(Fields fields) {
        Level browser = fields.find(BROWSER);
        Level cdn = fields.find(CDN);
        Level proxy = fields.find(PROXY);
        return preset -> new Ttl(or(browser, preset.browser()), or(cdn, preset.cdn()), or(proxy, preset.proxy()));
    }

    private static Level or(@Nullable Level given, Level preset) {
        return given == null ? preset : given;
    }
}
