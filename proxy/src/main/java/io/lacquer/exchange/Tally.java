package io.lacquer.exchange;

/** Counts hits that are all alike; called on any loop. */
public interface Tally {
    /** One more; true if a record of it is wanted. */
    boolean add(long bytes, long micros);

    /** Takes such a record. */
    void record(Outcome outcome);
}
