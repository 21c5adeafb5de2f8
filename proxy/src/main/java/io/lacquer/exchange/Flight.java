package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.rules.StorageRule;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the exchanges that want one answer meet the fetch that brings it. A fetch lands its head here
 * once; each passenger judges for itself whether that head is for it, then reads the body at its own pace.
 */
final class Flight {
    /** What a fetch came back with. */
    sealed interface Landing {
        /**
         * An answer whose body is on its way.
         *
         * @param head end-to-end fields, for whom the fetch was begun
         * @param policy whose word counts on what others may have of it
         * @param stored what will be stored, or null where it won't be shared
         * @param verdict why it may be stored or not
         * @param length of the body, -1 for unknown
         */
        record Answer(
                ResponseHead head,
                Policy policy,
                @Nullable StoredHead stored,
                StorageRule.Verdict verdict,
                long ageMillis,
                long length,
                BodyStream body)
                implements Landing {
            /** The same for another one than it was begun for. */
            Answer forOthers() {
                ResponseHead shared = Facts.forFollowers(head, policy);
                return new Answer(shared, policy, stored, verdict, ageMillis, length, body);
            }
        }

        /**
         * A 304 that renewed what was stored.
         *
         * @param shared whether others than who asked may have it
         */
        record Renewed(StoredResponse response, boolean shared) implements Landing {}

        /** No answer. */
        record Failed(Failure failure) implements Landing {}

        /** Somebody stored an answer meanwhile. */
        record LookAgain() implements Landing {}
    }

    /** An exchange that waits for, or reads, the answer. */
    interface Passenger {
        /** Where it is told. */
        Loop loop();

        /** Told once. */
        void landed(Landing landing);

        /** A 1xx of the origin; told to whom the fetch was begun for only. */
        void interim(ResponseHead head);
    }

    /** What became of a wish to join. */
    enum Joined {
        ABOARD,
        FULL,
        GONE
    }

    private final @Nullable String slotKey;
    private final Fence fence;
    private final List<Passenger> passengers = new ArrayList<>(1);
    private @Nullable Passenger leader;
    private @Nullable Landing landing;
    private boolean over;
    private Runnable abandoned = () -> {};
    private Runnable ended = () -> {};

    /** A flight for one slot, or for one exchange alone where {@code slotKey} is null. */
    Flight(@Nullable String slotKey, Fence fence, @Nullable Passenger leader) {
        this.slotKey = slotKey;
        this.fence = fence;
        this.leader = leader;
        if (leader != null) {
            passengers.add(leader);
        }
    }

    @Nullable
    String slotKey() {
        return slotKey;
    }

    /** The purge position at which the fetch began. */
    Fence fence() {
        return fence;
    }

    /** What to do when the last passenger leaves. */
    synchronized void whenAbandoned(Runnable abandoned) {
        this.abandoned = abandoned;
    }

    /** Boards one more; it is told at once if the head has landed. */
    Joined join(Passenger passenger, int maxWaiters) {
        Landing already;
        synchronized (this) {
            if (over) {
                return Joined.GONE;
            }
            if (passengers.size() > maxWaiters) {
                return Joined.FULL;
            }
            passengers.add(passenger);
            already = landing;
        }
        if (already != null) {
            passenger.loop().execute(() -> passenger.landed(already));
        }
        return Joined.ABOARD;
    }

    /** Lands the head, once; later calls are ignored. */
    void land(Landing with) {
        List<Passenger> aboard;
        synchronized (this) {
            if (landing != null) {
                return;
            }
            landing = with;
            if (!(with instanceof Landing.Answer)) {
                over = true;
            }
            aboard = List.copyOf(passengers);
        }
        for (Passenger passenger : aboard) {
            passenger.loop().execute(() -> passenger.landed(with));
        }
    }

    /** Passes a 1xx on. */
    void interim(ResponseHead head) {
        Passenger first;
        synchronized (this) {
            first = leader;
        }
        if (first != null) {
            first.loop().execute(() -> first.interim(head));
        }
    }

    /** What to do when it ends. */
    synchronized void whenEnded(Runnable then) {
        ended = then;
    }

    /** Nobody may board any more: the answer is stored, or is not for sharing. */
    void close() {
        Runnable then;
        synchronized (this) {
            over = true;
            then = ended;
            ended = () -> {};
        }
        then.run();
    }

    /** Ends one passenger's interest. */
    void leave(Passenger passenger) {
        Runnable then = null;
        synchronized (this) {
            boolean was = passengers.remove(passenger);
            if (passenger.equals(leader)) {
                leader = null;
            }
            if (was && passengers.isEmpty()) {
                then = abandoned;
            }
        }
        if (then != null) {
            then.run();
        }
    }

    /** Whether anybody is interested now. */
    synchronized boolean hasPassengers() {
        return !passengers.isEmpty();
    }
}
