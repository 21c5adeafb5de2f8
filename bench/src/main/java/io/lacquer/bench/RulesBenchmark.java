package io.lacquer.bench;

import io.lacquer.config.PathPattern;
import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.http.Target;
import io.lacquer.rules.KeyRule;
import io.lacquer.rules.ReuseRule;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The rules that every hit passes: target, key, reuse. Run with {@code -prof gc} for bytes a call. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RulesBenchmark {
    private static final long NOW = 5_000_000_000L;

    private final Headers request =
            Headers.of("Host", "example.org", "User-Agent", "bench/1", "Accept", "*/*", "Accept-Language", "en");
    private final Policy policy = policy();
    private final Target target = target();
    private final StoredHead stored = stored();

    private static Policy policy() {
        return new Policy(
                "users",
                "users",
                new Policy.Match(
                        List.of(), PathPattern.parse("/api/users/{id}"), List.of(), Map.of(), Map.of(), List.of()),
                "api",
                true,
                io.lacquer.config.Mode.RESPECT,
                new Policy.Ttl(Policy.Level.UNSET, Policy.Level.UNSET, Policy.Level.on(Duration.ofMinutes(10))),
                Duration.ofMinutes(1),
                null,
                null,
                Policy.TARGETS,
                List.of(new Policy.VaryBy.Header("accept-language")),
                Policy.Key.DEFAULT,
                List.of(Template.parse("user:{id}")),
                Policy.ClientDirectives.IGNORE,
                false,
                Policy.SetCookie.PASS,
                Policy.Bypass.NONE,
                null,
                false,
                List.of(),
                Policy.Across.OFF);
    }

    private static Target target() {
        try {
            return Target.parse("GET", "/api/users/42?fields=name,mail", "example.org", "http");
        } catch (Target.MalformedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static StoredHead stored() {
        Headers fields = Headers.of(
                "Content-Type",
                "application/json",
                "Cache-Control",
                "max-age=60, stale-while-revalidate=30",
                "ETag",
                "\"1\"");
        return new StoredHead(
                new StoredHead.Owner("users", "users"), ResponseHead.of(200, fields), false, Map.of(), List.of(), 0, 0);
    }

    /** Reads and normalises a request target. */
    @Benchmark
    public Target parseTarget() throws Target.MalformedException {
        return Target.parse("GET", "/api/users/42?fields=name,mail", "example.org", "http");
    }

    /** Makes the key. */
    @Benchmark
    public CacheKey key() {
        return KeyRule.key("0badcafe", policy, target, request);
    }

    /** Judges a fresh stored response. */
    @Benchmark
    public ReuseRule.Verdict reuse() {
        return ReuseRule.judge(stored, CacheControl.NONE, policy, NOW);
    }
}
