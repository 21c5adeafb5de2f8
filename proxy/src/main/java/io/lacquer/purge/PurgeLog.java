package io.lacquer.purge;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Where purges are put in order and kept for all nodes. Nothing here blocks. */
public interface PurgeLog extends AutoCloseable {
    /**
     * A purge that is in force on this node.
     *
     * @param position in the log; null where only this node, and its journal if there is one, has it
     * @param journaled whether the local journal has it on disk
     * @param replicated whether as many replicas of the log have it as were asked for
     * @param unkept whether there is a journal that could not take it, and the log does not have it either
     */
    record Written(@Nullable Position position, boolean journaled, boolean replicated, boolean unkept) {}

    /** How a node stands to a purge. */
    enum State {
        /** It has applied it. */
        APPLIED,
        /** It has not been heard of for so long that it serves nothing from its tiers. */
        LEASE_EXPIRED,
        /** It has not been heard of for longer than its lease; if it runs, it serves what it has, as it is told to. */
        SILENT,
        /** It may serve what is older. */
        BEHIND
    }

    /** A node, by name, and how it stands. */
    record Node(String name, State state) {}

    /**
     * Who stands how.
     *
     * @param complete whether no node serves anything older any more, but for silent ones that are told to serve on
     * @param why not, or what else is to be known; or null
     */
    record Everywhere(
            boolean complete, List<Node> nodes, @Nullable String why) {}

    /**
     * What operators see of it.
     *
     * @param shared whether it is one for several nodes
     * @param reachable whether it can be asked now
     * @param ready whether all that it holds has been applied once, or it can't be reached
     * @param position up to where this node has applied it
     * @param last the newest record that is known of
     * @param members nodes that hold a lease or may
     * @param length records in it
     * @param lagSeconds how long after their appending records were applied here, of late
     * @param cutOff how often it was lost
     */
    record Status(
            boolean shared,
            boolean reachable,
            boolean ready,
            Position position,
            Position last,
            List<Node> members,
            long length,
            double lagSeconds,
            double maxLagSeconds,
            long cutOff,
            @Nullable String trouble) {}

    /**
     * Writes a purge, and applies it on this node at the latest when this completes. Fails where it can do neither.
     *
     * @param patience after so long it is applied here and goes on to the log by itself; null waits for the log
     * @param required whether to fail, and not to apply it here, where the log does not take it
     */
    CompletionStage<Written> write(Purge purge, @Nullable Duration patience, boolean required);

    /** Completes when no node serves anything older than a position, or after so long; never fails. */
    CompletionStage<Everywhere> everywhere(Position position, long timeoutNanos);

    /** Where a purge of this node is, of those that it has seen placed of late; else null. */
    @Nullable
    Position placed(String id);

    /** Leaves what others may read of this node, in place of what it left before; may be lost. */
    default void leave(String note) {}

    /** What nodes have left, this one's included, by name; fails where that can't be had now. */
    default CompletionStage<Map<String, String>> notes() {
        return CompletableFuture.completedStage(Map.of());
    }

    /** Throws away what a node has left. */
    default void forget(String name) {}

    /** Whether it can be written to now. */
    boolean isReachable();

    /** How it is. */
    Status status();

    @Override
    void close();
}
