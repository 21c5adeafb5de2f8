package io.lacquer.purge.redis;

import io.lacquer.http.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * What would happen on many threads happens here on one, a step at a time, in an order that a seed chooses, and in a time
 * that passes when there is nothing else to do, or a little in between. Within a line the order is kept.
 */
final class Steps implements Clock {
    private static final long START_MILLIS = 1_800_000_000_000L;
    private static final int NOW_AND_THEN = 40;
    private static final long A_LITTLE_NANOS = 20_000_000;

    private record Timer(long atNanos, long order, Line line, Runnable step) {}

    private final Random random;
    private final List<Line> lines = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atNanos).thenComparingLong(Timer::order));
    private long now;
    private long order;

    Steps(Random random) {
        this.random = random;
    }

    @Override
    public long wallMillis() {
        return START_MILLIS + now / 1_000_000;
    }

    @Override
    public long nanos() {
        return now;
    }

    /** A line of its own. */
    Line line() {
        Line line = new Line();
        lines.add(line);
        return line;
    }

    /** Does the next step. */
    void step() {
        if (random.nextInt(NOW_AND_THEN) == 0) {
            pass(random.nextLong(A_LITTLE_NANOS));
        }
        lines.removeIf(Line::isShutdown);
        List<Line> ready = ready();
        while (ready.isEmpty()) {
            pass(Math.max(0, next() - now));
            ready = ready();
        }
        ready.get(random.nextInt(ready.size())).steps.removeFirst().run();
    }

    private List<Line> ready() {
        return lines.stream().filter(Line::isReady).toList();
    }

    private long next() {
        long next = timers.isEmpty() ? Long.MAX_VALUE : timers.peek().atNanos();
        for (Line line : lines) {
            if (!line.steps.isEmpty() && line.heldUntil > now) {
                next = Math.min(next, line.heldUntil);
            }
        }
        if (next == Long.MAX_VALUE) {
            throw new IllegalStateException("nothing will ever happen again");
        }
        return next;
    }

    /** Lets time pass, and what is due then come to its line. */
    void pass(long nanos) {
        now += nanos;
        while (!timers.isEmpty() && timers.peek().atNanos() <= now) {
            Timer due = timers.remove();
            due.line().execute(due.step());
        }
    }

    /** What nobody asks for. */
    private static final class Unasked extends CompletableFuture<Object> implements ScheduledFuture<Object> {
        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    /** Steps of which each comes after the one before; as an executor, one thread. */
    final class Line extends AbstractExecutorService implements ScheduledExecutorService {
        private final Deque<Runnable> steps = new ArrayDeque<>();
        private long heldUntil;
        private boolean over;

        private boolean isReady() {
            return !steps.isEmpty() && heldUntil <= now;
        }

        /** Does no step for so long. */
        void hold(long nanos) {
            heldUntil = Math.max(heldUntil, now + nanos);
        }

        /** Goes on at once. */
        void free() {
            heldUntil = 0;
        }

        /** Does the next step now, whoever's turn it is; whether there was one. */
        boolean next() {
            Runnable step = steps.pollFirst();
            if (step != null) {
                step.run();
            }
            return step != null;
        }

        /** Comes to this line after so long. */
        void later(long nanos, Runnable step) {
            timers.add(new Timer(now + Math.max(0, nanos), order++, this, step));
        }

        /** What is to be done before all else here. */
        void first(Runnable step) {
            steps.addFirst(step);
        }

        /** Throws away what was not done yet. */
        void clear() {
            steps.clear();
        }

        @Override
        public void execute(Runnable step) {
            if (over) {
                return;
            }
            steps.addLast(step);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable step, long delay, TimeUnit unit) {
            later(unit.toNanos(delay), step);
            return new Unasked();
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable step, long first, long delay, TimeUnit unit) {
            later(unit.toNanos(first), () -> {
                step.run();
                scheduleWithFixedDelay(step, delay, delay, unit);
            });
            return new Unasked();
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable step, long first, long period, TimeUnit unit) {
            throw new RejectedExecutionException("not used");
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> step, long delay, TimeUnit unit) {
            throw new RejectedExecutionException("not used");
        }

        @Override
        public void shutdown() {
            over = true;
            steps.clear();
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutdown();
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return over;
        }

        @Override
        public boolean isTerminated() {
            return over;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return over;
        }
    }
}
