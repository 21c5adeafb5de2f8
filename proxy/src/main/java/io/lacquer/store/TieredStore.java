package io.lacquer.store;

import io.lacquer.http.CacheKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * L1 before L2: look-up in two steps for resources with variants, promotion that restarts no clock,
 * write-through. Concurrent look-ups of one key in L2 are one look-up.
 */
public final class TieredStore {
    /** Where something was found. */
    public enum Level {
        L1,
        L2
    }

    /**
     * The result of a look-up.
     *
     * @param response what was found, or null
     * @param level where
     * @param slotKey what the answer to this request will be kept and collapsed under
     * @param trouble why L2 could not be asked, or null
     */
    public record Found(
            @Nullable StoredResponse response, Level level, String slotKey, RemoteTier.@Nullable Kind trouble) {}

    /** Gives the text by which a request selects among variants, from the nominated fields. */
    public interface Selector {
        /** Injective over the request's values of these fields. */
        String variant(SortedSet<String> fields);
    }

    private final LocalTier memory;
    private final @Nullable RemoteTier remote;
    private final Predicate<StoredResponse> alive;
    private final ConcurrentHashMap<String, List<Consumer<RemoteTier.Answer>>> lookups = new ConcurrentHashMap<>();

    /**
     * Puts two tiers together.
     *
     * @param remote null where there is no L2
     * @param alive whether no purge has hit a response; asked on every read of either tier
     */
    public TieredStore(LocalTier memory, @Nullable RemoteTier remote, Predicate<StoredResponse> alive) {
        this.memory = memory;
        this.remote = remote;
        this.alive = alive;
    }

    /** Looks in L1 only; a result without response says whether L2 is worth asking by {@link #hasRemote}. */
    public Found findInMemory(CacheKey key, Selector selector) {
        Slot slot = memory.get(key.text());
        String slotKey = key.text();
        if (slot instanceof Slot.VaryIndex(String ignored, SortedSet<String> fields)) {
            slotKey = variantKey(key, fields, selector);
            slot = memory.get(slotKey);
        }
        StoredResponse response = slot instanceof StoredResponse stored && alive.test(stored) ? stored : null;
        return new Found(response, Level.L1, slotKey, null);
    }

    /** Whether there is an L2. */
    public boolean hasRemote() {
        return remote != null;
    }

    /** Looks in L2 and promotes what is found; the callback runs on any thread. */
    public void findInRemote(CacheKey key, Selector selector, Consumer<Found> callback) {
        step(key, key.text(), selector, true, callback);
    }

    private void step(CacheKey key, String slotKey, Selector selector, boolean first, Consumer<Found> callback) {
        ask(slotKey, answer -> {
            switch (answer) {
                case RemoteTier.Answer.Trouble(RemoteTier.Kind kind) ->
                    callback.accept(nothing(key, slotKey, selector, first, kind));
                case RemoteTier.Answer.Nothing() -> callback.accept(nothing(key, slotKey, selector, first, null));
                case RemoteTier.Answer.Found(Slot.VaryIndex index) -> {
                    if (!first || !index.keyText().equals(slotKey)) {
                        callback.accept(new Found(null, Level.L2, slotKey, null));
                        return;
                    }
                    step(key, variantKey(key, index.fields(), selector), selector, false, callback);
                }
                case RemoteTier.Answer.Found(StoredResponse stored) -> {
                    boolean ours = stored.slotKey().equals(slotKey) && alive.test(stored);
                    callback.accept(new Found(ours ? stored : null, Level.L2, slotKey, null));
                }
            }
        });
    }

    /** L2 has nothing to say; of what a request's answer will be kept under, L1 may know more. */
    private Found nothing(
            CacheKey key, String slotKey, Selector selector, boolean first, RemoteTier.@Nullable Kind trouble) {
        String known = first && memory.get(slotKey) instanceof Slot.VaryIndex(String ignored, SortedSet<String> fields)
                ? variantKey(key, fields, selector)
                : slotKey;
        return new Found(null, Level.L2, known, trouble);
    }

    private void ask(String slotKey, Consumer<RemoteTier.Answer> callback) {
        RemoteTier tier = remote;
        if (tier == null) {
            callback.accept(new RemoteTier.Answer.Nothing());
            return;
        }
        boolean[] leads = {false};
        lookups.compute(slotKey, (k, waiting) -> {
            leads[0] = waiting == null;
            List<Consumer<RemoteTier.Answer>> list = waiting == null ? new ArrayList<>(1) : waiting;
            list.add(callback);
            return list;
        });
        if (leads[0]) {
            tier.find(slotKey, answer -> {
                if (answer instanceof RemoteTier.Answer.Found(Slot slot)) {
                    promote(slotKey, slot, tier);
                }
                List<Consumer<RemoteTier.Answer>> waiting = lookups.remove(slotKey);
                for (Consumer<RemoteTier.Answer> each :
                        waiting == null ? List.<Consumer<RemoteTier.Answer>>of() : waiting) {
                    each.accept(answer);
                }
            });
        }
    }

    /** Once a look-up, whoever waits for it. A purged copy leaves L2, so that no restart brings it back. */
    private void promote(String slotKey, Slot slot, RemoteTier tier) {
        switch (slot) {
            case Slot.VaryIndex index -> {
                if (index.keyText().equals(slotKey)) {
                    memory.put(slotKey, index);
                }
            }
            case StoredResponse stored -> {
                boolean ours = stored.slotKey().equals(slotKey);
                boolean lives = ours && alive.test(stored);
                if (ours && !lives) {
                    tier.remove(slotKey);
                }
                if (lives && isYoungerThanInMemory(stored)) {
                    memory.put(slotKey, stored);
                } else {
                    stored.body().release();
                }
            }
        }
    }

    /** What the origin has answered since is newer than what L2 still holds. */
    private boolean isYoungerThanInMemory(StoredResponse stored) {
        return !(memory.get(stored.slotKey()) instanceof StoredResponse present
                && alive.test(present)
                && !stored.head().isYoungerThan(present.head()));
    }

    /** The slot key for an answer with these nominated fields: the union with what is known of the resource. */
    public String slotKeyFor(CacheKey key, SortedSet<String> nominated, Selector selector) {
        SortedSet<String> union = union(key, nominated);
        return union.isEmpty() ? key.text() : variantKey(key, union, selector);
    }

    /**
     * Stores a response in L1, and in L2 unless it is too large for it. Its body is accounted for by the
     * caller and belongs to the store from here on.
     *
     * @param nominated the fields of its {@code Vary}
     * @param keepMillis how long it may be of use; L2 forgets it then
     */
    public void put(StoredResponse response, SortedSet<String> nominated, long keepMillis) {
        SortedSet<String> union = union(response.key(), nominated);
        RemoteTier tier = remote;
        boolean remotely = tier != null && keepMillis > 0 && response.body().length() <= tier.maxObject();
        if (!union.isEmpty()) {
            Slot.VaryIndex index = new Slot.VaryIndex(response.key().text(), union);
            memory.put(response.key().text(), index);
            if (tier != null && remotely) {
                tier.write(response.key().text(), index, keepMillis + keepMillis / 8);
            }
        }
        if (tier != null && remotely) {
            tier.write(response.slotKey(), response, keepMillis);
        } else if (tier != null) {
            tier.remove(response.slotKey()); // its predecessor may be there
        }
        memory.put(response.slotKey(), response);
    }

    /** Forgets a slot in both tiers. */
    public void remove(String slotKey) {
        memory.remove(slotKey);
        if (remote != null) {
            remote.remove(slotKey);
        }
    }

    private SortedSet<String> union(CacheKey key, SortedSet<String> nominated) {
        if (memory.get(key.text()) instanceof Slot.VaryIndex(String ignored, SortedSet<String> known)) {
            SortedSet<String> union = new TreeSet<>(known);
            union.addAll(nominated);
            return Collections.unmodifiableSortedSet(union);
        }
        return nominated;
    }

    private static String variantKey(CacheKey key, SortedSet<String> fields, Selector selector) {
        return key.text() + "\n~\n" + selector.variant(fields);
    }
}
