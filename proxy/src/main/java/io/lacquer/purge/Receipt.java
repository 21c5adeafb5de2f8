package io.lacquer.purge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a purge.
 *
 * @param id of it
 * @param outcome in one word
 * @param position in the log, or null
 * @param journaled whether this node's journal has it on disk
 * @param nodes how each stands, where that was asked for
 * @param hit what it concerned on this node
 * @param share of the last hour's hits that it concerned, with the purges before it in that hour; null where nobody asked
 * @param why it is not as asked, or null
 */
public record Receipt(
        String id,
        Outcome outcome,
        @Nullable Position position,
        boolean journaled,
        List<PurgeLog.Node> nodes,
        Inventory.Hit hit,
        @Nullable Share share,
        @Nullable String why) {

    /**
     * A share of the last hour's hits.
     *
     * @param part of them, 0 to 1
     * @param nodes whose hits they are, by name
     */
    public record Share(double part, List<String> nodes) {}

    /** What became of it. */
    public enum Outcome {
        /** As asked. */
        DONE,
        /** Nothing was done, as asked. */
        DRY_RUN,
        /** In force on this node; the log can't be reached. */
        LOCAL_ONLY,
        /** In the log; not all nodes have it in time. */
        NOT_EVERYWHERE,
        /** In force on this node, and nowhere on a disk: neither the log nor the journal takes it. */
        NOT_KEPT,
        /** Nothing was done: the log can't be reached, and it is required. */
        NO_LOG,
        /** Nothing was done: it concerns too large a share of what is asked for. */
        TOO_MUCH
    }

    /** The names of nodes that may serve what is older. */
    public List<String> missing() {
        return nodes.stream()
                .filter(node -> node.state() == PurgeLog.State.BEHIND || node.state() == PurgeLog.State.SILENT)
                .map(PurgeLog.Node::name)
                .toList();
    }
}
