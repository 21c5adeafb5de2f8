package io.lacquer.store.redis;

import io.lacquer.store.redis.ValueFormat.Piece;
import io.lacquer.store.redis.ValueFormat.Pieces;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the pieces of one large body, a few at a time: whoever looks up something small on the same connection waits
 * for those at most. Ends once, with all of them or with the first reason why not.
 */
final class PieceReader {
    private static final int AHEAD = 2;

    /** Asks for a piece; the value, or null where there is none. */
    interface Source {
        /** That piece. */
        CompletionStage<byte @Nullable []> ask(int index);
    }

    /** How it ended. */
    sealed interface End {
        /** All of them, joined. */
        record Whole(byte[] body) implements End {}

        /** One has left. */
        record Missing() implements End {}

        /** One belongs to another writing: one that is under way, or was broken off. */
        record Overwritten() implements End {}

        /** One is no piece. */
        record Garbage() implements End {}

        /** They take too long. */
        record TooSlow() implements End {}

        /** One could not be asked for. */
        record Failed(Throwable cause) implements End {}
    }

    /** Whether there is time for another one. */
    interface Patience {
        /** False when it is over. */
        boolean lasts();
    }

    private final Pieces of;
    private final Source source;
    private final Patience patience;
    private final Consumer<End> told;
    private final byte[] body;
    private int asked;
    private int taken;
    private boolean ended;

    /** Not begun yet; {@code told} runs on any thread. */
    PieceReader(Pieces of, Source source, Patience patience, Consumer<End> told) {
        this.of = of;
        this.source = source;
        this.patience = patience;
        this.told = told;
        this.body = new byte[of.bytes()];
    }

    /** Begins; once. */
    void read() {
        for (int i = 0; i < AHEAD; i++) {
            askForNext();
        }
    }

    private void askForNext() {
        int index;
        synchronized (this) {
            if (ended || asked == of.count()) {
                return;
            }
            index = asked++;
        }
        try {
            source.ask(index).whenComplete((piece, failure) -> came(index, piece, failure));
        } catch (RuntimeException refused) {
            end(new End.Failed(refused));
        }
    }

    private void came(int index, byte @Nullable [] piece, @Nullable Throwable failure) {
        End end = failure != null ? new End.Failed(failure) : take(index, piece);
        if (end != null) {
            end(end);
        } else {
            askForNext();
        }
    }

    /** The end, if this piece is one. */
    private synchronized @Nullable End take(int index, byte @Nullable [] piece) {
        if (piece == null) {
            return new End.Missing();
        }
        Piece found = ValueFormat.take(piece, of, index, body);
        if (found != Piece.WELL) {
            return found == Piece.NONE_OF_OURS ? new End.Garbage() : new End.Overwritten();
        }
        taken++;
        if (taken == of.count()) {
            return new End.Whole(body);
        }
        return patience.lasts() ? null : new End.TooSlow();
    }

    private void end(End with) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        told.accept(with);
    }
}
