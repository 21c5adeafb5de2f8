package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.config.PathPatternFuzzTest;
import io.lacquer.http.HttpFuzzTest;
import io.lacquer.purge.PurgeFuzzTest;
import io.lacquer.rules.VaryFuzzTest;
import io.lacquer.store.redis.ValueFormatFuzzTest;
import io.lacquer.transport.http1.WireFuzzTest;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * All fuzz tests as one, because a JVM fuzzes one: what {@code mvn verify} runs for some seconds, and
 * {@code mvn verify -Pfuzz} for as long as it is told. The last byte of an input says which test it is for.
 */
@NativeFuzzing
class EveryParserFuzzTest {
    /** One fuzz test. */
    private interface Fuzzed {
        /** Runs it. */
        void run(FuzzedDataProvider data) throws Exception;
    }

    private static final HttpFuzzTest HTTP = new HttpFuzzTest();
    private static final WireFuzzTest WIRE = new WireFuzzTest();
    private static final ValueFormatFuzzTest VALUES = new ValueFormatFuzzTest();
    private static final PurgeFuzzTest PURGES = new PurgeFuzzTest();

    private static final TreeMap<String, Fuzzed> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry("HttpFuzzTest.target", HTTP::target),
            Map.entry("HttpFuzzTest.cacheControl", HTTP::cacheControl),
            Map.entry("HttpFuzzTest.httpDate", HTTP::httpDate),
            Map.entry("HttpFuzzTest.lists", HTTP::lists),
            Map.entry("HttpFuzzTest.structured", HTTP::structured),
            Map.entry("HttpFuzzTest.targetedControl", HTTP::targetedControl),
            Map.entry("HttpFuzzTest.ranges", HTTP::ranges),
            Map.entry("HttpFuzzTest.noVarySearch", HTTP::noVarySearch),
            Map.entry("HttpFuzzTest.entityTags", HTTP::entityTags),
            Map.entry("HttpFuzzTest.references", HTTP::references),
            Map.entry("PathPatternFuzzTest.patterns", new PathPatternFuzzTest()::patterns),
            Map.entry("PurgeFuzzTest.text", PURGES::text),
            Map.entry("PurgeFuzzTest.names", PURGES::names),
            Map.entry("PurgeFuzzTest.journal", PURGES::journal),
            Map.entry("PurgeFuzzTest.hitNote", PURGES::hitNote),
            Map.entry("PurgeFuzzTest.position", PURGES::position),
            Map.entry("VaryFuzzTest.nominated", new VaryFuzzTest()::nominated),
            Map.entry("ValueFormatFuzzTest.mutated", VALUES::mutated),
            Map.entry("ValueFormatFuzzTest.foreign", VALUES::foreign),
            Map.entry("WireFuzzTest.requests", WIRE::requests),
            Map.entry("WireFuzzTest.responses", WIRE::responses),
            Map.entry("WireFuzzTest.bodies", WIRE::bodies)));

    private static final List<Fuzzed> IN_ORDER = List.copyOf(ALL.values());

    @FuzzTest
    void everyParser(FuzzedDataProvider data) throws Exception {
        IN_ORDER.get(data.consumeInt(0, IN_ORDER.size() - 1)).run(data);
    }

    @Test
    void noneIsLeftOut() {
        TreeSet<String> declared = new TreeSet<>();
        for (Class<?> type : List.of(
                HttpFuzzTest.class,
                PathPatternFuzzTest.class,
                PurgeFuzzTest.class,
                VaryFuzzTest.class,
                ValueFormatFuzzTest.class,
                WireFuzzTest.class)) {
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(FuzzTest.class))
                    .map(Method::getName)
                    .forEach(name -> declared.add(type.getSimpleName() + "." + name));
        }
        assertThat(ALL.keySet()).isEqualTo(declared);
    }
}
