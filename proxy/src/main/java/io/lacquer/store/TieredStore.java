package io.lacquer.store;

import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.KeyProbe;
import io.lacquer.http.NoVarySearch;
import io.lacquer.http.StoredHead;
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

    /** How a request selects among variants. */
    public interface Selector {
        /** The text of its values of the nominated fields; injective over them. */
        String variant(SortedSet<String> fields);

        /** Where none has that text: the slot key of another one that is for this request, or null. */
        default @Nullable String alternative(List<Slot.Variant> variants) {
            return null;
        }
    }

    /** From so many on, variants that are no longer there are struck off. */
    private static final int PRUNE_FROM = 16;

    /** More are not listed, whatever is stored. */
    private static final int MOST_VARIANTS = 1000;

    private final LocalTier memory;
    private final @Nullable RemoteTier remote;
    private final Predicate<StoredResponse> alive;
    private final Predicate<StoredResponse> purged;
    private final ConcurrentHashMap<String, List<Consumer<RemoteTier.Answer>>> lookups = new ConcurrentHashMap<>();

    /** Whether there ever was an alias: most sites have none, and should not look for one with each miss. */
    private volatile boolean hasAliases;

    /**
     * Puts two tiers together.
     *
     * @param remote null where there is no L2
     * @param alive whether no purge has hit a response; asked on every read of either tier
     * @param purged whether one is known to have hit it, so that no node needs it any more
     */
    public TieredStore(
            LocalTier memory,
            @Nullable RemoteTier remote,
            Predicate<StoredResponse> alive,
            Predicate<StoredResponse> purged) {
        this.memory = memory;
        this.remote = remote;
        this.alive = alive;
        this.purged = purged;
    }

    /** Looks in L1 only; a result without response says whether L2 is worth asking by {@link #hasRemote}. */
    public Found findInMemory(CacheKey key, Selector selector) {
        String keyText = key.text();
        Slot slot = memory.get(keyText);
        if (slot == null) {
            String equivalent = equivalent(key);
            if (equivalent != null) {
                keyText = equivalent;
                slot = memory.get(equivalent);
            }
        }
        String slotKey = keyText;
        if (slot instanceof Slot.VaryIndex index) {
            slotKey = variantKey(keyText, index.fields(), selector);
            slot = memory.get(slotKey);
            String other = isAlive(slot) ? null : selector.alternative(index.variants());
            if (other != null && isAlive(memory.get(other))) {
                slotKey = other;
                slot = memory.get(other);
            }
        }
        boolean found = slot instanceof StoredResponse stored
                && alive.test(stored)
                && (keyText.equals(key.text()) || isEquivalent(stored, key));
        if (!keyText.equals(key.text())) {
            slotKey = key.text(); // whatever another URL's answer is good for, ours is kept by our own name
        }
        return new Found(found ? (StoredResponse) slot : null, Level.L1, slotKey, null);
    }

    private boolean isAlive(@Nullable Slot slot) {
        return slot instanceof StoredResponse stored && alive.test(stored);
    }

    /** What is stored under one slot key of L1, if it is alive. */
    public @Nullable StoredResponse inMemory(String slotKey) {
        return memory.get(slotKey) instanceof StoredResponse stored && alive.test(stored) ? stored : null;
    }

    /** The key of an answer to another query, of which the origin said that it is no other; null where there is none. */
    private @Nullable String equivalent(CacheKey key) {
        if (!hasAliases) {
            return null;
        }
        String path = key.textWithoutQuery();
        if (memory.get(searchKey(path)) instanceof Slot.SearchIndex(String ofPath, List<NoVarySearch> rules)) {
            for (NoVarySearch rule : rules) {
                if (memory.get(aliasKey(path, rule, key)) instanceof Slot.Alias(String keyText)) {
                    return keyText;
                }
            }
        }
        return null;
    }

    /** By the word of the stored answer itself; an alias may lead to what has been replaced since. */
    private static boolean isEquivalent(StoredResponse stored, CacheKey key) {
        NoVarySearch rule = NoVarySearch.of(stored.head().head().headers());
        return rule.canonical(stored.key().query()).equals(rule.canonical(key.query()));
    }

    private void noteEquivalents(StoredResponse response) {
        NoVarySearch rule = NoVarySearch.of(response.head().head().headers());
        if (!rule.isDefault()) {
            hasAliases = true;
            String path = response.key().textWithoutQuery();
            Slot present = memory.get(searchKey(path));
            Slot.SearchIndex known =
                    present instanceof Slot.SearchIndex index ? index : new Slot.SearchIndex(path, List.of());
            memory.put(searchKey(path), known.with(rule));
            memory.put(
                    aliasKey(path, rule, response.key()),
                    new Slot.Alias(response.key().text()));
        }
    }

    private static String searchKey(String path) {
        return path + "\n?\n";
    }

    private static String aliasKey(String path, NoVarySearch rule, CacheKey key) {
        return path + "\n?\n" + CacheKey.hash(rule.hashCode() + rule.canonical(key.query()));
    }

    /** What a key that is not made leads to in L1, or null. */
    public @Nullable Slot probe(KeyProbe key) {
        return memory.probe(key);
    }

    /** Whether this very response is what L1 has. */
    @SuppressWarnings("ReferenceEquality") // an equal one is another one
    public boolean isInMemory(StoredResponse stored) {
        return memory.get(stored.slotKey()) == stored;
    }

    /** Notes what an answer was made of, where the next request for the key will find it. */
    public void remember(CacheKey key, StoredResponse stored, Memos.Memo made) {
        if (memory.get(key.text()) instanceof Slot.VaryIndex index) {
            index.memos().add(made);
        } else {
            stored.memo(made);
        }
    }

    /** Whether there is an L2. */
    public boolean hasRemote() {
        return remote != null;
    }

    /** How many milliseconds whoever asks L2 is to wait for it; 0 where there is none. */
    public long remotePatienceMillis() {
        return remote == null ? 0 : remote.patienceMillis();
    }

    /** Looks in L2 and promotes what is found; the callback runs on any thread. */
    public void findInRemote(CacheKey key, Selector selector, Consumer<Found> callback) {
        String keyText = key.text();
        ask(keyText, answer -> {
            if (answer instanceof RemoteTier.Answer.Found(Slot.VaryIndex index)
                    && index.keyText().equals(keyText)) {
                String slotKey = variantKey(keyText, index.fields(), selector);
                ask(slotKey, exact -> {
                    String other =
                            exact instanceof RemoteTier.Answer.Nothing ? selector.alternative(index.variants()) : null;
                    if (other == null) {
                        callback.accept(found(exact, slotKey));
                    } else {
                        ask(other, alternative -> callback.accept(found(alternative, other)));
                    }
                });
            } else {
                boolean nothing = !(answer instanceof RemoteTier.Answer.Found);
                callback.accept(found(answer, nothing ? knownSlotKey(keyText, selector) : keyText));
            }
        });
    }

    private Found found(RemoteTier.Answer answer, String slotKey) {
        return switch (answer) {
            case RemoteTier.Answer.Trouble(RemoteTier.Kind kind) -> new Found(null, Level.L2, slotKey, kind);
            case RemoteTier.Answer.Found(StoredResponse stored)
            when stored.slotKey().equals(slotKey) && alive.test(stored) -> new Found(stored, Level.L2, slotKey, null);
            default -> new Found(null, Level.L2, slotKey, null);
        };
    }

    /** L2 has nothing to say; of what a request's answer will be kept under, L1 may know more. */
    private String knownSlotKey(String keyText, Selector selector) {
        return memory.get(keyText) instanceof Slot.VaryIndex index
                ? variantKey(keyText, index.fields(), selector)
                : keyText;
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
            case Slot.SearchIndex nowhere -> {}
            case Slot.Alias nowhere -> {}
            case StoredResponse stored -> {
                boolean ours = stored.slotKey().equals(slotKey);
                boolean lives = ours && alive.test(stored);
                if (ours && !lives && purged.test(stored)) {
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
        return union.isEmpty() ? key.text() : variantKey(key.text(), union, selector);
    }

    /**
     * Whether one more variant of a resource may be stored, where so many are the most; those that are no longer of
     * use leave for it.
     */
    public boolean makeRoom(
            CacheKey key,
            SortedSet<String> nominated,
            Selector selector,
            int mostVariants,
            Predicate<StoredResponse> isOfUse) {
        if (!(memory.get(key.text()) instanceof Slot.VaryIndex index)
                || index.variants().size() < mostVariants) {
            return true;
        }
        String slotKey = slotKeyFor(key, nominated, selector);
        if (index.variants().stream().anyMatch(variant -> variant.slotKey().equals(slotKey))) {
            return true;
        }
        List<StoredResponse> present = variants(key);
        List<StoredResponse> useless = present.stream().filter(isOfUse.negate()).toList();
        if (present.size() >= mostVariants) {
            useless.forEach(stored -> remove(stored.slotKey()));
        }
        return present.size() < mostVariants || !useless.isEmpty();
    }

    /** The variants of a resource that are in L1 and alive; none where the resource has no variants. */
    public List<StoredResponse> variants(CacheKey key) {
        List<StoredResponse> all = new ArrayList<>();
        if (memory.get(key.text()) instanceof Slot.VaryIndex index) {
            for (Slot.Variant variant : index.variants()) {
                StoredResponse stored = inMemory(variant.slotKey());
                if (stored != null) {
                    all.add(stored);
                }
            }
        }
        return all;
    }

    /**
     * Stores a response in L1, and in L2 unless it is too large for it. Its body is accounted for by the
     * caller and belongs to the store from here on.
     *
     * @param nominated the fields of its {@code Vary}
     * @param keepMillis how long it may be of use; L2 forgets it then
     */
    public void put(StoredResponse response, SortedSet<String> nominated, long keepMillis) {
        CacheKey key = response.key();
        SortedSet<String> union = union(key, nominated);
        RemoteTier tier = remote;
        boolean remotely = tier != null && keepMillis > 0 && response.body().length() <= tier.maxObject();
        if (!union.isEmpty()) {
            Slot.VaryIndex index = new Slot.VaryIndex(key.text(), union, variantsWith(response));
            memory.put(key.text(), index);
            if (tier != null && remotely) {
                tier.write(key.text(), index, keepMillis + keepMillis / 8);
            }
        }
        if (tier != null && remotely) {
            tier.write(response.slotKey(), response, keepMillis);
        } else if (tier != null) {
            tier.remove(response.slotKey()); // its predecessor may be there
        }
        noteEquivalents(response);
        memory.put(response.slotKey(), response);
    }

    /** Stores what only L1 keeps: an answer that is good for nothing but the very same request. */
    public void putInMemory(StoredResponse response, SortedSet<String> nominated) {
        CacheKey key = response.key();
        Slot primary = memory.get(key.text());
        SortedSet<String> union = union(key, nominated);
        if (!union.isEmpty() && !isAlive(primary)) {
            List<Slot.Variant> known = primary instanceof Slot.VaryIndex index ? index.variants() : List.of();
            memory.put(key.text(), new Slot.VaryIndex(key.text(), union, known));
        }
        memory.put(response.slotKey(), response);
    }

    private List<Slot.Variant> variantsWith(StoredResponse response) {
        List<Slot.Variant> all = new ArrayList<>();
        if (memory.get(response.key().text()) instanceof Slot.VaryIndex index) {
            for (Slot.Variant variant : index.variants()) {
                boolean gone = index.variants().size() >= PRUNE_FROM && memory.get(variant.slotKey()) == null;
                if (!gone && !variant.slotKey().equals(response.slotKey())) {
                    all.add(variant);
                }
            }
        }
        StoredHead head = response.head();
        Headers fields = head.head().headers();
        all.add(new Slot.Variant(
                response.slotKey(),
                head.varied(),
                fields.onlyToken("Content-Language"),
                fields.onlyToken("Content-Encoding")));
        return List.copyOf(all.subList(Math.max(0, all.size() - MOST_VARIANTS), all.size()));
    }

    /** Forgets a slot in both tiers. */
    public void remove(String slotKey) {
        memory.remove(slotKey);
        if (remote != null) {
            remote.remove(slotKey);
        }
    }

    private SortedSet<String> union(CacheKey key, SortedSet<String> nominated) {
        if (memory.get(key.text()) instanceof Slot.VaryIndex index) {
            SortedSet<String> union = new TreeSet<>(index.fields());
            union.addAll(nominated);
            return Collections.unmodifiableSortedSet(union);
        }
        return nominated;
    }

    private static String variantKey(String keyText, SortedSet<String> fields, Selector selector) {
        return keyText + "\n~\n" + selector.variant(fields);
    }
}
