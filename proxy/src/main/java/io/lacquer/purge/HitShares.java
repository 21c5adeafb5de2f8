package io.lacquer.purge;

import io.lacquer.http.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * What the last hour's hits were about, from an even sample of each minute: tells what share of them a purge concerns,
 * together with the purges before it in that hour. Bounded in size, exact where there were few hits.
 */
public final class HitShares {
    private static final int MINUTES = 60;
    private static final int SAMPLES = 256;
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final class Sample {
        final Subject subject;
        boolean purged;

        Sample(Subject subject) {
            this.subject = subject;
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

    private final Clock clock;
    private final SplittableRandom random = new SplittableRandom();
    private final Deque<Minute> minutes = new ArrayDeque<>();

    /** No hits yet. */
    public HitShares(Clock clock) {
        this.clock = clock;
    }

    /** Notes a hit, which stands for so many. */
    public synchronized void hit(Subject subject, long count) {
        Minute now = current();
        now.hits += count;
        if (now.samples.size() < SAMPLES) {
            now.samples.add(new Sample(subject));
        } else {
            long place = random.nextLong(Math.max(1, now.hits / count));
            if (place < SAMPLES) {
                now.samples.set((int) place, new Sample(subject));
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
        while (oldest.hasNext() && now - oldest.next().beganNanos >= MINUTES * MINUTE_NANOS) {
            oldest.remove();
        }
        return last;
    }

    /** The share of the last hour's hits, 0 to 1, that a purge and those before it in that hour concern. */
    public synchronized double share(Scope scope) {
        current();
        double concerned = 0;
        double all = 0;
        for (Minute minute : minutes) {
            long matching = minute.samples.stream()
                    .filter(sample -> sample.purged || scope.concerns(sample.subject))
                    .count();
            all += minute.hits;
            concerned += minute.samples.isEmpty() ? 0 : (double) matching / minute.samples.size() * minute.hits;
        }
        return all == 0 ? 0 : concerned / all;
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
        for (Minute minute : minutes) {
            for (Sample sample : minute.samples) {
                sample.purged |= scope.concerns(sample.subject);
            }
        }
    }
}
