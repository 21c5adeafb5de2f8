package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How purges spread over the nodes and what happens where they can't.
 *
 * @param redis where the purge log lives; null: where {@code tiers.l2} is
 * @param whenCutOff what a node does while it can't read the log
 * @param lease how long after its last confirmation of the log a node serves from its tiers where it passes when cut off
 * @param requireLog whether purges that can't be written to the log are refused
 * @param minReplicas how many replicas must have a record before it counts; null: 1 with Sentinel or Cluster, else 0
 * @param allow peers that may send {@code PURGE} to the main listener
 * @param hold what was fetched within so long after a matching purge is not stored
 * @param hardenAfter how long after it a soft purge becomes a hard one; null: never
 * @param maxShare purges that hit a larger share of the last hour's hits need force, 0 to 1; 1 is no guard
 * @param node this node's name; null: its host name and port
 * @param journal a file that keeps this node's purges until the log has them; null: one in the state folder; or
 *     {@link #NO_JOURNAL}
 * @param logLength how many purges the log keeps
 * @param mutationWait how long the answer to a write waits for the other nodes
 */
public record Purging(
        @Nullable String redis,
        WhenCutOff whenCutOff,
        Duration lease,
        boolean requireLog,
        @Nullable Integer minReplicas,
        List<Cidr> allow,
        Duration hold,
        @Nullable Duration hardenAfter,
        double maxShare,
        @Nullable String node,
        @Nullable String journal,
        int logLength,
        Duration mutationWait) {
    /** The {@link #journal} of a node that keeps none. */
    public static final String NO_JOURNAL = "off";

    /** What a node does while it can't read the purge log. */
    public enum WhenCutOff {
        /** It serves what it has: available, but a purge may be missed until the log is read again. */
        SERVE,
        /** It asks the origin: nothing purged is served, at the price of load. */
        PASS
    }
}
