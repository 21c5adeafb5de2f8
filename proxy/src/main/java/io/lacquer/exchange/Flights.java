package io.lacquer.exchange;

import io.lacquer.http.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The flights under way, one a slot, and a note of the slots whose answers can't be shared (hit-for-miss). */
public final class Flights {
    /** How long nobody waits for a slot whose answer could not be shared. */
    static final long UNCACHEABLE_NANOS = 10_000_000_000L;

    private static final int CELLS = 1 << 16;
    private static final long NOT_NOTED = 0;

    private final Clock clock;
    private final ConcurrentHashMap<String, Flight> flights = new ConcurrentHashMap<>();
    private final AtomicLongArray uncacheableUntil = new AtomicLongArray(CELLS);
    private final LongAdder collapsed = new LongAdder();

    /** No flights yet. */
    public Flights(Clock clock) {
        this.clock = clock;
    }

    /**
     * A seat.
     *
     * @param flight to follow, or to lead
     * @param leads whether the caller must fetch
     * @param joined what became of following
     */
    record Seat(Flight flight, boolean leads, Flight.Joined joined) {}

    /** Follows the flight for a slot, or leads a new one. */
    Seat joinOrLead(String slotKey, Supplier<Flight> make, Flight.@Nullable Passenger passenger, int maxWaiters) {
        while (true) {
            Flight present = flights.get(slotKey);
            if (present == null) {
                Flight mine = make.get();
                present = flights.putIfAbsent(slotKey, mine);
                if (present == null) {
                    return new Seat(mine, true, Flight.Joined.ABOARD);
                }
            }
            if (passenger == null) {
                return new Seat(present, false, Flight.Joined.FULL);
            }
            Flight.Joined joined = present.join(passenger, maxWaiters);
            if (joined != Flight.Joined.GONE) {
                if (joined == Flight.Joined.ABOARD) {
                    collapsed.increment();
                }
                return new Seat(present, false, joined);
            }
            flights.remove(slotKey, present);
        }
    }

    /** Ends a flight; the next request for its slot finds the store. */
    void end(Flight flight) {
        flight.close();
        String slotKey = flight.slotKey();
        if (slotKey != null) {
            flights.remove(slotKey, flight);
        }
    }

    /** Notes that a slot's answer can't be shared, so that the next requests don't wait for each other. */
    void markUncacheable(String slotKey) {
        long until = clock.nanos() + UNCACHEABLE_NANOS;
        uncacheableUntil.set(cell(slotKey), until == NOT_NOTED ? until + 1 : until);
    }

    /** Takes the note back. */
    void markCacheable(String slotKey) {
        uncacheableUntil.set(cell(slotKey), NOT_NOTED);
    }

    /** A collision costs collapsing for a while, never an answer. */
    boolean isUncacheable(String slotKey) {
        long until = uncacheableUntil.get(cell(slotKey));
        return until != NOT_NOTED && until - clock.nanos() > 0;
    }

    private static int cell(String slotKey) {
        int hash = slotKey.hashCode();
        return (hash ^ (hash >>> 16)) & (CELLS - 1);
    }

    /** Flights now. */
    public int underWay() {
        return flights.size();
    }

    /** Requests that waited for another's fetch, since start. */
    public long collapsed() {
        return collapsed.sum();
    }
}
