package io.lacquer.exchange;

import io.lacquer.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** What a listener's connections hand requests to: the journey on the main one, the API on the admin one. */
public interface Service {
    /** The body length of a WebSocket handshake: its body is what the client sends once there is a tunnel. */
    long TUNNEL = -2;

    /**
     * A request whose head is sound.
     *
     * @param head with framing fields
     * @param body null where there is none
     * @param bodyLength in bytes, -1 for chunked, 0 for none, or {@link #TUNNEL}
     * @param peer the address of the TCP peer
     */
    Handling handle(
            RequestHead head, @Nullable BodyStream body, long bodyLength, java.net.InetAddress peer, Downstream client);

    /** The short way to answers, for one loop; null where there is none. */
    default @Nullable FastHits fastHits() {
        return null;
    }

    /** A request that was refused before it had a sound head, or a connection that was. */
    void refused(Failure failure, java.net.InetAddress peer);

    /** A request in the service's hands; called on the connection's loop. */
    interface Handling {
        /** Called once, as soon as the connection knows it; what can be answered at once is answered within. */
        default void start() {}

        /** The answer has left, or can't any more. */
        void responded(long bodyBytes, @Nullable Failure failure);

        /** The answer's body broke off before anything was sent; true if another answer has been given instead. */
        default boolean brokeOffUnsent(Failure failure) {
            return false;
        }

        /** The client has gone before its answer began or ended. */
        void clientLeft();
    }
}
