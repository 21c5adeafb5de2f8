package io.lacquer.store;

import io.lacquer.http.CacheKey;
import io.lacquer.http.StoredHead;
import org.jspecify.annotations.Nullable;

/**
 * A stored response: facts, a body and a fence. Immutable but for a note of how far the purge log has been
 * checked for it.
 */
public final class StoredResponse implements Slot {
    /** What an entry takes beside its texts, measured by {@code bench/scale --only memory}, with what a hit leaves behind. */
    private static final long FIXED = 430;

    private static final long OF_VARIANT = 210;
    private static final long A_FIELD = 3;
    private static final long A_TAG = 180;

    private final CacheKey key;
    private final String slotKey;
    private final StoredHead head;
    private final Body body;
    private final Fence fence;
    private final long overhead;
    private volatile long checkedTo;
    private volatile Memos.@Nullable Memo memo;

    /**
     * Puts the parts together.
     *
     * @param key the key of the request
     * @param slotKey what the tiers keep it under: the key's text, or that of the variant
     */
    public StoredResponse(CacheKey key, String slotKey, StoredHead head, Body body, Fence fence) {
        this.key = key;
        this.slotKey = slotKey;
        this.head = head;
        this.body = body;
        this.fence = fence;
        this.checkedTo = fence.tick();
        boolean ofVariant = !slotKey.equals(key.text());
        this.overhead = FIXED
                + key.text().length()
                + (ofVariant ? OF_VARIANT + slotKey.length() : 0)
                + head.bytes()
                + A_FIELD * head.lines()
                + A_TAG * head.tags().size()
                + 24L * body.segments()
                + (head.extents() == null ? 0 : 40L * head.extents().spans().size());
    }

    /** The key of the request. */
    public CacheKey key() {
        return key;
    }

    /** What the tiers keep it under. */
    public String slotKey() {
        return slotKey;
    }

    /** Status, fields and times. */
    public StoredHead head() {
        return head;
    }

    /** The whole body. */
    public Body body() {
        return body;
    }

    /** The purge position at which its fetch began. */
    public Fence fence() {
        return fence;
    }

    /** How many purges of this process are known not to concern it; {@link Fence#FOREIGN} where that is not known. */
    public long checkedTo() {
        return checkedTo;
    }

    /** Notes that it has been checked; racing notes are both true. */
    public void checkedTo(long tick) {
        checkedTo = tick;
    }

    /** What the last answer from it was made of, or null. */
    public Memos.@Nullable Memo memo() {
        return memo;
    }

    /** Replaces that, unless it is as good. */
    public void memo(Memos.Memo made) {
        Memos.Memo known = memo;
        if (known == null || !known.isAsGoodAs(made)) {
            memo = made;
        }
    }

    @Override
    public long overhead() {
        return overhead;
    }
}
