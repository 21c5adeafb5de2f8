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
 * producer is paused when the fastest reader is so far behind, and a reader that falls behind the fastest
 * by more than {@link #CUT_LOOSE_BEHIND} is cut loose.
 *
 * <p>All state is under the monitor, for a few instructions at a time; callbacks run outside it.
 */
public final class BodyStream {
    /** Bytes that may wait for the fastest reader. */
    public static final int WINDOW = 64 * 1024;

    /** Bytes by which a reader may fall behind the fastest one. */
    static final int CUT_LOOSE_BEHIND = 1024 * 1024;

    private final List<byte[]> segments = new ArrayList<>();
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
        synchronized (this) {
            if (ended || failure != null || bytes.length == 0) {
                return true;
            }
            segments.add(bytes);
            produced += bytes.length;
            woken = takeArmed();
            goOn = kept || produced - fastest() <= WINDOW;
            paused = !goOn;
        }
        signal(woken);
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

    /** Stops keeping: what all readers have had goes, and who is too far behind is cut loose. */
    public void becomeWindow() {
        List<Reader> cut = new ArrayList<>();
        synchronized (this) {
            kept = false;
            long fastest = fastest();
            for (Reader reader : readers) {
                if (fastest - reader.consumed > CUT_LOOSE_BEHIND) {
                    reader.cut = true;
                    cut.add(reader);
                }
            }
            readers.removeAll(cut);
            trim();
        }
        signal(cut);
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

    private long fastest() {
        long fastest = dropped;
        for (Reader reader : readers) {
            fastest = Math.max(fastest, reader.consumed);
        }
        return fastest;
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
            List<Reader> cutNow = List.of();
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
                    cutNow = cutBehind(consumed);
                    trim();
                }
                if (paused && produced - fastest() <= WINDOW / 2) {
                    paused = false;
                    wake = resume;
                }
            }
            signal(cutNow);
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
                if (paused && !readers.isEmpty() && produced - fastest() <= WINDOW / 2) {
                    paused = false;
                    wake = resume;
                }
            }
            if (wake != null) {
                wake.run();
            }
        }

        private List<Reader> cutBehind(long fastest) {
            List<Reader> behind = List.of();
            for (Reader reader : readers) {
                if (fastest - reader.consumed > CUT_LOOSE_BEHIND) {
                    reader.cut = true;
                    behind = behind.isEmpty() ? new ArrayList<>() : behind;
                    behind.add(reader);
                }
            }
            readers.removeAll(behind);
            return behind;
        }
    }
}
