package io.lacquer.purge;

import io.lacquer.http.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What the last hour's hits were about, from an even sample of each minute, and of each other node that tells of its
 * own: says what share of them a purge concerns, together with the purges before it in that hour. Bounded in size, exact
 * where there were few hits.
 */
public final class HitShares {
    private static final int MINUTES = 60;
    private static final int SAMPLES = 256;
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long HOUR_NANOS = MINUTES * MINUTE_NANOS;
    private static final long HOUR_MILLIS = TimeUnit.MINUTES.toMillis(MINUTES);

    /** So much is told to others. */
    private static final int TOLD = 512;

    private static final int LONGEST_NOTE = 256 << 10;

    /** What was purged so long ago is in every note that others have left since. */
    private static final long SPREAD_NANOS = 3 * SharedHits.EVERY_NANOS;

    private static final int MOST_NAMES = 20_000;

    private static final class Sample {
        final Subject subject;
        final long atNanos;
        final double weight;
        boolean purged;

        Sample(Subject subject, long atNanos, double weight) {
            this.subject = subject;
            this.atNanos = atNanos;
            this.weight = weight;
        }
    }

    private static final class Minute {
        final long beganNanos;
        final List<Sample> samples = new ArrayList<>();
        long hits;

        Minute(long beganNanos) {
            this.beganNanos = beganNanos;
        }
    }

    /** Looks at a sample, which stands for so many hits. */
    private interface Look {
        void at(Sample sample, double weight);
    }

    private record Done(long atNanos, Scope scope) {}

    private final Clock clock;
    private final SplittableRandom random = new SplittableRandom();
    private final Deque<Minute> minutes = new ArrayDeque<>();
    private final Map<String, List<Sample>> others = new TreeMap<>();
    private List<Sample> before = List.of();
    private final Deque<Done> done = new ArrayDeque<>();
    private int names;

    /** No hits yet. */
    public HitShares(Clock clock) {
        this.clock = clock;
    }

    /** Notes a hit, which stands for so many. */
    public synchronized void hit(Subject subject, long count) {
        Minute now = current();
        now.hits += count;
        Sample sample = new Sample(subject, now.beganNanos, 1);
        if (now.samples.size() < SAMPLES) {
            now.samples.add(sample);
        } else {
            long place = random.nextLong(Math.max(1, now.hits / count));
            if (place < SAMPLES) {
                now.samples.set((int) place, sample);
            }
        }
    }

    private Minute current() {
        long now = clock.nanos();
        Minute last = minutes.peekLast();
        if (last == null || now - last.beganNanos >= MINUTE_NANOS) {
            last = new Minute(now);
            minutes.addLast(last);
        }
        Iterator<Minute> oldest = minutes.iterator();
        while (oldest.hasNext() && now - oldest.next().beganNanos >= HOUR_NANOS) {
            oldest.remove();
        }
        return last;
    }

    private void own(Look look) {
        current();
        for (Minute minute : minutes) {
            double weight = (double) minute.hits / Math.max(1, minute.samples.size());
            minute.samples.forEach(sample -> look.at(sample, weight));
        }
        look(before, look);
    }

    private void all(Look look) {
        own(look);
        others.values().forEach(samples -> look(samples, look));
    }

    private void look(List<Sample> samples, Look look) {
        long now = clock.nanos();
        for (Sample sample : samples) {
            if (now - sample.atNanos < HOUR_NANOS) {
                look.at(sample, sample.weight);
            }
        }
    }

    /** The share of the last hour's hits, 0 to 1, that a purge and those before it in that hour concern. */
    public synchronized double share(Scope scope) {
        double[] sum = new double[2];
        all((sample, weight) -> {
            sum[0] += weight;
            sum[1] += sample.purged || scope.concerns(sample.subject) ? weight : 0;
        });
        return sum[0] == 0 ? 0 : Math.min(1, sum[1] / sum[0]);
    }

    /**
     * Lets a purge pass if it and those before it concern no more than that share, and counts it then: of purges asked
     * for at the same moment each sees the others.
     *
     * @return the share, 0 to 1
     */
    public synchronized double charge(Scope scope, double most) {
        double share = share(scope);
        if (share <= most) {
            purged(scope);
        }
        return share;
    }

    /** A purge was done. */
    public synchronized void purged(Scope scope) {
        mark(scope);
        done.addLast(new Done(clock.nanos(), scope));
        names += scope.size();
        while (names > MOST_NAMES && done.size() > 1) {
            names -= done.removeFirst().scope().size();
        }
    }

    private void mark(Scope scope) {
        all((sample, weight) -> sample.purged |= scope.concerns(sample.subject));
    }

    // ---- what nodes tell each other ----

    /** What others are to know of this node's hits. */
    synchronized String note() {
        List<HitNote.Hit> hits = new ArrayList<>();
        long now = clock.nanos();
        own((sample, weight) -> hits.add(new HitNote.Hit(
                sample.subject, weight, TimeUnit.NANOSECONDS.toMillis(now - sample.atNanos), sample.purged)));
        for (int most = TOLD; ; most /= 2) {
            String text = new HitNote(clock.wallMillis(), evenly(hits, most)).toText();
            if (text.length() <= LONGEST_NOTE || most <= 1) {
                return text;
            }
        }
    }

    /** So many of them at most, each in place of its like: what stands for more is more likely to stay. */
    private List<HitNote.Hit> evenly(List<HitNote.Hit> hits, int most) {
        if (hits.size() <= most) {
            return hits;
        }
        double step = hits.stream().mapToDouble(HitNote.Hit::weight).sum() / most;
        List<HitNote.Hit> some = new ArrayList<>(most);
        double next = random.nextDouble() * step;
        double sum = 0;
        for (HitNote.Hit hit : hits) {
            sum += hit.weight();
            double standsFor = 0;
            for (; next < sum; next += step) {
                standsFor += step;
            }
            if (standsFor > 0) {
                some.add(new HitNote.Hit(hit.subject(), standsFor, hit.ageMillis(), hit.purged()));
            }
        }
        return some;
    }

    /**
     * Takes what nodes have told last in place of what they told before. What a node of this one's name told before this
     * one did is its own, of before a restart.
     *
     * @param first whether this node has asked for the first time
     * @return whose notes are too old to count
     */
    synchronized List<String> learn(Map<String, String> notes, String self, boolean first) {
        List<String> old = new ArrayList<>();
        others.clear();
        notes.forEach((node, text) -> {
            HitNote note = HitNote.parse(text);
            if (clock.wallMillis() - note.sinceMillis() >= HOUR_MILLIS) {
                old.add(node);
            } else if (!node.equals(self)) {
                others.put(node, samples(note));
            } else if (first) {
                before = samples(note);
            }
        });
        long now = clock.nanos();
        while (!done.isEmpty() && now - done.getFirst().atNanos() > SPREAD_NANOS) {
            names -= done.removeFirst().scope().size();
        }
        done.forEach(each -> mark(each.scope())); // their notes may be older than it
        return old;
    }

    private List<Sample> samples(HitNote note) {
        long now = clock.nanos();
        long noteMillis = Math.max(0, clock.wallMillis() - note.sinceMillis()); // clocks differ a little
        List<Sample> samples = new ArrayList<>();
        for (HitNote.Hit hit : note.hits()) {
            long ageMillis = noteMillis + hit.ageMillis();
            if (ageMillis >= 0 && ageMillis < HOUR_MILLIS) {
                Sample sample = new Sample(hit.subject(), now - TimeUnit.MILLISECONDS.toNanos(ageMillis), hit.weight());
                sample.purged = hit.purged();
                samples.add(sample);
            }
        }
        return samples;
    }

    /** The other nodes whose hits count along, by name. */
    synchronized List<String> others() {
        return List.copyOf(others.keySet());
    }
}
