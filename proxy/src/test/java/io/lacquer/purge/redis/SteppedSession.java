package io.lacquer.purge.redis;

import io.lacquer.purge.Position;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A node's connections to a real server, of which each command and each answer is a step: it comes there and back when
 * its turn is, or never. On each of the three connections the order is kept.
 */
final class SteppedSession implements Session {
    private static final int COMMANDS = 0;
    private static final int TAIL = 1;
    private static final int SIGNS = 2;
    private static final long QUICK_NANOS = 150_000_000L;
    private static final long PATIENT_NANOS = 800_000_000L;
    private static final long BLOCK_NANOS = 200_000_000L;
    private static final int PAGE = 3;

    private final SteppedServer server;
    private final Steps steps;
    private final Random random;
    private final Session real;
    private final List<Steps.Line> there = new ArrayList<>();
    private final List<Steps.Line> back = new ArrayList<>();
    private final Steps.Line timeouts;
    private final List<CompletableFuture<?>> answers = new ArrayList<>();
    private boolean ended;

    SteppedSession(SteppedServer server, Steps steps, Random random) {
        this.server = server;
        this.steps = steps;
        this.random = random;
        this.real = server.session();
        for (int i = 0; i < 3; i++) {
            there.add(steps.line());
            back.add(steps.line());
        }
        this.timeouts = steps.line();
    }

    /** Some connection is slow for a while, one way. */
    void slow(long nanos) {
        (random.nextBoolean() ? there : back).get(random.nextInt(3)).hold(nanos);
    }

    /** Records, or the answers to commands, come late for a while. */
    void slowAnswers(long nanos) {
        back.get(random.nextBoolean() ? TAIL : COMMANDS).hold(nanos);
    }

    /** Nothing comes there or back for a while. */
    void cut(long nanos) {
        there.forEach(line -> line.hold(nanos));
        back.forEach(line -> line.hold(nanos));
    }

    /** Everything comes through. */
    void free() {
        there.forEach(Steps.Line::free);
        back.forEach(Steps.Line::free);
    }

    /** The connections break: some of what was sent is done yet, of nothing an answer is heard. */
    void drop() {
        if (ended) {
            return;
        }
        ended = true;
        free();
        for (Steps.Line line : there) {
            while (random.nextBoolean() && line.next()) {
                // it had come there
            }
            line.clear();
        }
        back.forEach(Steps.Line::clear);
        List.copyOf(answers)
                .forEach(each -> timeouts.execute(() -> fail(each, new RedisException("Connection closed"))));
    }

    /** The process is gone. */
    void end() {
        drop();
        timeouts.clear();
    }

    private static void fail(CompletableFuture<?> answer, Throwable why) {
        answer.completeExceptionally(why);
    }

    private <T> CompletionStage<T> call(int connection, long timeoutNanos, Supplier<CompletionStage<T>> command) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        answers.add(answer);
        if (ended) {
            timeouts.execute(() -> fail(answer, new RedisException("Connection closed")));
            return answer;
        }
        there.get(connection).execute(() -> done(connection, command, answer));
        timeouts.later(timeoutNanos, () -> fail(answer, new RedisCommandTimeoutException("Command timed out")));
        return answer;
    }

    private <T> void done(int connection, Supplier<CompletionStage<T>> command, CompletableFuture<T> answer) {
        try {
            T said = command.get().toCompletableFuture().get(10, TimeUnit.SECONDS);
            back.get(connection).execute(() -> {
                answer.complete(said);
            });
        } catch (ExecutionException failure) {
            if (!(failure.getCause() instanceof RedisCommandExecutionException)) {
                throw new IllegalStateException(failure);
            }
            back.get(connection).execute(() -> fail(answer, failure.getCause()));
        } catch (InterruptedException | TimeoutException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    @Override
    public boolean isOpen() {
        return !ended;
    }

    @Override
    public boolean mayEvict() {
        return false;
    }

    @Override
    public CompletionStage<Said> append(Known known, int mostKept, List<String> records) {
        return call(
                COMMANDS,
                QUICK_NANOS,
                () -> real.append(known, mostKept, records).thenApply(said -> server.timed(said, false)));
    }

    @Override
    public CompletionStage<Said> sign(Known known, String id, String words) {
        return call(SIGNS, QUICK_NANOS, () -> real.sign(known, id, words).thenApply(said -> server.timed(said, true)));
    }

    @Override
    public CompletionStage<Long> replicas(boolean ofSigns, int wanted) {
        return call(ofSigns ? SIGNS : COMMANDS, QUICK_NANOS, () -> CompletableFuture.completedStage(1L));
    }

    @Override
    public CompletionStage<List<StreamMessage<String, String>>> await(Position after) {
        CompletableFuture<List<StreamMessage<String, String>>> answer = new CompletableFuture<>();
        answers.add(answer);
        if (ended) {
            timeouts.execute(() -> fail(answer, new RedisException("Connection closed")));
            return answer;
        }
        there.get(TAIL).execute(() -> awaits(after, steps.nanos() + BLOCK_NANOS, answer));
        timeouts.later(PATIENT_NANOS, () -> fail(answer, new RedisCommandTimeoutException("Command timed out")));
        return answer;
    }

    private void awaits(
            Position after, long untilNanos, CompletableFuture<List<StreamMessage<String, String>>> answer) {
        if (ended) {
            return;
        }
        try {
            List<StreamMessage<String, String>> records =
                    real.page(after).toCompletableFuture().get(10, TimeUnit.SECONDS);
            if (!records.isEmpty() || steps.nanos() >= untilNanos) {
                back.get(TAIL).execute(() -> {
                    answer.complete(some(records));
                });
            } else {
                server.whenChanged(
                        untilNanos, timeouts, () -> there.get(TAIL).first(() -> awaits(after, untilNanos, answer)));
            }
        } catch (InterruptedException | TimeoutException | ExecutionException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    private List<StreamMessage<String, String>> some(List<StreamMessage<String, String>> records) {
        return records.size() <= PAGE ? records : List.copyOf(records.subList(0, PAGE));
    }

    @Override
    public CompletionStage<List<StreamMessage<String, String>>> page(Position after) {
        return call(COMMANDS, QUICK_NANOS, () -> real.page(after).thenApply(this::some));
    }

    @Override
    public CompletionStage<List<StreamMessage<String, String>>> first() {
        return call(COMMANDS, QUICK_NANOS, real::first);
    }

    @Override
    public void leave(String name, String note) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Map<String, String>> notes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forget(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        drop();
    }
}
