package io.lacquer.store;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Answers that were given from a resource with variants and may be given again: a few, the newest in the place of the
 * oldest. A race costs a memo, never an answer. Not part of what a slot is: all are equal.
 */
public final class Memos {
    /** The places. */
    public static final int MOST = 8;

    private final AtomicReferenceArray<@Nullable Memo> places = new AtomicReferenceArray<>(MOST);
    private final AtomicInteger next = new AtomicInteger();

    /** What an answer was made of. */
    public interface Memo {
        /** Whether it makes another one superfluous. */
        boolean isAsGoodAs(Memo other);
    }

    /** Adds one, unless there is one as good. */
    public void add(Memo memo) {
        for (int place = 0; place < MOST; place++) {
            Memo known = get(place);
            if (known != null && known.isAsGoodAs(memo)) {
                return;
            }
        }
        places.setRelease(Math.floorMod(next.getAndIncrement(), MOST), memo);
    }

    /** One of them, or null. */
    public @Nullable Memo get(int place) {
        return places.getAcquire(place);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Memos;
    }

    @Override
    public int hashCode() {
        return 1;
    }
}
