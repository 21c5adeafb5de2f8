package io.lacquer.purge.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.purge.Position;
import io.lacquer.purge.Purge;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a node tells others that it has applied. */
class ClaimsTest {
    /** Others take a claim in a generation for a sign that this node has written again there what that lacks. */
    @Test
    void aPositionIsClaimedOnlyOnceItsGenerationWasMet() throws Exception {
        Random random = new Random(1);
        Steps steps = new Steps(random);
        try (SteppedServer server = new SteppedServer()) {
            server.begin(steps);
            Purges purges = new Purges(steps);
            RedisLog.Settings settings =
                    new RedisLog.Settings("shop", "n", Duration.ofMillis(500), 0, 1_000, true, false);
            RedisLog log = new RedisLog(
                    settings,
                    () -> CompletableFuture.completedFuture(new SteppedSession(server, steps, random)),
                    () -> {},
                    purges,
                    null,
                    steps,
                    new Actor(steps.line()));
            for (int i = 0; i < 300; i++) { // until it follows the log
                steps.step();
            }
            assertThat(log.isReachable()).isTrue();
            long met = purges.position().generation();
            server.delete(true);
            Scope scope = Scope.of(Set.of("t"), List.of());
            Purge purge = new Purge("p", "other", 0, "api", "*", scope, false, -1, true); // its issuer waits to hear
            Session.Said said = server.session()
                    .append(new Session.Known(0, Position.START, ""), 100, List.of("p", "0", purge.toText()))
                    .toCompletableFuture()
                    .join();
            server.timed(said, false);
            assertThat(said.generation()).isGreaterThan(met);
            for (int i = 0; i < 1_000 && server.members().isEmpty(); i++) {
                steps.step();
            }
            Position claim = Position.parse(server.members().getFirst().split(" ")[2]);
            assertThat(purges.position().generation()).as("it has been read").isEqualTo(said.generation());
            assertThat(claim.generation()).as("and is not claimed yet").isEqualTo(met);
        }
    }
}
