package io.lacquer.store.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.lacquer.http.KeyProbe;
import io.lacquer.store.Ledger;
import io.lacquer.store.LocalTier;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.Usage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * L1. Caffeine (W-TinyLFU) chooses what leaves; the ledger decides what may come, so that the ceiling
 * holds whenever Caffeine's maintenance runs late. Entries have no expiry of their own: what is stale or
 * purged is known from its facts when it is read, and space goes to what is asked for.
 */
public final class MemoryTier implements LocalTier {
    /** The part of the ceiling that stored responses leave to flights before anything must be evicted for one. */
    private static final int FLIGHT_SHARE = 16;

    private final Ledger ledger;
    private final Cache<Object, Slot> cache;
    private final Tagged tagged = new Tagged();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder keyedByMore = new LongAdder();
    private volatile @Nullable Consumer<StoredResponse> left;
    private final Map<String, Usage> byPolicy = new ConcurrentHashMap<>();
    private final Map<String, Usage> byNamespace = new ConcurrentHashMap<>();

    /**
     * An empty tier whose entries are accounted for in a ledger.
     *
     * @param soon runs what is due after writes, shortly: one run for several of them is cheaper
     */
    public MemoryTier(Ledger ledger, Executor soon) {
        this.ledger = ledger;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(storedShare())
                .weigher((Object key, Slot slot) -> (int) Math.min(Integer.MAX_VALUE, weight(slot)))
                .executor(soon)
                .evictionListener(this::evicted)
                .build();
        ledger.reclaimWith(this::reclaim);
    }

    @Override
    public @Nullable Slot get(String slotKey) {
        return cache.getIfPresent(slotKey);
    }

    @Override
    public @Nullable Slot probe(KeyProbe slotKey) {
        return cache.getIfPresent(slotKey);
    }

    @Override
    public void put(String slotKey, Slot slot) {
        boolean bodyKept =
                !(slot instanceof StoredResponse response) || response.body().isKept();
        if (bodyKept && ledger.reserve(slot.overhead())) {
            account(slot, 1);
            Slot former = cache.asMap().put(slotKey, slot);
            if (isSame(slot, former)) {
                account(slot, -1); // nothing has left
                ledger.release(slot.overhead());
            } else if (former != null) {
                removed(former);
            }
        } else if (slot instanceof StoredResponse response) {
            response.body().release();
        }
    }

    @Override
    public void remove(String slotKey) {
        Slot former = cache.asMap().remove(slotKey);
        if (former != null) {
            removed(former);
        }
    }

    /** Shows stored responses to a visitor, in no order, until it has seen enough. */
    public void visit(Predicate<StoredResponse> more) {
        for (Slot slot : cache.asMap().values()) {
            if (slot instanceof StoredResponse response && !more.test(response)) {
                return;
            }
        }
    }

    /** Who is told of each stored response that leaves, for whatever reason, before its body does; null for nobody. */
    public void whenLeft(@Nullable Consumer<StoredResponse> told) {
        left = told;
    }

    /** Stored responses with a tag, and their bytes. */
    public Tagged.Count tagged(String tag) {
        return tagged.count(tag);
    }

    /** A purge has hit a tag: what had it counts no more. */
    public void purged(String tag, long tick) {
        tagged.reset(tag, tick);
    }

    /** Entries now, variant indexes included. */
    public long entries() {
        return cache.estimatedSize();
    }

    /** Stored responses now whose key holds more than their URL. */
    public long keyedByMore() {
        return keyedByMore.sum();
    }

    /** Entries that left for want of space. */
    public long evictions() {
        return evictions.sum();
    }

    /** Takes over a changed ceiling of the ledger. */
    public void resize() {
        cache.policy().eviction().ifPresent(eviction -> eviction.setMaximum(storedShare()));
    }

    /** Forgets everything. */
    public void clear() {
        for (Object slotKey : cache.asMap().keySet()) {
            remove((String) slotKey);
        }
        cache.cleanUp();
    }

    /** Does what maintenance is due; for counts that must be exact. */
    public void settle() {
        cache.cleanUp();
    }

    private long storedShare() {
        return ledger.limit() - ledger.limit() / FLIGHT_SHARE;
    }

    /** Bodies in flight go before bodies at rest: the coldest entries leave. One thread at a time is enough. */
    private synchronized void reclaim(long bytes) {
        cache.policy().eviction().ifPresent(eviction -> {
            cache.cleanUp();
            long missing = bytes - (ledger.limit() - ledger.used());
            if (missing > 0) {
                long weighted = eviction.weightedSize().orElse(0);
                eviction.setMaximum(Math.max(0, weighted - missing));
                eviction.setMaximum(storedShare());
            }
        });
    }

    private void evicted(@Nullable Object key, @Nullable Slot slot, RemovalCause cause) {
        evictions.increment();
        if (slot instanceof StoredResponse response) {
            usage(byPolicy, response.head().owner().policy()).evicted();
            usage(byNamespace, response.head().owner().namespace()).evicted();
        }
        if (slot != null) {
            removed(slot);
        }
    }

    private void removed(Slot slot) {
        account(slot, -1);
        ledger.release(slot.overhead());
        if (slot instanceof StoredResponse response) {
            Consumer<StoredResponse> told = left;
            if (told != null) {
                told.accept(response);
            }
            response.body().release();
        }
    }

    @SuppressWarnings("ReferenceEquality") // an equal slot that is another one is a replacement
    private static boolean isSame(Object one, @Nullable Object other) {
        return one == other;
    }

    private void account(Slot slot, int sign) {
        if (slot instanceof StoredResponse response) {
            long weight = sign * weight(slot);
            usage(byPolicy, response.head().owner().policy()).add(sign, weight);
            usage(byNamespace, response.head().owner().namespace()).add(sign, weight);
            tagged.add(response, sign, weight);
            if (response.key().hasMore()) {
                keyedByMore.add(sign);
            }
        }
    }

    private static Usage usage(Map<String, Usage> by, String name) {
        return by.computeIfAbsent(name, of -> new Usage());
    }

    /** Usage by policy name. */
    public Map<String, Usage> byPolicy() {
        return byPolicy;
    }

    /** Usage by namespace. */
    public Map<String, Usage> byNamespace() {
        return byNamespace;
    }

    private static long weight(Slot slot) {
        return slot.overhead()
                + (slot instanceof StoredResponse response ? response.body().length() : 0);
    }
}
