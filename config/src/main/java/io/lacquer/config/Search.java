package io.lacquer.config;

/** One request on its way through a {@link PolicyIndex}, and what was found so far. */
final class Search {
    private static final int BITS = Long.SIZE;

    final RequestFacts request;
    final String path;
    final String host;
    private final long[] found;

    /** A search that finds numbers below {@code size}; the host is without its port. */
    Search(RequestFacts request, String host, int size) {
        this.request = request;
        this.path = request.path();
        this.host = host;
        this.found = new long[(size + BITS - 1) / BITS];
    }

    /** Adds a number; whether it is new. */
    boolean add(int number) {
        long before = found[number / BITS];
        found[number / BITS] = before | 1L << number;
        return found[number / BITS] != before;
    }

    /** The lowest number from {@code from} on that was found; or {@code end}, if that is not above it. */
    int next(int from, int end) {
        for (int word = from / BITS; word * BITS < end; word++) {
            long rest = word == from / BITS ? found[word] & -1L << from : found[word];
            if (rest != 0) {
                return Math.min(word * BITS + Long.numberOfTrailingZeros(rest), end);
            }
        }
        return end;
    }
}
