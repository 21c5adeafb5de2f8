package io.lacquer.exchange;

import io.lacquer.config.Origin;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/** The way to the origins. */
public interface OriginClient {
    /**
     * What to send.
     *
     * @param origin to one of its servers
     * @param head with end-to-end fields only; framing is the transport's
     * @param body null where there is none
     * @param bodyLength in bytes, or -1 where only its end will tell
     * @param upgrade whether a 101 may turn both bodies into a tunnel
     */
    record Request(
            Origin origin, RequestHead head, @Nullable BodyStream body, long bodyLength, boolean upgrade) {}

    /** Takes an answer; called one after the other, on the loop of the connection that has it. */
    interface Listener {
        /** A 1xx but 101. */
        void interim(ResponseHead head);

        /**
         * The final head, framing and connection fields included.
         *
         * @param length of the body: 0 for none, -1 where only its end will tell
         */
        void head(ResponseHead head, long length);

        /** Bytes of the body, handed over; false asks to pause until {@link Call#resume}. */
        boolean body(byte[] bytes);

        /** The answer is whole. */
        void end(Headers trailers);

        /** There is no answer, or it won't be whole. */
        void failed(Failure failure);
    }

    /** A request under way. */
    interface Call {
        /** Gives it up; the listener hears no more of it. */
        void cancel();

        /** Goes on reading. */
        void resume();
    }

    /** Sends a request, preferably from a loop. */
    Call send(Request request, Loop preferred, Listener listener);
}
