package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.config.Config;
import io.lacquer.config.ConfigLoader;
import io.lacquer.config.Loaded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guard counts what other nodes were asked for. */
class InvalidationsTest {
    private static final Inventory NOTHING = (scope, most) -> Inventory.Hit.NONE;

    private final ManualClock clock = new ManualClock();
    private final HitShares shares = new HitShares(clock);
    private Invalidations invalidations;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("policies.yaml");
        Files.writeString(file, """
            version: 1
            origins: {api: {servers: ["http://127.0.0.1:1"]}}
            purge: {max_share: 0.5}
            """);
        Loaded loaded = new ConfigLoader().load(file, Map.of());
        Config config = loaded.config();
        Purges purges = new Purges(clock);
        LocalLog log = new LocalLog(purges, clock, "here");
        SharedHits hits = new SharedHits(shares, log, clock, "here", Runnable::run);
        invalidations = new Invalidations(log, NOTHING, hits, () -> config, clock, "here");
        for (int i = 0; i < 4; i++) {
            shares.hit(new Subject("http://h/" + i, List.of("t" + i), "n"), 1);
        }
    }

    private Receipt.Outcome ask(String tag) {
        Scope scope = Scope.of(Set.of(tag), List.of());
        Invalidations.Wish wish =
                new Invalidations.Wish(scope, false, false, Duration.ofSeconds(1), false, false, "api");
        return invalidations.invalidate(wish).toCompletableFuture().join().outcome();
    }

    private Purge elsewhere(String tag, String reason, String issuer) {
        return elsewhere(tag, reason, issuer, clock.wallMillis());
    }

    private static Purge elsewhere(String tag, String reason, String issuer, long atMillis) {
        return new Purge("x" + tag, issuer, atMillis, reason, "*", Scope.of(Set.of(tag), List.of()), false, -1, false);
    }

    @Test
    void splittingOverNodesGetsRoundNothing() {
        invalidations.heard(elsewhere("t0", "api", "there"), 1);
        invalidations.heard(elsewhere("t1", "purge-method", "there"), 1);
        assertThat(ask("t2")).isEqualTo(Receipt.Outcome.TOO_MUCH);
    }

    @Test
    void whatIsWrittenAgainToALogThatHadLostItDoesNotCountAgain() {
        long before = clock.wallMillis() - 120_000;
        invalidations.heard(elsewhere("t0", "api", "there", before), 1);
        invalidations.heard(elsewhere("t1", "api", "there", before), 1);
        assertThat(ask("t2")).isEqualTo(Receipt.Outcome.DONE);
    }

    @ParameterizedTest
    @CsvSource({"api-forced, there", "mutation, there", "schedule, there", "api, here"})
    void whatWasMeantOrWrittenOrCountedAlreadyDoesNotCount(String reason, String issuer) {
        invalidations.heard(elsewhere("t0", reason, issuer), 1);
        invalidations.heard(elsewhere("t1", reason, issuer), 1);
        assertThat(ask("t2")).isEqualTo(Receipt.Outcome.DONE);
    }

    @Test
    void purgesAskedForAtTheSameMomentSeeEachOther() throws Exception {
        for (int round = 0; round < 200; round++) {
            HitShares of = new HitShares(clock);
            IntStream.range(0, 4).forEach(i -> of.hit(new Subject("http://h/" + i, List.of("t" + i), "n"), 1));
            try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
                CyclicBarrier together = new CyclicBarrier(4);
                List<Future<Boolean>> all = pool.invokeAll(IntStream.range(0, 4)
                        .<Callable<Boolean>>mapToObj(i -> () -> {
                            together.await();
                            return of.charge(Scope.of(Set.of("t" + i), List.of()), 0.5) <= 0.5;
                        })
                        .toList());
                assertThat(all.stream().filter(Future::resultNow)).hasSize(2);
            }
        }
    }
}
