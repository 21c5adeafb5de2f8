package io.lacquer.exchange;

import io.lacquer.config.Policy;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which fields tell GET requests apart, as far as an answer that was given to one may be given to another: some must
 * be equal, some make a request one for the full path, all others mean nothing to a hit.
 */
public final class Sameness {
    /** The id of a field that means nothing to a hit. */
    public static final int FREE = -1;

    /** The id of a field with which a request takes the full path. */
    public static final int SPECIAL = -2;

    /** More fields than that are not told apart; a bit each. */
    static final int MOST_KEYED = 60;

    /** The id of {@code Host}. */
    public static final int HOST = 0;

    /** The id of {@code X-Forwarded-Proto}. */
    public static final int SCHEME = 1;

    /** Everything that a rule, the framing or the connection looks at. */
    private static final Set<String> ALWAYS_SPECIAL = Set.of(
            "authorization",
            "cache-control",
            "content-length",
            "expect",
            "http2-settings",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "pragma",
            "proxy-connection",
            "range",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private static final Set<String> OFTEN_VARIED =
            Set.of("accept", "accept-encoding", "accept-language", "origin", "sec-fetch-mode", "user-agent");

    private final ActiveConfig config;
    private final Map<String, Integer> ids;
    private final long alwaysKeyed;

    Sameness(ActiveConfig config) {
        this.config = config;
        Set<String> special = new HashSet<>(ALWAYS_SPECIAL);
        Set<String> keyed = new TreeSet<>();
        for (Policy policy : config.config().policies()) {
            keyed.addAll(policy.match().headers().keySet());
            keyed.addAll(policy.bypass().headers().keySet());
            keyed.addAll(policy.key().headers());
            if (!policy.bypass().cookies().isEmpty()) {
                special.add("cookie");
            }
            for (Policy.VaryBy part : policy.varyBy()) {
                switch (part) {
                    case Policy.VaryBy.Header(String name) -> keyed.add(name);
                    case Policy.VaryBy.Cookie cookie -> special.add("cookie");
                    case Policy.VaryBy.User user -> special.add("authorization");
                }
            }
        }
        Map<String, Integer> given = new HashMap<>(Map.of("host", HOST, "x-forwarded-proto", SCHEME));
        long mask = 0;
        for (String name : keyed) {
            mask |= idOf(name, special, given);
        }
        alwaysKeyed = mask;
        for (String name : new TreeSet<>(OFTEN_VARIED)) {
            idOf(name, special, given);
        }
        special.forEach(name -> given.put(name, SPECIAL));
        ids = Map.copyOf(given);
    }

    /** Gives a name an id, as a bit; what is one too many takes the full path. */
    private static long idOf(String name, Set<String> special, Map<String, Integer> given) {
        if (given.size() >= MOST_KEYED || special.contains(name)) {
            special.add(name);
            return 0;
        }
        int id = given.computeIfAbsent(name, unknown -> given.size());
        return 1L << id;
    }

    /** The ids by name, lower case; a name that is not there is {@link #FREE}. */
    public Map<String, Integer> ids() {
        return ids;
    }

    /** Whether a peer's word on the scheme is believed. */
    public boolean trusts(InetAddress peer) {
        return config.trusts(peer);
    }

    ActiveConfig config() {
        return config;
    }

    /** The ids, as bits, of the fields that must be equal for a response that varies on some; null where one has no id. */
    @Nullable
    Long mask(Set<String> varied) {
        long mask = alwaysKeyed;
        for (String name : varied) {
            int id = ids.getOrDefault(name, FREE);
            if (id <= SCHEME) { // host and scheme are in the key in a form of their own
                return null;
            }
            mask |= 1L << id;
        }
        return mask;
    }
}
