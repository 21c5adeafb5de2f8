package io.lacquer.exchange;

import io.lacquer.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/** One client's connection, as its exchange sees it; called on its loop. */
public interface Downstream {
    /** The loop that the connection lives on. */
    Loop loop();

    /** The address of the TCP peer, as text. */
    String address();

    /** Sends a 1xx at once, where the client's version allows. */
    void interim(ResponseHead head);

    /**
     * Sends the answer.
     *
     * @param head end-to-end fields; {@code Content-Length} where the length is known
     * @param body null where no bytes follow the head; after a 101, the other end of a tunnel
     */
    void respond(ResponseHead head, @Nullable BodySource body);

    /** There will be no answer, by a mistake of ours: says so if it still can, and closes. */
    void fail();
}
