package io.lacquer;

import io.lacquer.purge.Inventory;
import io.lacquer.purge.Purge;
import io.lacquer.purge.Scope;
import io.lacquer.purge.Subject;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.memory.MemoryTier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what purges have ended as it leaves L1: looked at by the sweep, fetched anew, or pushed out before either. So
 * the count is exact, and a purge still costs nothing for each entry. Few purges at a time are followed.
 */
final class Departures {
    private static final int MOST_OPEN = 16;
    private static final int MOST_KNOWN = 1_000;

    private record Open(String id, Scope scope, long tick, LongAdder entries, LongAdder bytes) {
        void see(StoredResponse left) {
            if (left.checkedTo() < tick && scope.concerns(Subject.of(left))) { // else it came after the purge
                entries.increment();
                bytes.add(L1Inventory.bytes(left));
            }
        }
    }

    private final MemoryTier memory;
    private final List<Open> open = new CopyOnWriteArrayList<>();
    private final Map<String, Inventory.Hit> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Inventory.Hit> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    Departures(MemoryTier memory) {
        this.memory = memory;
    }

    /** Counts from now on, unless enough are counted for already. */
    synchronized void follow(Purge purge, long tick) {
        boolean again = known.containsKey(purge.id())
                || open.stream().anyMatch(each -> each.id().equals(purge.id()));
        if (!again && open.size() < MOST_OPEN) {
            open.add(new Open(purge.id(), purge.scope(), tick, new LongAdder(), new LongAdder()));
            memory.whenLeft(this::left);
        }
    }

    private void left(StoredResponse response) {
        open.forEach(each -> each.see(response));
    }

    /** All that purges up to that tick have ended has left. */
    synchronized void complete(long tick) {
        open.removeIf(each -> {
            boolean over = each.tick() <= tick;
            if (over) {
                known.put(
                        each.id(),
                        new Inventory.Hit(each.entries().sum(), each.bytes().sum(), true));
            }
            return over;
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
