package io.lacquer.store.memory;

import io.lacquer.store.StoredResponse;
import java.util.concurrent.ConcurrentHashMap;

/** How many entries have a tag, and their bytes: counted as they come and go, so that nobody has to look for them. */
public final class Tagged {
    /**
     * So many of a tag.
     *
     * @param sinceTick what was known unharmed before that many purges does not count any more
     */
    public record Count(long entries, long bytes, long sinceTick) {
        static final Count NONE = new Count(0, 0, Long.MIN_VALUE);
    }

    private final ConcurrentHashMap<String, Count> counts = new ConcurrentHashMap<>();

    Tagged() {}

    void add(StoredResponse response, int sign, long weight) {
        for (String tag : response.head().tags()) {
            if (!tag.startsWith(" ")) {
                counts.compute(tag, (name, count) -> {
                    Count known = count == null ? Count.NONE : count;
                    if (response.checkedTo() < known.sinceTick()) {
                        return count;
                    }
                    long entries = known.entries() + sign;
                    return entries <= 0 && known.sinceTick() == Long.MIN_VALUE
                            ? null
                            : new Count(
                                    Math.max(0, entries),
                                    Math.max(0, known.bytes() + sign * weight),
                                    known.sinceTick());
                });
            }
        }
    }

    Count count(String tag) {
        return counts.getOrDefault(tag, Count.NONE);
    }

    /** Those with a tag are purged: they leave without being counted again. */
    void reset(String tag, long tick) {
        counts.computeIfPresent(tag, (name, count) -> new Count(0, 0, tick));
    }
}
