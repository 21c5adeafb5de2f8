package io.lacquer.config;

import java.util.Comparator;

/** A place in a file; line and column count from 1. */
record Place(int line, int column) implements Comparable<Place> {
    /** Where a file starts. */
    static final Place START = new Place(1, 1);

    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::line).thenComparingInt(Place::column);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
