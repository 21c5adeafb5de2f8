package io.lacquer.exchange;

import io.lacquer.http.Span;
import io.lacquer.store.Body;
import io.lacquer.store.MemoryFile;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stored body, or parts of it, for one reader. A large one is held for as long as it is being read: it stays on the
 * ledger's account, and where it is.
 */
final class StoredSource implements BodySource {
    /** What is sent: bytes of the stored body, or others between them. */
    sealed interface Piece {
        /** Bytes of the stored body, counted in it. */
        record Stored(Span span) implements Piece {}

        /** Bytes of ours. */
        record Own(byte[] bytes) implements Piece {}
    }

    private final Body body;
    private final Deque<Piece> pieces = new ArrayDeque<>(1);
    private final Deque<byte[]> segments = new ArrayDeque<>();
    private final MemoryFile.@Nullable Extent extent;
    private final boolean gone;
    private boolean held;

    /** All of it. */
    StoredSource(Body body) {
        this(body, body.length() == 0 ? List.of() : List.of(new Piece.Stored(new Span(0, body.length() - 1))));
    }

    /** Pieces, one after the other. */
    StoredSource(Body body, List<Piece> pieces) {
        this.body = body;
        this.held = body.length() > Body.LARGE && body.hold();
        this.extent = body.extent();
        this.gone = extent != null && !held;
        if (!gone) {
            this.pieces.addAll(pieces);
        }
    }

    @Override
    public byte @Nullable [] poll() {
        while (true) {
            byte[] bytes = segments.poll();
            if (bytes != null) {
                return bytes;
            }
            switch (pieces.poll()) {
                case null -> {
                    return null;
                }
                case Piece.Own(byte[] own) -> segments.add(own);
                case Piece.Stored(Span span) -> segments.addAll(body.slice(span.first(), span.length()));
            }
        }
    }

    @Override
    public @Nullable FilePart part() {
        MemoryFile.Extent from = extent;
        if (from == null || !segments.isEmpty() || !(pieces.peek() instanceof Piece.Stored(Span span))) {
            return null;
        }
        if (!body.hold()) {
            throw new IllegalStateException("a body that is held can be held again");
        }
        pieces.remove();
        return new FilePart(from.channel(), from.position() + span.first(), span.length(), body::release);
    }

    @Override
    public boolean isEnded() {
        return !gone && segments.isEmpty() && pieces.isEmpty();
    }

    @Override
    public @Nullable Failure failure() {
        return gone ? Failure.LET_GO : null;
    }

    @Override
    public void close() {
        segments.clear();
        pieces.clear();
        if (held) {
            held = false;
            body.release();
        }
    }
}
