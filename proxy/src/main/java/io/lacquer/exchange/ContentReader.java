package io.lacquer.exchange;

import java.io.ByteArrayOutputStream;

/** Reads the content of a request up to a limit; beyond it, what was read and what follows are one stream again. */
final class ContentReader {
    private final BodyStream.Reader from;
    private final Loop loop;
    private final int most;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    /** What reading has come to. */
    enum Progress {
        /** The client has not sent all of it. */
        WAITING,
        /** It is whole. */
        WHOLE,
        /** It is longer than the limit. */
        TOO_LONG,
        /** It will never be whole. */
        BROKEN
    }

    ContentReader(BodyStream.Reader from, Loop loop, int most) {
        this.from = from;
        this.loop = loop;
        this.most = most;
    }

    /** Reads what there is; where that is not all, runs {@code again} when there is more. */
    Progress read(Runnable again) {
        from.whenReady(again);
        for (byte[] bytes = from.poll(); bytes != null; bytes = from.poll()) {
            read.writeBytes(bytes);
            if (read.size() > most) {
                return Progress.TOO_LONG;
            }
        }
        if (from.isEnded()) {
            return Progress.WHOLE;
        }
        return from.failure() == null ? Progress.WAITING : Progress.BROKEN;
    }

    /** What was read. */
    Content content() {
        return new Content(read.toByteArray());
    }

    /** What was read and what follows, as one body. */
    BodyStream rejoined() {
        BodyStream joined = new BodyStream(false);
        joined.append(read.toByteArray());
        joined.whenWritable(() -> loop.execute(() -> pump(joined)));
        from.whenReady(() -> pump(joined));
        pump(joined);
        return joined;
    }

    private void pump(BodyStream into) {
        for (byte[] bytes = from.poll(); bytes != null; bytes = from.poll()) {
            if (!into.append(bytes)) {
                return;
            }
        }
        Failure failure = from.failure();
        if (failure != null) {
            into.fail(failure);
        } else if (from.isEnded()) {
            into.end(from.trailers());
        }
    }
}
