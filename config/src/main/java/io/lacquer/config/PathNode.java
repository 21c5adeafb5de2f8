package io.lacquer.config;

import org.jspecify.annotations.Nullable;

/**
 * One of the beginnings that path patterns have in common, up to their first {@code **}; so each is looked at once
 * for a path at most.
 *
 * @param here patterns that end here
 * @param next patterns that go on, by the anchor of their next segment
 * @param deep patterns with {@code **} here, and nothing certain behind it
 * @param within patterns with {@code **} here, by the anchor of a segment behind it: some segment must have it
 */
record PathNode(
        @Nullable Finder here,
        Affixes next,
        @Nullable Finder deep,
        @Nullable Affixes within) implements Finder {
    @Override
    public void find(Search search, int at) {
        String path = search.path;
        if (deep != null) {
            deep.find(search, at);
        }
        if (within != null) {
            for (int start = at; start <= path.length(); ) {
                int end = PathPattern.endOfSegment(path, start);
                within.find(path, start, end, search, at);
                start = end + 1;
            }
        }
        if (at <= path.length()) {
            int end = PathPattern.endOfSegment(path, at);
            next.find(path, at, end, search, end + 1);
        } else if (here != null) {
            here.find(search, at);
        }
    }
}
