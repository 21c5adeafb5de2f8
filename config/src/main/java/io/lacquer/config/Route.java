package io.lacquer.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the file says of one request.
 *
 * @param policy the first policy without a status list that matches, or null
 * @param byStatus matching policies with a status list that stand before it, in file order
 * @param steeredBy the request headers, lower case, that led to this policy or past another one
 * @param capturesAsSent of the paths, with their escapes: those of {@code policy}, then names that only a policy of
 *     {@code byStatus} has
 */
public record Route(
        @Nullable Policy policy, List<Policy> byStatus, List<String> steeredBy, Map<String, String> capturesAsSent) {
    /** No policy matches. */
    public static final Route NONE = new Route(null, List.of(), List.of(), Map.of());

    /** The captures, decoded. */
    public Map<String, String> captures() {
        Map<String, String> decoded = new LinkedHashMap<>(capturesAsSent);
        decoded.replaceAll((name, value) -> Percent.decode(value));
        return decoded;
    }

    /** The policy whose lifetimes, stale windows and tags apply to an answer with this status. */
    public @Nullable Policy forStatus(int status) {
        for (Policy each : byStatus) {
            if (each.match().status().contains(status)) {
                return each;
            }
        }
        return policy;
    }
}
