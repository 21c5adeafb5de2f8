package io.lacquer.purge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

    private record Seen(String name, Position applied, Sign sign, long sinceNanos) {}

    private final Map<String, Seen> members = new HashMap<>();
    private final long leaseNanos;
    private boolean met;
    private long completeNanos;

    // Who may have had what a new generation lacks, as long as this node can't know.
    private final Set<String> awaited = new HashSet<>();
    private final Set<String> leftUnseen = new HashSet<>();
    private final Set<String> leftSeen = new HashSet<>();
    private boolean doubtful;
    private long doubtNanos;
    private long generation;
    private String self = "";

    /**
     * Nobody is known.
     *
     * @param leaseNanos of nodes that do not tell theirs
     */
    public Members(long leaseNanos) {
        this.leaseNanos = leaseNanos;
    }

    /**
     * A generation of the log was met: who held a lease from before it may not have signed here yet.
     *
     * @param ageMillis of the generation
     */
    public void met(long nowNanos, long ageMillis) {
        met = true;
        long longest = members.values().stream().mapToLong(this::silenceNanos).reduce(withSlack(leaseNanos), Math::max);
        completeNanos = nowNanos + Math.max(0, longest - Math.max(0, ageMillis) * 1_000_000);
        members.replaceAll((id, seen) -> new Seen(seen.name(), seen.applied(), seen.sign(), nowNanos));
    }

    private static long withSlack(long nanos) {
        return nanos + nanos / SLACK;
    }

    private long silenceNanos(Seen seen) {
        long own = seen.sign().leaseMillis();
        return withSlack(own < 0 ? leaseNanos : own * 1_000_000);
    }

    /** One member as it was told at a time. */
    public void told(String id, String name, Position applied, String sign, long nowNanos) {
        Sign signed = Sign.parse(sign);
        Seen known = members.get(id);
        long since = known != null && known.sign().equals(signed) ? known.sinceNanos() : nowNanos;
        members.put(id, new Seen(name, applied, signed, since));
        if (applied.generation() >= generation) {
            awaited.remove(id);
        } else if (doubtful && !id.equals(self)) {
            awaited.add(id);
        }
    }

    /** One has ended, and said so: it serves nothing any more. */
    public void left(String id) {
        members.remove(id);
        if (!leftSeen.contains(id)) {
            leftUnseen.add(id);
        }
    }

    // ---- whether a new generation may lack what this node has missed ----

    /**
     * A generation was met by this node after its lease had run out: what others had acknowledged meanwhile may be lost.
     * Whoever may know of it has to be heard of in this generation, where it writes again what that lacks.
     */
    public void doubt(String own, long of, long nowNanos) {
        doubtful = true;
        self = own;
        generation = of;
        doubtNanos = nowNanos;
        awaited.addAll(members.keySet());
        awaited.addAll(leftUnseen);
        awaited.remove(own);
    }

    /** Whether it is not known yet that the generation lacks nothing. */
    public boolean isDoubtful() {
        doubtful &= !awaited.isEmpty();
        return doubtful;
    }

    /** Whether who could tell has been silent for so long that it is not to be waited for. */
    public boolean isDoubtLate(long nowNanos) {
        return nowNanos - doubtNanos > 2 * withSlack(leaseNanos);
    }

    /** All of the log is applied here, and it lacks nothing: who had left by now has left nothing unknown behind. */
    public void settled() {
        doubtful = false;
        awaited.clear();
        leftSeen.addAll(leftUnseen);
        leftUnseen.clear();
    }

    /** Of all others but these nothing was told: they have left, or somebody has struck them off. They count until silent for long. */
    public void only(Set<String> told, long nowNanos) {
        leftSeen.retainAll(told);
        members.entrySet().removeIf(each -> !told.contains(each.getKey()) && isExpired(each.getValue(), nowNanos));
    }

    private boolean isExpired(Seen seen, long nowNanos) {
        return nowNanos - seen.sinceNanos() > silenceNanos(seen);
    }

    /** Whether no node serves anything older than a position. */
    public PurgeLog.Everywhere standing(Position position, long nowNanos) {
        List<PurgeLog.Node> nodes = nodes(position, nowNanos);
        boolean behind = nodes.stream().anyMatch(node -> node.state() == PurgeLog.State.BEHIND);
        boolean unsure = !met || nowNanos - completeNanos < 0;
        boolean silent = nodes.stream().anyMatch(node -> node.state() == PurgeLog.State.SILENT);
        String why = behind
                ? "not all nodes have applied it yet"
                : unsure
                        ? "the log has begun a new generation; nodes that have not signed in yet may hold a lease"
                        : silent ? "a node is silent that serves what it has, if it runs (when_cut_off: serve)" : null;
        return new PurgeLog.Everywhere(!behind && !unsure, nodes, why);
    }

    /** All members, and how they stand to a position. */
    public List<PurgeLog.Node> nodes(Position position, long nowNanos) {
        List<PurgeLog.Node> nodes = new ArrayList<>();
        members.values().stream().sorted((a, b) -> a.name().compareTo(b.name())).forEach(seen -> {
            PurgeLog.State state = !position.isAfter(seen.applied())
                    ? PurgeLog.State.APPLIED
                    : !isExpired(seen, nowNanos)
                            ? PurgeLog.State.BEHIND
                            : seen.sign().passes() ? PurgeLog.State.LEASE_EXPIRED : PurgeLog.State.SILENT;
            nodes.add(new PurgeLog.Node(seen.name(), state));
        });
        return nodes;
    }

    /**
     * A node's sign of life.
     *
     * @param text rising with each, so that two can be told apart
     * @param leaseMillis how long it serves after a confirmation; -1 where it does not tell
     * @param passes whether it serves nothing from its tiers then
     */
    public record Sign(String text, long leaseMillis, boolean passes) {
        private static final String PASSES = "pass";
        private static final String SERVES = "serve";

        /** As the log has it. */
        public String toText() {
            return text + ":" + leaseMillis + ":" + (passes ? PASSES : SERVES);
        }

        /** Reads it; a sign of an earlier release tells of no lease, and passes for one that keeps it. */
        static Sign parse(String text) {
            String[] parts = text.split(":", 3);
            try {
                return parts.length == 3
                        ? new Sign(parts[0], Long.parseLong(parts[1]), !parts[2].equals(SERVES))
                        : new Sign(text, -1, true);
            } catch (NumberFormatException odd) {
                return new Sign(text, -1, true);
            }
        }
    }
}
