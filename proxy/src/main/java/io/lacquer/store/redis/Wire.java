package io.lacquer.store.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.CompletionStage;

/** What a {@link RedisLine} has while it is connected: a connection to one server, or those to a cluster's. */
interface Wire {
    /** What a probe found. */
    enum Health {
        WELL,
        OUT_OF_STEP,
        DEMOTED
    }

    /** Whether commands have a chance. */
    boolean isOpen();

    /** Commands that concern keys. */
    RedisClusterAsyncCommands<byte[], byte[]> commands();

    /** Commands to the one server whose clock and information stand for all. */
    CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> speaker();

    /** Asks for an echo of a number that was not asked before; fails if there is no answer. */
    CompletionStage<Health> probe(long number);

    /** Closes it, some time later. */
    void close();
}
