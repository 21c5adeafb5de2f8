package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.rules.Lifetime;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What hits have in common that are alike, made once for all of them: a million entries need no million of these. */
public final class HitKinds {
    private static final int MOST = 1_000;

    /**
     * What is common.
     *
     * @param config in force
     * @param counted the policy of the request
     * @param policy the policy of the answer
     * @param steeredBy request headers that decided on the policy
     * @param tally what counts them
     */
    record Kind(
            ActiveConfig config,
            Policy counted,
            Policy policy,
            Lifetime lifetime,
            int status,
            List<String> steeredBy,
            Tally tally) {}

    private record Key(String counted, String policy, Lifetime lifetime, int status, List<String> steeredBy) {}

    private record Known(ActiveConfig config, ConcurrentHashMap<Key, Kind> kinds) {}

    private final Function<Outcome, Tally> tallies;
    private volatile Known known;

    /**
     * None yet.
     *
     * @param tallies gives what counts hits like a finished one
     * @param config in force
     */
    public HitKinds(Function<Outcome, Tally> tallies, ActiveConfig config) {
        this.tallies = tallies;
        this.known = new Known(config, new ConcurrentHashMap<>());
    }

    /** The kind of a finished hit. */
    Kind of(
            ActiveConfig config,
            Outcome hit,
            Policy counted,
            Policy policy,
            Lifetime lifetime,
            List<String> steeredBy) {
        Known of = known;
        if (of.config() != config) {
            of = new Known(config, new ConcurrentHashMap<>());
            known = of;
        }
        Key key = new Key(counted.name(), policy.name(), lifetime, hit.status(), steeredBy);
        Kind kind = of.kinds().get(key);
        if (kind == null) {
            kind = new Kind(config, counted, policy, lifetime, hit.status(), steeredBy, tallies.apply(hit));
            if (of.kinds().size() < MOST) { // origins may give each answer a lifetime of its own
                of.kinds().put(key, kind);
            }
        }
        return kind;
    }
}
