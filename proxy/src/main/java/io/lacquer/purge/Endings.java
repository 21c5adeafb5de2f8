package io.lacquer.purge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The purges for good of late, in the order in which they came into force: tells which of them ended a stored response,
 * that is the first one that concerned it. Kept only until what they ended has been looked for; bounded, and says what it
 * can't know any more.
 */
public final class Endings {
    /** None that is known of. */
    public static final long NONE = 0;

    /** It may have been one that is forgotten. */
    public static final long UNKNOWN = -1;

    private static final int MOST_NAMES = 200_000;
    private static final int MOST_BROAD = 1_000;

    /**
     * One that can't be looked up by a name.
     *
     * @param tick what it concerns was known unharmed before
     * @param order in which it came into force: twice its tick, or between two of them where a soft one has hardened
     */
    private record Broad(Scope scope, long tick, long order) {}

    /** When one name was purged, rising. */
    private static final class Ticks {
        private long[] ticks = new long[2];
        private int size;

        void add(long tick) {
            if (size == ticks.length) {
                ticks = Arrays.copyOf(ticks, 2 * size);
            }
            ticks[size++] = tick;
        }

        /** The first after a tick, or the largest number there is. */
        long after(long since) {
            int at = Arrays.binarySearch(ticks, 0, size, since + 1);
            int next = at >= 0 ? at : -at - 1;
            return next < size ? ticks[next] : Long.MAX_VALUE;
        }
    }

    /** Those between two looks. */
    private static final class Span {
        final Map<String, Ticks> tags = new HashMap<>();
        final Map<String, Ticks> urls = new HashMap<>();
        final Map<String, Ticks> namespaces = new HashMap<>();
        final List<Broad> broad = new ArrayList<>();
        long last;
        int names;
    }

    private final Deque<Span> spans = new ArrayDeque<>(List.of(new Span()));
    private long looked;
    private long lost;

    /** Nothing purged yet. */
    public Endings() {}

    /**
     * A purge has come into force.
     *
     * @param tick of its application; of a soft one that has hardened, of its application as a soft one
     * @param now the newest tick
     */
    public synchronized void add(Scope scope, long tick, long now) {
        Span span = spans.getLast();
        if (span.names + scope.size() > MOST_NAMES || span.broad.size() >= MOST_BROAD) {
            lost = spans.stream().mapToLong(each -> each.last).max().orElse(lost);
            spans.clear();
            span = new Span();
            spans.add(span);
        }
        span.last = now;
        span.names += scope.size();
        boolean named = scope.size()
                == scope.tags().size()
                        + scope.urls().size()
                        + scope.namespaces().size();
        if (!named || tick != now) {
            span.broad.add(new Broad(scope, tick, tick == now ? 2 * tick : 2 * now + 1));
            return;
        }
        add(span.tags, scope.tags(), tick);
        add(span.urls, scope.urls(), tick);
        add(span.namespaces, scope.namespaces(), tick);
    }

    private static void add(Map<String, Ticks> to, Iterable<String> names, long tick) {
        names.forEach(name -> to.computeIfAbsent(name, none -> new Ticks()).add(tick));
    }

    /**
     * All that is stored is about to be looked at: what comes from now on belongs to the next look.
     *
     * @return the tick of the last purge before, for {@link #looked}
     */
    public synchronized long look() {
        long last = Math.max(looked, spans.getLast().last);
        if (spans.getLast().last > 0) {
            spans.addLast(new Span());
        }
        return last;
    }

    /** All that was there has been seen: what lives was alive at the tick that the look began with, what does not has left. */
    public synchronized void looked(long tick) {
        looked = Math.max(looked, tick);
        while (spans.size() > 1 && spans.getFirst().last <= tick) {
            spans.removeFirst();
        }
    }

    /**
     * The tick of the purge that ended a response, {@link #NONE} or {@link #UNKNOWN}.
     *
     * @param checkedTo how many purges were known not to concern it
     */
    public synchronized long of(Subject subject, long checkedTo) {
        long since = Math.max(checkedTo, looked);
        for (Span span : spans) {
            long first = first(span, subject, since);
            if (first != Long.MAX_VALUE) {
                return since < lost ? UNKNOWN : first;
            }
        }
        return since < lost ? UNKNOWN : NONE;
    }

    private static long first(Span span, Subject subject, long since) {
        long first = after(span.urls.get(subject.url()), since);
        first = Math.min(first, after(span.namespaces.get(subject.namespace()), since));
        for (int i = 0; !span.tags.isEmpty() && i < subject.tags().size(); i++) {
            first = Math.min(first, after(span.tags.get(subject.tags().get(i)), since));
        }
        long order = first == Long.MAX_VALUE ? first : 2 * first;
        for (Broad each : span.broad) {
            if (each.tick() > since && each.order() < order && each.scope().concerns(subject)) {
                order = each.order();
                first = each.tick();
            }
        }
        return first;
    }

    private static long after(@Nullable Ticks ticks, long since) {
        return ticks == null ? Long.MAX_VALUE : ticks.after(since);
    }
}
