package io.lacquer.exchange;

import io.lacquer.http.Headers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way from one producer to any number of readers, each on its own loop and at its own pace.
 *
 * <p>While it is <em>kept</em>, every byte stays (it will be stored, and its memory is reserved), so it is
 * read at the producer's pace and a reader may join at any time. Otherwise it is a <em>window</em>: the
 * producer is paused when the fastest reader is {@link #WINDOW} behind, or the slowest {@link #BEHIND}; one that
 * keeps the others waiting for {@link #PATIENCE_MILLIS} is cut loose.
 *
 * <p>All state is under the monitor, for a few instructions at a time; callbacks run outside it.
 */
public final class BodyStream {
    /** Bytes that may wait for the fastest reader. */
    public static final int WINDOW = 64 * 1024;

    /** Bytes that may wait for the slowest reader. */
    static final int BEHIND = 1024 * 1024;

    /** How long a slow reader may keep faster ones waiting. */
    static final long PATIENCE_MILLIS = 5_000;

    private final List<byte[]> segments = new ArrayList<>(2);
    private final List<Reader> readers = new ArrayList<>(1);
    private long dropped;
    private long produced;
    private boolean kept;
    private boolean ended;
    private boolean paused;
    private @Nullable Failure failure;
    private Headers trailers = Headers.EMPTY;
    private Runnable resume = () -> {};

    /** A stream that keeps its bytes, or a window. */
    public BodyStream(boolean kept) {
        this.kept = kept;
    }

    /** What lets the producer go on after {@link #append} said false; runs on any thread. */
    public synchronized void whenWritable(Runnable resume) {
        this.resume = resume;
    }

    /** Adds bytes, which the stream owns from here on; false asks the producer to pause. */
    public boolean append(byte[] bytes) {
        List<Reader> woken;
        boolean goOn;
        Reader holdsUp = null;
        synchronized (this) {
            if (ended || failure != null || bytes.length == 0) {
                return true;
            }
            segments.add(bytes);
            produced += bytes.length;
            woken = takeArmed();
            goOn = kept || (produced - fastest() <= WINDOW && produced - slowest() <= BEHIND);
            paused = !goOn;
            holdsUp = holdsUpOthers();
        }
        signal(woken);
        if (holdsUp != null) {
            holdsUp.loop.schedule(PATIENCE_MILLIS, this::cutLoose);
        }
        return goOn;
    }

    /** The body is whole. */
    public void end(Headers trailers) {
        List<Reader> woken;
        synchronized (this) {
            if (ended || failure != null) {
                return;
            }
            ended = true;
            this.trailers = trailers;
            woken = takeArmed();
        }
        signal(woken);
    }

    /** There will be no more bytes, and the body is not whole. */
    public void fail(Failure cause) {
        List<Reader> woken;
        synchronized (this) {
            if (ended || failure != null) {
                return;
            }
            failure = cause;
            woken = takeArmed();
        }
        signal(woken);
    }

    /** A reader from the first byte on; null if bytes have been let go already. */
    public synchronized @Nullable Reader reader(Loop loop) {
        if (dropped > 0) {
            return null;
        }
        Reader reader = new Reader(loop);
        readers.add(reader);
        return reader;
    }

    /** Stops keeping: what all readers have had goes. */
    public synchronized void becomeWindow() {
        kept = false;
        trim();
    }

    /** The bytes so far. */
    public synchronized long produced() {
        return produced;
    }

    /** Every segment so far, of a body that is still kept. */
    synchronized List<byte[]> kept() {
        if (!kept) {
            throw new IllegalStateException("bytes were let go already");
        }
        return List.copyOf(segments);
    }

    /** Whether all bytes are here. */
    public synchronized boolean isEnded() {
        return ended;
    }

    /** Whether it can be read from its first byte to its last as often as one likes. */
    public synchronized boolean isRepeatable() {
        return kept && ended;
    }

    private long fastest() {
        long fastest = dropped;
        for (Reader reader : readers) {
            fastest = Math.max(fastest, reader.consumed);
        }
        return fastest;
    }

    private long slowest() {
        long slowest = readers.isEmpty() ? dropped : Long.MAX_VALUE;
        for (Reader reader : readers) {
            slowest = Math.min(slowest, reader.consumed);
        }
        return slowest;
    }

    /** The slowest reader, if the others wait for it alone. */
    private @Nullable Reader holdsUpOthers() {
        if (!paused || produced - fastest() > WINDOW) {
            return null;
        }
        for (Reader reader : readers) {
            if (produced - reader.consumed > BEHIND / 2) {
                return reader;
            }
        }
        return null;
    }

    private void cutLoose() {
        List<Reader> cut = new ArrayList<>();
        Runnable wake = null;
        synchronized (this) {
            for (Reader slow = holdsUpOthers(); slow != null; slow = holdsUpOthers()) {
                slow.cut = true;
                readers.remove(slow);
                cut.add(slow);
            }
            trim();
            if (paused && takesMore()) {
                paused = false;
                wake = resume;
            }
        }
        signal(cut);
        if (wake != null) {
            wake.run();
        }
    }

    private boolean takesMore() {
        return produced - fastest() <= WINDOW / 2 && produced - slowest() <= BEHIND / 2;
    }

    private List<Reader> takeArmed() {
        List<Reader> armed = List.of();
        for (Reader reader : readers) {
            if (reader.armed) {
                reader.armed = false;
                if (armed.isEmpty()) {
                    armed = new ArrayList<>(readers.size());
                }
                armed.add(reader);
            }
        }
        return armed;
    }

    private static void signal(List<Reader> readers) {
        for (Reader reader : readers) {
            reader.loop.execute(reader.ready);
        }
    }

    /** Lets go of what every reader has had; with no reader there is still one to come. */
    private void trim() {
        if (kept || readers.isEmpty()) {
            return;
        }
        int least = Integer.MAX_VALUE;
        for (Reader reader : readers) {
            least = Math.min(least, reader.index);
        }
        if (least > 0) {
            for (int i = 0; i < least; i++) {
                dropped += segments.get(i).length;
            }
            segments.subList(0, least).clear();
            for (Reader reader : readers) {
                reader.index -= least;
            }
        }
    }

    /** One reader; its methods are called on its loop. */
    public final class Reader implements BodySource {
        private final Loop loop;
        private Runnable ready = () -> {};
        private int index;
        private long consumed;
        private boolean armed;
        private boolean cut;
        private boolean closed;

        private Reader(Loop loop) {
            this.loop = loop;
        }

        @Override
        public byte @Nullable [] poll() {
            byte[] bytes;
            Runnable wake = null;
            synchronized (BodyStream.this) {
                if (closed || cut) {
                    return null;
                }
                if (index >= segments.size()) {
                    armed = !ended && failure == null;
                    return null;
                }
                bytes = segments.get(index++);
                consumed += bytes.length;
                if (!kept) {
                    trim();
                }
                if (paused && takesMore()) {
                    paused = false;
                    wake = resume;
                }
            }
            if (wake != null) {
                wake.run();
            }
            return bytes;
        }

        @Override
        public boolean isEnded() {
            synchronized (BodyStream.this) {
                return !cut && ended && index >= segments.size();
            }
        }

        @Override
        public @Nullable Failure failure() {
            synchronized (BodyStream.this) {
                if (cut) {
                    return Failure.CUT_LOOSE;
                }
                return index >= segments.size() ? failure : null;
            }
        }

        @Override
        public Headers trailers() {
            synchronized (BodyStream.this) {
                return trailers;
            }
        }

        @Override
        public void whenReady(Runnable ready) {
            synchronized (BodyStream.this) {
                this.ready = ready;
            }
        }

        @Override
        public void close() {
            Runnable wake = null;
            synchronized (BodyStream.this) {
                if (closed) {
                    return;
                }
                closed = true;
                readers.remove(this);
                trim();
                if (paused && !readers.isEmpty() && takesMore()) {
                    paused = false;
                    wake = resume;
                }
            }
            if (wake != null) {
                wake.run();
            }
        }
    }
}
