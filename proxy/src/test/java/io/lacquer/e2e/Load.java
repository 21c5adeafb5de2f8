package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;

/** Clients that ask without a pause until they are told to stop, each on a connection that is kept alive. */
final class Load implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong done = new AtomicLong();
    private final AtomicReference<Duration> slowest = new AtomicReference<>(Duration.ZERO);
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stop;

    /**
     * Starts.
     *
     * @param path of the n-th request; its answer must be a 200 whose body is the path
     */
    Load(int port, int clients, LongFunction<String> path) {
        for (int i = 0; i < clients; i++) {
            threads.add(Thread.ofVirtual().start(() -> loop(port, path)));
        }
    }

    private void loop(int port, LongFunction<String> path) {
        try (Client client = new Client(port)) {
            while (!stop) {
                String target = path.apply(done.get());
                long began = System.nanoTime();
                Client.Response answer = client.send("GET", target, "").read("GET");
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                slowest.accumulateAndGet(took, (a, b) -> a.compareTo(b) > 0 ? a : b);
                if (answer.status() != 200 || !answer.text().equals(target)) {
                    failures.add(target + ": " + answer.status() + " " + answer.text());
                }
                done.incrementAndGet();
            }
        } catch (Exception failure) {
            failures.add(failure.toString());
        }
    }

    /** Waits until so many more requests have been answered. */
    Load more(long requests) {
        long goal = done.get() + requests;
        await().atMost(Duration.ofSeconds(30)).until(() -> done.get() >= goal || !failures.isEmpty());
        assertThat(failures).isEmpty();
        return this;
    }

    /** The longest that any request took since this was last asked. */
    Duration slowest() {
        return slowest.getAndSet(Duration.ZERO);
    }

    /** Stops, and finds that nothing failed. */
    @Override
    public void close() {
        stop = true;
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(30));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        assertThat(failures).isEmpty();
        assertThat(threads).noneMatch(Thread::isAlive);
        assertThat(done).hasPositiveValue();
    }
}
