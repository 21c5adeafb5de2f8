package io.lacquer;

import io.lacquer.admin.AdminService;
import io.lacquer.admin.Guard;
import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import io.lacquer.config.Policy;
import io.lacquer.config.Purging;
import io.lacquer.exchange.ActiveConfig;
import io.lacquer.exchange.Engine;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.Flights;
import io.lacquer.exchange.HitKinds;
import io.lacquer.exchange.OriginPace;
import io.lacquer.exchange.Outcome;
import io.lacquer.exchange.ProxyService;
import io.lacquer.exchange.PurgeUrls;
import io.lacquer.exchange.Tally;
import io.lacquer.http.Clock;
import io.lacquer.observe.AccessLog;
import io.lacquer.observe.Counts;
import io.lacquer.observe.Gauges;
import io.lacquer.observe.MetricsPage;
import io.lacquer.observe.StatsPage;
import io.lacquer.purge.Audit;
import io.lacquer.purge.HitShares;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.SharedHits;
import io.lacquer.store.BodyMover;
import io.lacquer.store.Ledger;
import io.lacquer.store.TieredStore;
import io.lacquer.store.memory.MemoryTier;
import io.lacquer.store.redis.RedisTier;
import io.lacquer.transport.Loops;
import io.lacquer.transport.origin.Origins;
import io.lacquer.transport.server.Listener;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running Lacquer: everything wired, listening from construction on, until drained or closed. */
public final class Server implements AdminService.Operations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private static final Duration PATIENCE_WITH_REDIS = Duration.ofMillis(500);
    private static final Duration PATIENCE_WITH_LOG = Duration.ofSeconds(2);

    private final ConfigSource source;
    private final Clock clock;
    private volatile Guard guard;
    private volatile ActiveConfig active;
    private final AtomicLong reloadsFailed = new AtomicLong();
    private final Loops loops;
    private final Loops adminLoop;
    private final Ledger ledger;
    private final MemoryTier memory;
    private final BodyMover mover;
    private final @Nullable RedisTier redis;
    private final Purges purges;
    private final PurgeLog log;
    private final Invalidations invalidations;
    private final Chores chores;
    private final Origins origins;
    private final AccessLog accessLog;
    private final StatsPage stats;
    private final MetricsPage metrics;
    private final ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor();
    private final Listener main;
    private final Listener admin;
    private volatile List<Policy.Key> queries;
    private volatile boolean draining;
    private volatile Listener.@Nullable Settings settings;

    /**
     * Starts.
     *
     * @param source read again on reload
     * @param config its first reading
     * @param out where an access log without a file goes
     * @throws IOException where an address can't be had; {@link AdminAccess.Unusable} for a token or key
     */
    Server(ConfigSource source, Config config, Clock clock, OutputStream out) throws IOException {
        this.source = source;
        this.clock = clock;
        this.guard = guard(config);
        this.active = new ActiveConfig(config, 1);
        this.ledger = new Ledger(config.tiers().l1().size());
        this.mover = new BodyMover(ledger, !Boolean.getBoolean("lacquer.heap-only"));
        this.purges = new Purges(clock);
        this.purges.hold(config.purge().hold());
        boolean nio = Boolean.getBoolean("lacquer.nio");
        this.loops = new Loops("loop-", Runtime.getRuntime().availableProcessors(), nio);
        this.memory = new MemoryTier(ledger, loops.afterThisTurn());
        this.adminLoop = new Loops("admin-", 1, nio); // whoever asks for much there keeps nobody else waiting
        this.origins = new Origins(loops);
        this.accessLog = new AccessLog(config.accessLog(), clock, out);
        Config.L2 l2 = config.tiers().l2();
        this.redis = l2 == null ? null : new RedisTier(l2, clock, ledger);
        String node = PurgeWiring.node(config);
        this.log = PurgeWiring.log(config, node, purges, clock, source.environment());
        awaitRedis();
        Flights flights = new Flights(clock);
        Counts counts = new Counts();
        TieredStore store = new TieredStore(memory, redis, purges::isAlive, purges::isPurged);
        HitShares shares = new HitShares(clock);
        L1Inventory inventory = new L1Inventory(memory, store, purges, () -> active, worker);
        this.queries = List.copyOf(active.queries());
        purges.writtenAs(scope -> PurgeUrls.forms(queries, scope));
        purges.whenEnded(inventory::ended);
        Supplier<Config> configured = () -> active.config();
        Audit audit = new Audit(clock);
        SharedHits hits = new SharedHits(shares, log, clock, node, worker);
        this.invalidations = new Invalidations(log, inventory, hits, configured, clock, node);
        purges.whenApplied(invalidations::heard);
        this.chores = new Chores(new Schedules(configured, invalidations, audit, clock)::look, hits::tell);
        Consumer<Outcome> finished = outcome -> {
            counts.add(outcome);
            accessLog.add(outcome);
        };
        Engine engine = new Engine(
                () -> active,
                clock,
                ledger,
                store,
                mover,
                purges,
                invalidations,
                shares,
                audit,
                origins,
                redis == null ? null : redis.leases(),
                new OriginPace(),
                flights,
                finished,
                new HitKinds(hit -> tally(counts, hit), active));
        boolean fast = !Boolean.getBoolean("lacquer.full-path");
        ProxyService service = new ProxyService(engine, refused -> refuse(counts, refused), fast);
        this.main = new Listener(loops, config.listen(), service, this::settings);
        Gauges gauges = gauges(flights, service);
        this.stats = new StatsPage(counts, gauges);
        this.metrics = new MetricsPage(counts, gauges, Version.text());
        AdminService api = new AdminService(this, () -> guard, audit, worker);
        this.admin = listenForAdmin(config, api);
    }

    private Tally tally(Counts counts, Outcome hit) {
        Counts.Like like = counts.like(hit);
        return new Tally() {
            @Override
            public boolean add(long bytes, long micros) {
                like.add(bytes, micros);
                return accessLog.wantsOne();
            }

            @Override
            public void record(Outcome outcome) {
                accessLog.take(outcome);
            }
        };
    }

    private void awaitRedis() {
        try {
            if (redis != null) {
                redis.awaitFirstAttempt(PATIENCE_WITH_REDIS);
            }
            PurgeWiring.await(log, redis == null || redis.isUp() ? PATIENCE_WITH_LOG : PATIENCE_WITH_REDIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void refuse(Counts counts, Outcome outcome) {
        Failure failure = outcome.failure();
        if (failure != null) {
            counts.refused(failure);
        }
        accessLog.add(outcome);
    }

    private Listener listenForAdmin(Config config, AdminService api) throws IOException {
        try {
            return new Listener(adminLoop, config.admin().listen(), api, this::adminSettings);
        } catch (IOException taken) {
            close(main);
            throw taken;
        }
    }

    private void close(Listener listener) {
        listener.close();
        origins.close();
        chores.close();
        log.close();
        if (redis != null) {
            redis.close();
        }
        loops.close();
        adminLoop.close();
        mover.close();
    }

    private Gauges gauges(Flights flights, ProxyService service) {
        RedisTier tier = redis;
        return new Gauges(
                ledger,
                mover::used,
                memory::entries,
                memory::evictions,
                memory.byPolicy(),
                memory.byNamespace(),
                () -> tier == null ? null : tier.state(),
                () -> tier == null ? null : tier.leases().tally(),
                flights,
                purges,
                invalidations,
                service::fastHitsGiven,
                main::connections,
                origins::connections,
                accessLog::dropped,
                () -> active.generation(),
                reloadsFailed::get);
    }

    /** Asked for each request: made once a configuration. */
    private Listener.Settings settings() {
        Config config = active.config();
        Listener.Settings known = settings;
        if (known == null
                || !known.limits().equals(config.limits())
                || !known.timeouts().equals(config.timeouts())) {
            known = new Listener.Settings(config.limits(), config.timeouts());
            settings = known;
        }
        return known;
    }

    private Listener.Settings adminSettings() {
        Config.Limits limits = new Config.Limits(8 * 1024, 32 * 1024, 100, 1024 * 1024, 256, 64, 128);
        return new Listener.Settings(limits, active.config().timeouts());
    }

    /** Guards the admin API by the tokens that the files hold now. */
    private Guard guard(Config config) throws AdminAccess.Unusable {
        return AdminAccess.guard(config.admin(), source.environment(), clock);
    }

    /** The complaint if they can't be used; the last good ones stay. */
    private List<String> renewGuard(Config next) {
        try {
            guard = guard(next);
            return List.of();
        } catch (AdminAccess.Unusable wrong) {
            return List.of(String.valueOf(wrong.getMessage()));
        }
    }

    /** Where clients connect. */
    public HostPort address() {
        return main.address();
    }

    /** Where operators connect. */
    public HostPort adminAddress() {
        return admin.address();
    }

    /** The memory ledger; for checks. */
    public Ledger ledger() {
        return ledger;
    }

    /** Does what maintenance L1 is due; for checks that count. */
    public void settle() {
        memory.settle();
    }

    /** The configuration in force. */
    public Config config() {
        return active.config();
    }

    /** Whether Redis can be asked now; false where there is none. */
    public boolean isL2Up() {
        return redis != null && redis.isUp();
    }

    /** Whether Redis can be written to now; false where there is none. For checks. */
    public boolean isL2Writable() {
        return redis != null && redis.isWritable();
    }

    @Override
    public AdminService.Readiness readiness() {
        List<String> notes = new ArrayList<>();
        if (draining) {
            notes.add("draining");
        }
        if (redis != null && !redis.isUp()) {
            notes.add("Redis can't be asked; serving from L1 and the origin");
        }
        PurgeLog.Status status = log.status();
        if (!status.ready()) {
            notes.add("reading the purge log");
        }
        if (!status.reachable()) {
            String trouble = status.trouble();
            notes.add("the purge log " + (trouble == null ? "can't be reached" : trouble));
        }
        if (!purges.isServing()) {
            notes.add("nothing stored is served (purge.when_cut_off: pass)");
        }
        if (purges.pending() > 0) {
            notes.add((purges.pending() == 1 ? "1 purge waits" : purges.pending() + " purges wait")
                    + " for the purge log");
        }
        return new AdminService.Readiness(!draining && status.ready(), notes);
    }

    @Override
    public String metrics() {
        return metrics.scrape();
    }

    @Override
    public byte[] stats() {
        return stats.render();
    }

    @Override
    public String version() {
        return Version.text();
    }

    @Override
    public Config configuration() {
        return active.config();
    }

    @Override
    public Invalidations invalidations() {
        return invalidations;
    }

    /** Reads the configuration anew and swaps it in whole; with an error the last good one stays. */
    @Override
    public synchronized List<String> reload() {
        accessLog.reopen();
        ConfigSource.Read read = source.read();
        Config next = read.config();
        List<String> problems = next == null ? read.complaints() : fixed(active.config(), next);
        if (next != null && problems.isEmpty()) {
            problems = renewGuard(next);
        }
        if (next == null || !problems.isEmpty()) {
            reloadsFailed.incrementAndGet();
            problems.forEach(LOG::error);
            LOG.error("reload refused; the last good configuration stays");
            return problems;
        }
        read.complaints().forEach(LOG::warn);
        long generation = active.generation() + 1;
        ActiveConfig made = new ActiveConfig(next, generation);
        learnQueries(made.queries());
        active = made;
        purges.hold(next.purge().hold());
        ledger.limit(next.tiers().l1().size());
        memory.resize();
        LOG.info(
                "configuration {} is in force: {} policies",
                generation,
                next.policies().size());
        return List.of();
    }

    /** What was purged is known in the ways in which queries were counted so far, and stays so: a reload may go back. */
    private void learnQueries(List<Policy.Key> next) {
        Set<Policy.Key> all = new LinkedHashSet<>(queries);
        if (all.addAll(next)) {
            queries = List.copyOf(all);
            purges.distrustOthers();
        }
    }

    /** What a running process can't change, by name. */
    private static List<String> fixed(Config now, Config next) {
        List<String> problems = new ArrayList<>();
        keep(problems, "listen", now.listen(), next.listen());
        keep(problems, "admin", now.admin(), next.admin());
        keep(problems, "tiers.l2", now.tiers().l2(), next.tiers().l2());
        keep(problems, "purge", fixedPart(now.purge()), fixedPart(next.purge()));
        keep(problems, "access_log", now.accessLog(), next.accessLog());
        return problems;
    }

    private static List<?> fixedPart(Purging purge) {
        return java.util.Arrays.asList(
                purge.redis(),
                purge.whenCutOff(),
                purge.lease(),
                purge.minReplicas(),
                purge.node(),
                purge.journal(),
                purge.logLength());
    }

    private static void keep(List<String> problems, String name, @Nullable Object now, @Nullable Object next) {
        if (!java.util.Objects.equals(now, next)) {
            problems.add(name + " can't change while running; restart to apply it");
        }
    }

    /**
     * Not ready from now on; stops accepting, lets answers in flight finish within the drain timeout.
     *
     * @return whether all finished
     */
    public boolean drain() {
        draining = true;
        Duration limit = active.config().drainTimeout();
        CompletableFuture<Void> done = main.drain();
        try {
            done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } catch (java.util.concurrent.ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public void close() {
        draining = true;
        admin.close();
        close(main);
        worker.shutdownNow();
        accessLog.close();
    }
}
