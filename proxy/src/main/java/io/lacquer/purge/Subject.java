package io.lacquer.purge;

import io.lacquer.store.StoredResponse;
import java.util.List;

/**
 * What purges may be about: a stored response, or one that may become one.
 *
 * @param url {@code scheme://host/path?query} as its key has it
 * @param tags all of its tags
 * @param namespace of its policy
 */
public record Subject(String url, List<String> tags, String namespace) {
    /** A stored response as purges see it. */
    public static Subject of(StoredResponse stored) {
        return new Subject(
                stored.key().url(), stored.head().tags(), stored.head().owner().namespace());
    }
}
