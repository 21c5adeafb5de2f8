package io.lacquer.purge.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The two promises in many histories of nodes, each in an order of its own: {@code -Dlacquer.interleavings=N} tries N of
 * them, from {@code -Dlacquer.interleavings.first=SEED} on. A seed makes the same history each time.
 */
class InterleavingsTest {
    private static final int SEEDS = Integer.getInteger("lacquer.interleavings", 40);
    private static final long FIRST = Long.getLong("lacquer.interleavings.first", 1);

    private static final int ENOUGH = 3;

    private static SteppedServer server;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        server = new SteppedServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void whatWasAcknowledgedIsInForceWhateverComesWhen() {
        List<String> broken = new ArrayList<>();
        long acknowledged = 0;
        long everywhere = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS && broken.size() < ENOUGH; seed++) {
            Interleaving history = new Interleaving(seed, server, folder.resolve("s" + seed));
            try {
                history.run();
            } catch (Interleaving.Violation violation) {
                broken.add(violation.getMessage());
            }
            acknowledged += history.acknowledged();
            everywhere += history.everywhere();
        }
        assertThat(broken).isEmpty();
        assertThat(acknowledged).as("purges acknowledged").isGreaterThan(5L * SEEDS);
        assertThat(everywhere).as("those of all nodes").isGreaterThan(SEEDS);
    }
}
