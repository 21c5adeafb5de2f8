package io.lacquer.purge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes as the log's server tells of them. That one may not serve any more is known without anybody's clock but our
 * own: no sign of life of it has come since we first saw its last one, for longer than a serving lease. For one thread.
 */
public final class Members {
    /** Our clock may run that much faster than another node's: leases end later here, in quarters. */
    private static final int SLACK = 4;

    private record Seen(String name, Position applied, String sign, long sinceNanos) {}

    private final Map<String, Seen> members = new HashMap<>();
    private final long leaseNanos;
    private boolean met;
    private long completeNanos;

    /** Nobody is known. */
    public Members(long leaseNanos) {
        this.leaseNanos = leaseNanos + leaseNanos / SLACK;
    }

    /**
     * A generation of the log was met: who held a lease from before it may not have signed here yet.
     *
     * @param ageMillis of the generation
     */
    public void met(long nowNanos, long ageMillis) {
        met = true;
        completeNanos = nowNanos + Math.max(0, leaseNanos - Math.max(0, ageMillis) * 1_000_000);
        members.replaceAll((id, seen) -> new Seen(seen.name(), seen.applied(), seen.sign(), nowNanos));
    }

    /** One member as it was told at a time. */
    public void told(String id, String name, Position applied, String sign, long nowNanos) {
        Seen known = members.get(id);
        long since = known != null && known.sign().equals(sign) ? known.sinceNanos() : nowNanos;
        members.put(id, new Seen(name, applied, sign, since));
    }

    /** One has ended, and said so: it serves nothing any more. */
    public void left(String id) {
        members.remove(id);
    }

    /** Of all others but these nothing was told: they have left, or somebody has struck them off. They count until silent for long. */
    public void only(Set<String> told, long nowNanos) {
        members.entrySet().removeIf(each -> !told.contains(each.getKey()) && isExpired(each.getValue(), nowNanos));
    }

    private boolean isExpired(Seen seen, long nowNanos) {
        return nowNanos - seen.sinceNanos() > leaseNanos;
    }

    /** Whether no node serves anything older than a position. */
    public PurgeLog.Everywhere standing(Position position, long nowNanos) {
        List<PurgeLog.Node> nodes = nodes(position, nowNanos);
        boolean behind = nodes.stream().anyMatch(node -> node.state() == PurgeLog.State.BEHIND);
        boolean unsure = !met || nowNanos - completeNanos < 0;
        String why = behind
                ? "not all nodes have applied it yet"
                : unsure
                        ? "the log has begun a new generation; nodes that have not signed in yet may hold a lease"
                        : null;
        return new PurgeLog.Everywhere(why == null, nodes, why);
    }

    /** All members, and how they stand to a position. */
    public List<PurgeLog.Node> nodes(Position position, long nowNanos) {
        List<PurgeLog.Node> nodes = new ArrayList<>();
        members.values().stream().sorted((a, b) -> a.name().compareTo(b.name())).forEach(seen -> {
            PurgeLog.State state = !position.isAfter(seen.applied())
                    ? PurgeLog.State.APPLIED
                    : isExpired(seen, nowNanos) ? PurgeLog.State.LEASE_EXPIRED : PurgeLog.State.BEHIND;
            nodes.add(new PurgeLog.Node(seen.name(), state));
        });
        return nodes;
    }
}
