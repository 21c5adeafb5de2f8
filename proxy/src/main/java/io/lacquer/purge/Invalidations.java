package io.lacquer.purge;

import io.lacquer.config.Config;
import io.lacquer.config.Glob;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Clock;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes purges of what operators, origins, events and clocks want gone, and tells what became of them. */
public final class Invalidations {
    /** What the reason of a purge ends with that was meant whatever it concerns. */
    private static final String FORCED = "-forced";

    private static final int RECEIPTS = 1_000;
    private static final long WRITTEN_AGAIN_MILLIS = 60_000;
    private static final int FIRST_LOOK = 2_000;

    /**
     * What is wanted.
     *
     * @param all whether to wait until no node serves anything older
     * @param timeout of that waiting
     * @param force whatever share of the hits it concerns
     * @param reason who wants it, for metrics and the log
     */
    public record Wish(
            Scope scope, boolean soft, boolean all, Duration timeout, boolean dryRun, boolean force, String reason) {}

    /** What counts are kept by. */
    public record Key(String namespace, String reason) {}

    private final PurgeLog log;
    private final Inventory inventory;
    private final SharedHits hits;
    private final HitShares shares;
    private final Supplier<Config> config;
    private final Clock clock;
    private final String node;
    private final SecureRandom random = new SecureRandom();
    private final Map<Key, LongAdder> counts = new ConcurrentHashMap<>();
    private final LongAdder unconfirmed = new LongAdder();
    private final Map<String, Receipt> past = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Receipt> eldest) {
            return size() > RECEIPTS;
        }
    };

    /**
     * Purges through a log.
     *
     * @param inventory what purges are counted in
     * @param hits what the guard goes by
     * @param node this node's name
     */
    public Invalidations(
            PurgeLog log, Inventory inventory, SharedHits hits, Supplier<Config> config, Clock clock, String node) {
        this.log = log;
        this.inventory = inventory;
        this.hits = hits;
        this.shares = hits.shares();
        this.config = config;
        this.clock = clock;
        this.node = node;
    }

    /** The log that it writes to. */
    public PurgeLog log() {
        return log;
    }

    /** Purges, or tells what it would; fails only where this node can do nothing at all. */
    public CompletionStage<Receipt> invalidate(Wish wish) {
        return invalidate(wish, randomId());
    }

    /** Purges at an occasion that every node meets; the log takes it once. */
    public CompletionStage<Receipt> scheduled(Wish wish, String occasion) {
        String id = CacheKey.hash(occasion + "\n" + wish.scope());
        return invalidate(wish, id);
    }

    private CompletionStage<Receipt> invalidate(Wish wish, String id) {
        Config now = config.get();
        Scope scope = implied(wish.scope(), now);
        String reason = wish.force() && !wish.reason().equals("schedule") ? wish.reason() + FORCED : wish.reason();
        Purge purge = purge(id, scope, wish.soft(), reason, namespace(scope)).acked(wish.all());
        double most = now.purge().maxShare();
        return most < 1 || wish.dryRun()
                ? hits.known().thenCompose(known -> decide(wish, purge, most))
                : decide(wish, purge, most);
    }

    private CompletionStage<Receipt> decide(Wish wish, Purge purge, double most) {
        Scope scope = purge.scope();
        boolean guarded = most < 1;
        boolean ofOthersToo = scope.all() && !others().isEmpty(); // whose hits may not be known here: all of them it is
        Receipt.Share share = !guarded && !wish.dryRun() ? null : share(ofOthersToo ? 1 : shares.share(scope));
        Inventory.Hit hit = inventory.count(scope, FIRST_LOOK);
        Receipt plan = new Receipt(purge.id(), Receipt.Outcome.DRY_RUN, null, false, List.of(), hit, share, null);
        if (wish.dryRun()) {
            return done(plan);
        }
        if (config.get().purge().requireLog() && !log.isReachable()) {
            return done(refused(
                    plan, Receipt.Outcome.NO_LOG, "the purge log can't be reached, and purge.require_log is set"));
        }
        if (wish.all() && !log.isReachable()) {
            return done(cutOff(plan));
        }
        if (guarded && !wish.force()) { // what was forced was meant, and is not held against the next ones
            double charged = ofOthersToo ? 1 : shares.charge(scope, most);
            if (charged > most) {
                return done(refused(plan, Receipt.Outcome.TOO_MUCH, tooMuch(charged, most)));
            }
        }
        count(purge);
        long until = clock.nanos() + wish.timeout().toNanos();
        return log.write(purge, null, config.get().purge().requireLog())
                .thenCompose(written -> written(wish, plan, written, until))
                .exceptionally(failure -> refused(plan, Receipt.Outcome.NO_LOG, words(failure)))
                .thenApply(receipt -> {
                    remember(receipt);
                    return receipt;
                });
    }

    /**
     * A purge is about to be in force. One that another node was asked for counts for the guard here as well: splitting
     * them over nodes gets round nothing. What one of this node's own ends is counted as it leaves.
     *
     * @param tick of its application
     */
    public void heard(Purge purge, long tick) {
        if (purge.issuer().equals(node) && !purge.soft() && !purge.reason().equals("mutation")) {
            inventory.follow(purge, tick);
        }
        boolean guardable = purge.reason().equals("api")
                || purge.reason().equals("event")
                || purge.reason().equals("purge-method");
        boolean again = clock.wallMillis() - purge.atMillis() > WRITTEN_AGAIN_MILLIS; // to a log that had lost it
        if (guardable
                && !again
                && !purge.issuer().equals(node)
                && config.get().purge().maxShare() < 1) {
            shares.purged(purge.scope());
        }
    }

    private static String tooMuch(double share, double most) {
        return "it concerns %.0f %% of the last hour's hits, with the purges before it; the guard is at %.0f %%: force it if that is meant"
                .formatted(share * 100, most * 100);
    }

    private Receipt.Share share(double part) {
        List<String> nodes = new ArrayList<>(shares.others());
        nodes.add(node);
        nodes.sort(null);
        return new Receipt.Share(part, nodes);
    }

    private static String words(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }

    private static CompletionStage<Receipt> done(Receipt receipt) {
        return CompletableFuture.completedStage(receipt);
    }

    private List<PurgeLog.Node> others() {
        return log.status().members().stream()
                .filter(each -> !each.name().equals(node))
                .map(each -> new PurgeLog.Node(each.name(), PurgeLog.State.BEHIND))
                .toList();
    }

    /** Nobody can tell what other nodes serve: all that were known of are missing. */
    private Receipt cutOff(Receipt plan) {
        String why =
                "the purge log can't be reached, so nobody can tell what other nodes serve; wait=local purges this one";
        List<PurgeLog.Node> nodes = new ArrayList<>(others());
        nodes.addFirst(new PurgeLog.Node(node, PurgeLog.State.BEHIND)); // nothing is done here either
        return new Receipt(plan.id(), Receipt.Outcome.NO_LOG, null, false, nodes, plan.hit(), plan.share(), why);
    }

    private static Receipt refused(Receipt plan, Receipt.Outcome outcome, String why) {
        return new Receipt(plan.id(), outcome, null, false, List.of(), plan.hit(), plan.share(), why);
    }

    private CompletionStage<Receipt> written(Wish wish, Receipt plan, PurgeLog.Written written, long until) {
        Position position = written.position();
        boolean inLog = position != null && written.replicated();
        if (position == null || !inLog) {
            String why = position == null
                    ? "not yet everywhere: the purge log can't be reached; in force here"
                            + (written.journaled() ? " and in the journal" : "")
                    : "not yet safe: too few replicas of the purge log have it";
            if (written.unkept()) {
                why = "not kept: in force here, but neither the purge log nor the journal takes it; ask again";
            }
            Receipt.Outcome outcome = written.unkept()
                    ? Receipt.Outcome.NOT_KEPT
                    : wish.all() ? Receipt.Outcome.NOT_EVERYWHERE : Receipt.Outcome.LOCAL_ONLY;
            return done(receipt(plan, outcome, written, wish.all() ? others() : List.of(), why));
        }
        if (!wish.all()) {
            return done(receipt(plan, Receipt.Outcome.DONE, written, List.of(), null));
        }
        return log.everywhere(position, Math.max(0, until - clock.nanos()))
                .thenApply(all -> receipt(
                        plan,
                        all.complete() ? Receipt.Outcome.DONE : Receipt.Outcome.NOT_EVERYWHERE,
                        written,
                        all.nodes(),
                        all.why()));
    }

    private static Receipt receipt(
            Receipt plan,
            Receipt.Outcome outcome,
            PurgeLog.Written written,
            List<PurgeLog.Node> nodes,
            @Nullable String why) {
        return new Receipt(
                plan.id(), outcome, written.position(), written.journaled(), nodes, plan.hit(), plan.share(), why);
    }

    private synchronized void remember(Receipt receipt) {
        past.put(receipt.id(), receipt);
    }

    /**
     * What became of an earlier purge of this node, who has applied it by now, and what it has ended where that was
     * estimated at first; null where it is not known any more.
     */
    public @Nullable CompletionStage<Receipt> lookUp(String id) {
        Receipt then;
        synchronized (this) {
            then = past.get(id);
        }
        if (then == null) {
            return null;
        }
        Inventory.Hit followed = then.hit().exact() ? null : inventory.followed(id);
        Inventory.Hit hit = followed == null ? then.hit() : followed;
        Position position = then.position() == null ? log.placed(id) : then.position();
        if (position == null) {
            return done(new Receipt(
                    id, then.outcome(), null, then.journaled(), then.nodes(), hit, then.share(), then.why()));
        }
        return log.everywhere(position, Duration.ofMillis(100).toNanos())
                .thenApply(all -> new Receipt(
                        then.id(),
                        all.complete() ? Receipt.Outcome.DONE : Receipt.Outcome.NOT_EVERYWHERE,
                        position,
                        then.journaled(),
                        all.nodes(),
                        hit,
                        then.share(),
                        all.why()));
    }

    /**
     * Purges for a write that passed through, and completes when the client may be told of it: on this node it is in
     * force then, on the others too unless they are slow or {@code wait} is false. Never fails.
     */
    public CompletionStage<Void> mutation(Scope named, String namespace, boolean soft, boolean wait) {
        Scope scope = implied(named, config.get());
        Purge purge = purge(randomId(), scope, soft, "mutation", namespace).acked(wait);
        count(purge);
        Duration limit = config.get().purge().mutationWait();
        long until = clock.nanos() + limit.toNanos();
        return log.write(purge, limit, false)
                .thenCompose(written -> {
                    Position position = written.position();
                    long left = until - clock.nanos();
                    return position == null || !wait || left <= 0
                            ? CompletableFuture.completedStage(!wait)
                            : log.everywhere(position, left).thenApply(PurgeLog.Everywhere::complete);
                })
                .handle((confirmed, failure) -> {
                    if (failure != null || !confirmed) {
                        unconfirmed.increment();
                    }
                    return null;
                });
    }

    private String randomId() {
        byte[] id = new byte[9];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private Purge purge(String id, Scope scope, boolean soft, String reason, String namespace) {
        Duration harden = config.get().purge().hardenAfter();
        long hardenMillis = soft && harden != null ? harden.toMillis() : -1;
        return new Purge(id, node, clock.wallMillis(), reason, namespace, scope, soft, hardenMillis, false);
    }

    private static Scope implied(Scope scope, Config config) {
        if (config.implies().isEmpty()
                || (scope.tags().isEmpty() && scope.tagPatterns().isEmpty())) {
            return scope;
        }
        Set<String> named = new LinkedHashSet<>(scope.tags());
        for (String glob : scope.tagPatterns()) {
            config.implies().keySet().stream()
                    .filter(tag -> Glob.matches(glob, tag))
                    .forEach(named::add);
        }
        return new Scope(
                new LinkedHashSet<>(config.implied(named)),
                scope.urls(),
                scope.tagPatterns(),
                scope.prefixes(),
                scope.patterns(),
                scope.namespaces(),
                scope.all());
    }

    private String namespace(Scope scope) {
        String only = scope.namespaces().size() == 1 && scope.size() == 1
                ? scope.namespaces().getFirst()
                : "*";
        boolean known = !only.equals("*")
                && config.get().policies().stream()
                        .anyMatch(policy -> policy.namespace().equals(only)); // nobody makes labels up
        return known ? only : "*";
    }

    private void count(Purge purge) {
        counts.computeIfAbsent(new Key(purge.namespace(), purge.reason()), key -> new LongAdder())
                .increment();
    }

    /** Purges that this node was asked for, by namespace and reason. */
    public Map<Key, LongAdder> counts() {
        return counts;
    }

    /** Writes whose clients were answered before all nodes had confirmed. */
    public long unconfirmed() {
        return unconfirmed.sum();
    }
}
