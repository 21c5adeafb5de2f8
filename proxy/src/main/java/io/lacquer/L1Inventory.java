package io.lacquer;

import io.lacquer.exchange.ActiveConfig;
import io.lacquer.purge.Endings;
import io.lacquer.purge.Inventory;
import io.lacquer.purge.Purge;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import io.lacquer.store.memory.MemoryTier;
import io.lacquer.store.memory.Tagged;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What purges concern in L1: counted where counts are kept, looked up, or estimated from a sample. */
final class L1Inventory implements Inventory {
    private static final long SWEEP_AFTER_MILLIS = 1_000;

    /** A sweep is followed by so many times its own length without one. */
    private static final int REST = 50;

    /** Fewer entries than that are looked at one by one. */
    private static final int SMALL = 256;

    private final MemoryTier memory;
    private final TieredStore store;
    private final Purges purges;
    private final Supplier<ActiveConfig> active;
    private final Executor worker;
    private final Departures departures;
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private final Endings endings = new Endings();
    private final AtomicLong unswept = new AtomicLong();
    private volatile long swept;
    private volatile long sweepAfterMillis = SWEEP_AFTER_MILLIS;

    L1Inventory(MemoryTier memory, TieredStore store, Purges purges, Supplier<ActiveConfig> active, Executor worker) {
        this.memory = memory;
        this.store = store;
        this.purges = purges;
        this.active = active;
        this.worker = worker;
        this.departures = new Departures(memory, endings);
    }

    @Override
    public Hit count(Scope scope, int most) {
        if (memory.entries() < (isSwept() ? SMALL : most)) {
            return looked(scope, most);
        }
        if (scope.size() == 1 && scope.tags().size() == 1) {
            Tagged.Count count = memory.tagged(scope.tags().iterator().next());
            return new Hit(count.entries(), count.bytes(), isSwept());
        }
        if (isOfPlainUrls(scope)) {
            return ofUrls(scope.urls());
        }
        if (scope.all()) {
            return all();
        }
        return looked(scope, most);
    }

    @Override
    public void follow(Purge purge, long tick) {
        departures.follow(purge, tick);
    }

    @Override
    public @Nullable Hit followed(String id) {
        return departures.of(id);
    }

    private Hit all() {
        long[] sum = new long[2];
        memory.byNamespace().values().forEach(usage -> {
            sum[0] += usage.entries();
            sum[1] += usage.bytes();
        });
        return new Hit(sum[0], sum[1], isSwept());
    }

    /** Whether what purges have ended has left, so that it is not counted any more. */
    private boolean isSwept() {
        return swept == unswept.get();
    }

    /** Whether all that it names is found by its keys: nothing is stored whose key holds more than its URL. */
    private boolean isOfPlainUrls(Scope scope) {
        return scope.size() == scope.urls().size() && memory.keyedByMore() == 0;
    }

    private Hit ofUrls(List<String> urls) {
        Set<StoredResponse> found = found(urls);
        found.removeIf(stored -> !purges.isAlive(stored));
        long bytes = found.stream().mapToLong(L1Inventory::bytes).sum();
        return new Hit(found.size(), bytes, true);
    }

    private Set<StoredResponse> found(List<String> urls) {
        Set<StoredResponse> found = Collections.newSetFromMap(new IdentityHashMap<>()); // several names may lead to one
        ActiveConfig config = active.get();
        for (String url : urls) {
            for (String key : config.plainKeys(url)) {
                collect(memory.get(key), found);
            }
        }
        return found;
    }

    private void collect(@Nullable Slot slot, Set<StoredResponse> into) {
        if (slot instanceof StoredResponse stored) {
            into.add(stored);
        } else if (slot instanceof Slot.VaryIndex index) {
            index.variants().forEach(variant -> {
                StoredResponse stored = store.inMemory(variant.slotKey());
                if (stored != null) {
                    into.add(stored);
                }
            });
        }
    }

    static long bytes(StoredResponse stored) {
        return stored.body().length() + stored.overhead();
    }

    /** Looks at entries, and takes those seen for all. */
    private Hit looked(Scope scope, int most) {
        long[] seen = new long[3];
        memory.visit(stored -> {
            seen[0]++;
            if (scope.concerns(Subject.of(stored)) && purges.isAlive(stored)) {
                seen[1]++;
                seen[2] += bytes(stored);
            }
            return seen[0] < most;
        });
        if (seen[0] < most) {
            return new Hit(seen[1], seen[2], true);
        }
        double times = Math.max(1, (double) memory.entries() / seen[0]);
        return new Hit(Math.round(seen[1] * times), Math.round(seen[2] * times), false);
    }

    /** A purge for good is in force: what it hit leaves soon, so that it takes no room from what lives. */
    void ended(Scope scope, long tick) {
        endings.add(scope, tick, purges.applications());
        if (isOfPlainUrls(scope)) {
            found(scope.urls()).forEach(this::removeIfDead);
        } else {
            scope.tags().forEach(tag -> memory.purged(tag, purges.applications()));
            unswept.incrementAndGet();
        }
        if (sweeping.compareAndSet(false, true)) {
            worker.execute(this::sweep);
        }
    }

    private void removeIfDead(StoredResponse stored) {
        if (!purges.isAlive(stored) && store.isInMemory(stored)) {
            memory.remove(stored.slotKey());
        }
    }

    private void sweep() {
        try {
            TimeUnit.MILLISECONDS.sleep(sweepAfterMillis); // what comes meanwhile is swept along
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return;
        } finally {
            sweeping.set(false);
        }
        long began = System.nanoTime();
        long upTo = unswept.get();
        long tick = endings.look();
        memory.visit(stored -> {
            removeIfDead(stored);
            return true;
        });
        memory.settle();
        departures.complete(tick);
        endings.looked(tick);
        swept = upTo;
        sweepAfterMillis =
                Math.max(SWEEP_AFTER_MILLIS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) * REST);
    }
}
