package io.lacquer.config;

/** A part of a {@link PolicyIndex}: adds to a search what it holds that may match. */
interface Finder {
    /** Looks at the request of {@code search}; of its path, from the segment on that begins at {@code at}. */
    void find(Search search, int at);
}
