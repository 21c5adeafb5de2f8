package io.lacquer;

import io.lacquer.purge.Endings;
import io.lacquer.purge.Inventory;
import io.lacquer.purge.Purge;
import io.lacquer.purge.Subject;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.memory.MemoryTier;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what purges have ended as it leaves L1: looked at by the sweep, fetched anew, or pushed out before either. Each
 * response counts for the one purge that ended it. So the count is exact, whatever else is purged meanwhile, and a purge
 * still costs nothing for each entry.
 */
final class Departures {
    private static final int MOST_OPEN = 1_000;
    private static final int MOST_KNOWN = 1_000;

    private static final class Open {
        final String id;
        final LongAdder entries = new LongAdder();
        final LongAdder bytes = new LongAdder();
        volatile boolean unsure;

        Open(String id) {
            this.id = id;
        }
    }

    private final MemoryTier memory;
    private final Endings endings;
    private final Map<Long, Open> open = new ConcurrentHashMap<>(); // by tick
    private final Map<String, Inventory.Hit> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Inventory.Hit> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    Departures(MemoryTier memory, Endings endings) {
        this.memory = memory;
        this.endings = endings;
    }

    /** Counts from now on, unless enough are counted for already. */
    synchronized void follow(Purge purge, long tick) {
        boolean again =
                known.containsKey(purge.id()) || open.values().stream().anyMatch(each -> each.id.equals(purge.id()));
        if (!again && open.size() < MOST_OPEN) {
            open.put(tick, new Open(purge.id()));
            memory.whenLeft(this::left);
        }
    }

    private void left(StoredResponse response) {
        long by = endings.of(Subject.of(response), response.checkedTo());
        if (by == Endings.UNKNOWN) {
            open.values().forEach(each -> each.unsure = true);
        }
        Open of = open.get(by);
        if (of != null) {
            of.entries.increment();
            of.bytes.add(L1Inventory.bytes(response));
        }
    }

    /** All that purges up to that tick have ended has left. */
    synchronized void complete(long tick) {
        open.forEach((at, each) -> {
            if (at <= tick && open.remove(at, each) && !each.unsure) {
                known.put(each.id, new Inventory.Hit(each.entries.sum(), each.bytes.sum(), true));
            }
        });
        if (open.isEmpty()) {
            memory.whenLeft(null);
        }
    }

    /** What a purge has ended; null where that is not known yet, or was not counted. */
    synchronized Inventory.@Nullable Hit of(String id) {
        return known.get(id);
    }
}
