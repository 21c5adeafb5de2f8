package io.lacquer.purge.redis;

import io.lacquer.purge.Position;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.CompletionStage;

/**
 * What a node asks of the log's server, for as long as that is the same process. Nothing blocks; an answer may come late,
 * or never: then it fails. Whether what failed was done, nobody knows.
 */
interface Session {
    /**
     * What a node knows of the log when it asks.
     *
     * @param generation the newest that it has met
     * @param applied the last position that it has applied
     * @param id of the purge there, or empty
     */
    record Known(long generation, Position applied, String id) {
        List<String> words() {
            return List.of(Long.toString(generation), applied.toString(), id);
        }
    }

    /**
     * What a script said of the log.
     *
     * @param generation now
     * @param bases the last position before each of the last generations
     * @param serverMillis its time
     * @param last the newest position, or that before what was appended
     * @param number the generation's age in milliseconds, or the log's length
     * @param other whether what the caller has applied last is another purge there: it has followed another log
     * @param rest what else was said
     */
    record Said(
            long generation,
            NavigableMap<Long, Position> bases,
            long serverMillis,
            Position last,
            long number,
            boolean other,
            List<String> rest) {}

    /** Whether it may be asked. */
    boolean isOpen();

    /** Whether the server may evict the log: short of memory, it throws away what has no time to live. */
    boolean mayEvict();

    /** Appends records, each of id, whether it is written again, and text. */
    CompletionStage<Said> append(Known known, int mostKept, List<String> records);

    /** Signs, and asks how the log and the others are; {@code words} empty takes leave. */
    CompletionStage<Said> sign(Known known, String id, String words);

    /** How many replicas have all that was sent on the connection of signs, or of appends, after a while at most. */
    CompletionStage<Long> replicas(boolean ofSigns, int wanted);

    /** The records after a position, some of them; waits a while where there are none. */
    CompletionStage<List<StreamMessage<String, String>>> await(Position after);

    /** The records after a position, some of them. */
    CompletionStage<List<StreamMessage<String, String>>> page(Position after);

    /** The oldest record, or none. */
    CompletionStage<List<StreamMessage<String, String>>> first();

    /** Leaves a note in a node's name; all of them go when none was left for a while. */
    void leave(String name, String note);

    /** The notes that were left, by name. */
    CompletionStage<Map<String, String>> notes();

    /** Throws a note away. */
    void forget(String name);

    /** Asks nothing any more. */
    void close();

    /** Whether a server has answered so: it is there. */
    static boolean isAnswer(Throwable failure) {
        return failure instanceof RedisCommandExecutionException
                || failure.getCause() instanceof RedisCommandExecutionException;
    }

    /** Whether something failed because it can't tell of the connection any more. */
    static boolean isRoleLost(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        return text.contains("READONLY") || text.contains("MOVED") || text.contains("LOADING");
    }
}
