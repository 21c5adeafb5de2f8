package io.lacquer.purge;

/**
 * A place in the purge log: the id of a record in its stream. A generation begins when the log's master changes or the
 * log is gone; within it records are numbered without gaps, from 1.
 */
public record Position(long generation, long sequence) implements Comparable<Position> {
    /** Before every record. */
    public static final Position START = new Position(0, 0);

    @Override
    public int compareTo(Position other) {
        int byGeneration = Long.compare(generation, other.generation);
        return byGeneration != 0 ? byGeneration : Long.compare(sequence, other.sequence);
    }

    /** Whether this comes after another one. */
    public boolean isAfter(Position other) {
        return compareTo(other) > 0;
    }

    /**
     * Reads {@code generation-sequence}.
     *
     * @throws IllegalArgumentException where it is something else
     */
    public static Position parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 1) {
            throw new IllegalArgumentException("position " + text + " (expected: generation-sequence)");
        }
        return new Position(Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1)));
    }

    /** {@code generation-sequence}, as Redis writes the id of a stream's entry. */
    @Override
    public String toString() {
        return generation + "-" + sequence;
    }
}
