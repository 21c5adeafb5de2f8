package io.lacquer.config;

import java.util.Map;

/** What reading a file needs besides the file. */
record Context(Map<String, String> env, Complaints complaints, long memory) {
    /** For values of our own, which are well-formed. */
    static Context ofDefaults() {
        return new Context(Map.of(), new Complaints("defaults"), Long.MAX_VALUE);
    }
}
