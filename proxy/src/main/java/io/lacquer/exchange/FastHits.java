package io.lacquer.exchange;

import io.lacquer.purge.Subject;
import io.lacquer.store.Memos;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The short way to a hit: from the bytes of a request to an answer that the full path has given before. Whatever is
 * not just so is null, and takes the full path. One for each loop.
 */
@SuppressWarnings("ReferenceEquality") // what is stored is asked for by identity
public final class FastHits {
    /** In each minute so many hits are noted for the shares of purges, then fewer and fewer, one of so many at least. */
    private static final int SAMPLED = 64;

    private static final byte[] NO_BODY = {};
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Engine engine;
    private final LongAdder count;
    private @Nullable HitAgain memo;
    private @Nullable StoredResponse stored;
    private @Nullable HitHead head;
    private boolean toHead;
    private long startNanos;
    private long minuteNanos;
    private long given;

    /** A way for one loop, and what counts its hits. */
    FastHits(Engine engine, LongAdder count) {
        this.engine = engine;
        this.count = count;
    }

    /** What tells requests apart now; another object after each reload. */
    public Sameness sameness() {
        return engine.active().get().sameness();
    }

    /** Whether there is a hit for these lines; the other methods are about it. */
    public boolean find(Lines lines) {
        ActiveConfig active = engine.active().get();
        List<String> prefixes = active.plainPrefixes(lines.isHttps());
        for (int i = 0; i < prefixes.size(); i++) { // no iterator: this is the hottest loop there is
            Slot slot = engine.store().probe(lines.probe().under(prefixes.get(i)));
            if (slot == null) {
                continue;
            }
            startNanos = engine.clock().nanos();
            return switch (slot) {
                case StoredResponse response ->
                    response.memo() instanceof HitAgain again && take(again, active, lines, response);
                case Slot.VaryIndex index -> ofVariant(index.memos(), active, lines);
                case Slot.SearchIndex none -> false;
                case Slot.Alias none -> false;
            };
        }
        return false;
    }

    private boolean ofVariant(Memos memos, ActiveConfig active, Lines lines) {
        for (int place = 0; place < Memos.MOST; place++) {
            if (memos.get(place) instanceof HitAgain again && take(again, active, lines, null)) {
                return engine.store().isInMemory(present());
            }
        }
        return false;
    }

    private boolean take(HitAgain again, ActiveConfig active, Lines lines, @Nullable StoredResponse wanted) {
        boolean isFor = again.https == lines.isHttps() && (again.servesHead || !lines.isHead());
        if (!isFor || !lines.matches(again.mask, again.fields)) {
            return false;
        }
        StoredResponse of = again.usable(active, startNanos);
        if (of == null || (wanted != null && of != wanted)) {
            return false;
        }
        memo = again;
        stored = of;
        toHead = lines.isHead();
        return true;
    }

    private StoredResponse present() {
        StoredResponse of = stored;
        if (of == null) {
            throw new IllegalStateException("no hit was found");
        }
        return of;
    }

    private HitAgain again() {
        HitAgain of = memo;
        if (of == null) {
            throw new IllegalStateException("no hit was found");
        }
        return of;
    }

    /** The most bytes of its head; -1 where only the full path can make that. */
    public int headRoom() {
        HitHead by = again().head(present());
        head = by;
        return by == null ? -1 : by.room(present().head());
    }

    /** Writes its head for now, without framing fields of the connection; the length. */
    public int writeHead(byte[] into) {
        HitHead by = head;
        if (by == null) {
            throw new IllegalStateException("its head can't be made here");
        }
        return again().writeHead(by, present(), startNanos, into);
    }

    /** What follows the head; null where it is a large body. */
    public byte @Nullable [] body() {
        return toHead ? NO_BODY : present().body().only();
    }

    /** The hit with a large body, which counts it once it is sent; null where that body has just left. */
    public @Nullable LargeHit large(String client) {
        StoredResponse of = present();
        StoredSource body = new StoredSource(of.body());
        LargeHit hit = body.failure() != null ? null : new LargeHit(again(), of, body, client, startNanos, this);
        if (hit != null) {
            engine.mover().askedAgain(of.body());
        }
        memo = null;
        stored = null;
        return hit;
    }

    /** A large one has been sent. */
    void sent(StoredResponse hit) {
        note(hit);
        count.increment();
    }

    /** It has been written: counts it and lets go. */
    public void given(String client) {
        again().given(present(), toHead, client, startNanos);
        note(present());
        count.increment();
        memo = null;
        stored = null;
    }

    private void note(StoredResponse hit) {
        if (startNanos - minuteNanos >= MINUTE_NANOS || given == 0) {
            minuteNanos = startNanos;
            given = 0;
        }
        given++;
        int every = Math.clamp(given / SAMPLED, 1, SAMPLED);
        if (every == 1 || ThreadLocalRandom.current().nextInt(every) == 0) { // each nth would meet but some of a cycle
            engine.shares().hit(Subject.of(hit), every);
        }
    }
}
