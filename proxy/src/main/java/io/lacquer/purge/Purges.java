package io.lacquer.purge;

import io.lacquer.http.Clock;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The purge log of this node: ordered, in memory. A purge raises an epoch and touches no entry; a read
 * compares the entry's fence with the epochs that concern it. The cost of either does not depend on how
 * many entries a purge hits. Entries of another generation (written to L2 before a restart or by another
 * node) are compared by wall time, the order of last resort.
 */
public final class Purges {
    private static final int MAX_TAGS = 100_000;
    private static final int URL_CELLS = 1 << 18;

    /** The mark of an epoch that is about whatever it is asked about. */
    private static final int ANYTHING = 0;

    /**
     * When something was last purged.
     *
     * @param mark of the one URL that it is about, or {@link #ANYTHING}
     */
    private record Epoch(long sequence, long wallMillis, int mark) {
        Epoch of(int one) {
            return new Epoch(sequence, wallMillis, one);
        }

        boolean isAbout(int one) {
            return mark == ANYTHING || mark == one;
        }

        boolean covers(Fence fence, long generation) {
            return fence.generation() == generation ? fence.sequence() < sequence : fence.wallMillis() <= wallMillis;
        }
    }

    private final Clock clock;
    private final long generation;
    private final ConcurrentHashMap<String, Epoch> tags = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Epoch> urls = new AtomicReferenceArray<>(URL_CELLS);
    private volatile @Nullable Epoch floor;
    private volatile long sequence;

    /** An empty log; its generation must differ from that of any other process. */
    public Purges(Clock clock, long generation) {
        this.clock = clock;
        this.generation = generation;
    }

    /** The position that a fetch which begins now carries. */
    public Fence fence() {
        return new Fence(generation, sequence, clock.wallMillis());
    }

    /** Whether no purge has hit a stored response. One comparison unless there was a purge since the last read. */
    public boolean isAlive(StoredResponse stored) {
        long now = sequence;
        if (stored.checkedTo() == now) {
            return true;
        }
        if (!isAlive(stored.fence(), stored.key().url(), stored.head().tags())) {
            return false;
        }
        stored.checkedTo(now);
        return true;
    }

    /** Whether no purge since a fetch began concerns what it brought. */
    public boolean isAlive(Fence fence, String url, List<String> tagged) {
        Epoch ofUrl = urls.get(cell(url));
        if (covers(floor, fence) || (ofUrl != null && ofUrl.isAbout(mark(url)) && covers(ofUrl, fence))) {
            return false;
        }
        for (String tag : tagged) {
            if (covers(tags.get(tag), fence)) {
                return false;
            }
        }
        return true;
    }

    private boolean covers(@Nullable Epoch epoch, Fence fence) {
        return epoch != null && epoch.covers(fence, generation);
    }

    /**
     * Purges by tags and URLs ({@code scheme://host/path?query} as keys have it), in force when it returns.
     *
     * @return the position of this purge
     */
    public synchronized long purge(Collection<String> byTag, List<String> byUrl) {
        Epoch epoch = next();
        if (tags.size() + byTag.size() > MAX_TAGS) {
            floor = epoch; // forgetting which tags were purged is safe only if everything older is
            tags.clear();
        }
        byTag.forEach(tag -> tags.put(tag, epoch));
        for (String url : byUrl) {
            Epoch before = urls.get(cell(url));
            boolean ofOne = before == null || before.mark == mark(url); // two URLs, one cell: it is about both
            urls.set(cell(url), epoch.of(ofOne ? mark(url) : ANYTHING));
        }
        sequence = epoch.sequence;
        return epoch.sequence;
    }

    /**
     * Purges like {@link #purge}, and tells what was the case just before.
     *
     * @return the position, or its negative where an earlier purge since the fence concerns {@code url} or what is tagged
     */
    public synchronized long purgeAfter(
            Collection<String> byTag, List<String> byUrl, Fence since, String url, List<String> tagged) {
        boolean untouched = isAlive(since, url, tagged);
        long position = purge(byTag, byUrl);
        return untouched ? position : -position;
    }

    /** Purges everything, in force when it returns. */
    public synchronized long purgeAll() {
        Epoch epoch = next();
        floor = epoch;
        tags.clear();
        sequence = epoch.sequence;
        return epoch.sequence;
    }

    /** The number of purges so far. */
    public long position() {
        return sequence;
    }

    private Epoch next() {
        return new Epoch(sequence + 1, clock.wallMillis(), ANYTHING);
    }

    /** A second opinion of a URL, never {@link #ANYTHING}. */
    private static int mark(String url) {
        int mark = 17;
        for (int i = 0; i < url.length(); i++) {
            mark = (mark ^ url.charAt(i)) * 0x01000193;
        }
        return mark == ANYTHING ? 1 : mark;
    }

    /** A collision of two purged URLs costs misses. */
    private static int cell(String url) {
        int hash = url.hashCode();
        return (hash ^ (hash >>> 16)) & (URL_CELLS - 1);
    }
}
