package io.lacquer.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** When tasks run that are handed in on a loop, and elsewhere. */
class LoopsTest {
    @Test
    void afterThisTurnIsLaterOnTheSameLoopAndAtOnceElsewhere() throws Exception {
        try (Loops loops = new Loops("test-", 2, true)) {
            Executor soon = loops.afterThisTurn();
            List<String> order = new ArrayList<>();
            EventLoop loop = loops.group().next();
            loop.submit(() -> {
                        soon.execute(() ->
                                order.add("later on " + Thread.currentThread().getName()));
                        order.add("first on " + Thread.currentThread().getName());
                    })
                    .get();
            loop.submit(() -> {}).get();
            soon.execute(
                    () -> order.add("elsewhere on " + Thread.currentThread().getName()));
            String here = order.getFirst().substring("first on ".length());
            assertThat(order)
                    .containsExactly(
                            "first on " + here,
                            "later on " + here,
                            "elsewhere on " + Thread.currentThread().getName());
        }
    }
}
