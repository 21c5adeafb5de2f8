package io.lacquer;

import io.lacquer.exchange.ActiveConfig;
import io.lacquer.purge.Inventory;
import io.lacquer.purge.Purges;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import io.lacquer.store.memory.MemoryTier;
import io.lacquer.store.memory.Tagged;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** What purges concern in L1: counted where counts are kept, looked up, or estimated from a sample. */
final class L1Inventory implements Inventory {
    private static final long SWEEP_EVERY_MILLIS = 1_000;

    private final MemoryTier memory;
    private final TieredStore store;
    private final Purges purges;
    private final Supplier<ActiveConfig> active;
    private final Executor worker;
    private final AtomicBoolean sweeping = new AtomicBoolean();

    L1Inventory(
            MemoryTier memory, TieredStore store, Purges purges, Supplier<ActiveConfig> active, Executor worker) {
        this.memory = memory;
        this.store = store;
        this.purges = purges;
        this.active = active;
        this.worker = worker;
    }

    @Override
    public Hit count(Scope scope, int most) {
        if (memory.entries() <= most) {
            return looked(scope, most);
        }
        if (scope.size() == 1 && scope.tags().size() == 1) {
            Tagged.Count count = memory.tagged(scope.tags().iterator().next());
            return new Hit(count.entries(), count.bytes(), true);
        }
        if (scope.size() == scope.urls().size()) {
            return ofUrls(scope.urls());
        }
        if (scope.all()) {
            return all();
        }
        return looked(scope, most);
    }

    private Hit all() {
        long[] sum = new long[2];
        memory.byNamespace().values().forEach(usage -> {
            sum[0] += usage.entries();
            sum[1] += usage.bytes();
        });
        return new Hit(sum[0], sum[1], true);
    }

    private Hit ofUrls(List<String> urls) {
        List<StoredResponse> found = new ArrayList<>();
        ActiveConfig config = active.get();
        for (String url : urls) {
            for (String key : config.plainKeys(url)) {
                collect(memory.get(key), found);
            }
        }
        found.removeIf(stored -> !purges.isAlive(stored));
        long bytes = found.stream().mapToLong(L1Inventory::bytes).sum();
        return new Hit(found.size(), bytes, !config.hasPartsInKeys());
    }

    private void collect(@org.jspecify.annotations.Nullable Slot slot, List<StoredResponse> into) {
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

    private static long bytes(StoredResponse stored) {
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

    /** What is dead leaves some time later, so that it takes no room from what lives. */
    @Override
    public void purged(Scope scope) {
        scope.tags().forEach(tag -> memory.purged(tag, purges.applications()));
        if (sweeping.compareAndSet(false, true)) {
            worker.execute(this::sweep);
        }
    }

    private void sweep() {
        try {
            TimeUnit.MILLISECONDS.sleep(SWEEP_EVERY_MILLIS); // what comes meanwhile is swept along
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return;
        } finally {
            sweeping.set(false);
        }
        memory.visit(stored -> {
            if (!purges.isAlive(stored) && store.isInMemory(stored)) {
                memory.remove(stored.slotKey());
            }
            return true;
        });
    }
}
