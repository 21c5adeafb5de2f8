package io.lacquer.purge;

import io.lacquer.store.Fence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The epochs of all that was purged, for one kind of purge. Raising one touches no entry; a look-up costs a few reads,
 * however many entries a purge hits. Bounded: what it has no room for raises the floor, below which everything counts
 * as purged. One thread raises at a time, any number look.
 */
final class Epochs {
    private static final int MAX_NAMES = 100_000;
    private static final int MAX_PATTERNS = 2_000;
    private static final int URL_CELLS = 1 << 18;

    /** So many purges of one thing are told apart by the time at which they came. */
    private static final int MAX_BEFORE = 4;

    private final boolean since;

    private record Aimed(Pattern pattern, Epoch epoch) {}

    private static final Comparator<Aimed> IN_ORDER =
            Comparator.comparingLong(aimed -> aimed.epoch().tick());

    private final ConcurrentHashMap<String, Epoch> tags = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Epoch> namespaces = new ConcurrentHashMap<>();
    private volatile @Nullable AtomicReferenceArray<@Nullable Epoch> urls;
    private volatile Aimed[] patterns = new Aimed[0];
    private volatile @Nullable Epoch floor;

    /**
     * Nothing purged.
     *
     * @param since whether it is asked since when, and not only whether
     */
    Epochs(boolean since) {
        this.since = since;
    }

    /** Raises what a scope names. */
    void raise(Scope scope, Epoch to) {
        scope.tags().forEach(tag -> tags.merge(tag, to, this::newer));
        scope.namespaces().forEach(name -> namespaces.merge(name, to, this::newer));
        scope.urls().forEach(url -> raise(url, to));
        List<Aimed> more = new ArrayList<>();
        scope.tagPatterns().forEach(text -> more.add(new Aimed(new Pattern(Pattern.Kind.TAG, text), to)));
        scope.prefixes().forEach(text -> more.add(new Aimed(new Pattern(Pattern.Kind.PREFIX, text), to)));
        scope.patterns().forEach(text -> more.add(new Aimed(new Pattern(Pattern.Kind.PLACE, text), to)));
        if (!more.isEmpty()) {
            raisePatterns(more);
        }
        if (scope.all()) {
            raiseFloor(to);
        }
        if (tags.size() + namespaces.size() > MAX_NAMES) {
            forgetOldest();
        }
    }

    /** Everything older counts as purged. */
    void raiseFloor(Epoch to) {
        Epoch before = floor;
        floor = before == null ? to : newer(before, to);
    }

    private Epoch newer(Epoch before, Epoch to) {
        boolean further = to.position().isAfter(before.position());
        boolean later = to.nanos() - before.nanos() > 0;
        return new Epoch(
                        Math.max(before.tick(), to.tick()),
                        further ? to.position() : before.position(),
                        later ? to.nanos() : before.nanos(),
                        before.mark() == to.mark() ? to.mark() : Epoch.ANYTHING,
                        since ? before : null)
                .shortened(MAX_BEFORE);
    }

    private void raise(String url, Epoch to) {
        AtomicReferenceArray<@Nullable Epoch> cells = urls;
        if (cells == null) {
            cells = new AtomicReferenceArray<>(URL_CELLS);
            urls = cells;
        }
        int cell = cell(url);
        Epoch of = to.of(mark(url));
        Epoch before = cells.get(cell);
        cells.set(cell, before == null ? of : newer(before, of)); // two URLs, one cell: it is about both
    }

    private void raisePatterns(List<Aimed> more) {
        Map<Pattern, Epoch> all = new LinkedHashMap<>();
        for (Aimed known : patterns) {
            all.put(known.pattern(), known.epoch());
        }
        more.forEach(each -> all.merge(each.pattern(), each.epoch(), this::newer));
        Aimed[] next = all.entrySet().stream()
                .map(each -> new Aimed(each.getKey(), each.getValue()))
                .sorted(IN_ORDER) // one that has hardened is as old as when it was soft
                .toArray(Aimed[]::new);
        int surplus = next.length - MAX_PATTERNS;
        if (surplus > 0) {
            for (int i = 0; i < surplus; i++) {
                raiseFloor(next[i].epoch()); // forgetting a purge is safe only if everything older is gone
            }
            next = Arrays.copyOfRange(next, surplus, next.length);
        }
        patterns = next;
    }

    private void forgetOldest() {
        List<Epoch> known = new ArrayList<>(tags.values());
        known.addAll(namespaces.values());
        known.sort(Comparator.comparingLong(Epoch::tick));
        long last = known.get(known.size() / 2).tick();
        known.stream().takeWhile(epoch -> epoch.tick() <= last).forEach(this::raiseFloor);
        tags.values().removeIf(epoch -> epoch.tick() <= last);
        namespaces.values().removeIf(epoch -> epoch.tick() <= last);
    }

    /**
     * Some epoch that concerns a subject and is newer than a fence, or null. The floor is read last: what is forgotten
     * raises it first, so that it is found here or there.
     */
    @Nullable
    Epoch newerThan(Fence fence, Subject subject) {
        Epoch found = ofUrl(subject.url(), fence);
        for (int i = 0; found == null && i < subject.tags().size(); i++) {
            found = newer(tags.get(subject.tags().get(i)), fence);
        }
        if (found == null && !namespaces.isEmpty()) {
            found = newer(namespaces.get(subject.namespace()), fence);
        }
        found = found == null ? ofPattern(subject, fence) : found;
        return found == null ? newer(floor, fence) : found;
    }

    private static @Nullable Epoch newer(@Nullable Epoch epoch, Fence fence) {
        return epoch != null && epoch.isNewerThan(fence) ? epoch : null;
    }

    private @Nullable Epoch ofUrl(String url, Fence fence) {
        AtomicReferenceArray<@Nullable Epoch> cells = urls;
        Epoch epoch = cells == null ? null : newer(cells.get(cell(url)), fence);
        return epoch != null && epoch.isAbout(mark(url)) ? epoch : null;
    }

    /** Patterns are in the order in which they came, so that only those that came since are tried. */
    private @Nullable Epoch ofPattern(Subject subject, Fence fence) {
        Aimed[] all = patterns;
        String place = null;
        for (int i = all.length - 1; i >= 0; i--) {
            Aimed aimed = all[i];
            if (!aimed.epoch().isNewerThan(fence)) {
                if (fence.tick() == Fence.FOREIGN) {
                    continue; // they are not in the log's order while it does not have them all
                }
                return null;
            }
            place = place == null ? Pattern.place(subject.url()) : place;
            if (aimed.pattern().concerns(subject, place)) {
                return aimed.epoch();
            }
        }
        return null;
    }

    /** Since when something that concerns a subject is purged that was fetched before, monotonic nanoseconds; null for not. */
    @Nullable
    Long since(Fence fence, Subject subject) {
        Epoch first = null;
        AtomicReferenceArray<@Nullable Epoch> cells = urls;
        if (cells != null) {
            first = oldest(cells.get(cell(subject.url())), fence, subject, first);
        }
        for (String tag : subject.tags()) {
            first = oldest(tags.get(tag), fence, subject, first);
        }
        first = oldest(namespaces.get(subject.namespace()), fence, subject, first);
        String place = Pattern.place(subject.url());
        for (Aimed aimed : patterns) {
            if (aimed.epoch().isNewerThan(fence) && aimed.pattern().concerns(subject, place)) {
                first = oldest(aimed.epoch(), fence, subject, first);
            }
        }
        first = oldest(floor, fence, subject, first); // last, as above
        return first == null ? null : first.nanos();
    }

    private static @Nullable Epoch oldest(@Nullable Epoch epoch, Fence fence, Subject subject, @Nullable Epoch known) {
        Epoch found = known;
        int mark = mark(subject.url());
        for (Epoch each = epoch; each != null && each.isNewerThan(fence); each = each.before()) {
            if (each.isAbout(mark) && (found == null || each.nanos() - found.nanos() < 0)) {
                found = each;
            }
        }
        return found;
    }

    /** When something that concerns a subject was last purged, monotonic nanoseconds; null for never. */
    @Nullable
    Long lastNanos(Subject subject) {
        List<Epoch> all = new ArrayList<>();
        AtomicReferenceArray<@Nullable Epoch> cells = urls;
        Epoch ofUrl = cells == null ? null : cells.get(cell(subject.url()));
        add(all, ofUrl != null && ofUrl.isAbout(mark(subject.url())) ? ofUrl : null);
        subject.tags().forEach(tag -> add(all, tags.get(tag)));
        add(all, namespaces.get(subject.namespace()));
        String place = Pattern.place(subject.url());
        for (Aimed aimed : patterns) {
            add(all, aimed.pattern().concerns(subject, place) ? aimed.epoch() : null);
        }
        add(all, floor); // last, as above
        return all.stream()
                .max(Comparator.comparingLong(Epoch::tick))
                .map(Epoch::nanos)
                .orElse(null);
    }

    private static void add(List<Epoch> to, @Nullable Epoch epoch) {
        if (epoch != null) {
            to.add(epoch);
        }
    }

    /** A second opinion of a URL, never {@link Epoch#ANYTHING}. */
    private static int mark(String url) {
        int mark = 17;
        for (int i = 0; i < url.length(); i++) {
            mark = (mark ^ url.charAt(i)) * 0x01000193;
        }
        return mark == Epoch.ANYTHING ? 1 : mark;
    }

    /** A collision of two purged URLs costs misses. */
    private static int cell(String url) {
        int hash = url.hashCode();
        return (hash ^ (hash >>> 16)) & (URL_CELLS - 1);
    }

    /** How many names and patterns are held. */
    int size() {
        return tags.size() + namespaces.size() + patterns.length;
    }
}
