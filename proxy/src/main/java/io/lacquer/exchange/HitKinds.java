package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.Headers;
import io.lacquer.rules.Lifetime;
import io.lacquer.store.StoredResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What hits have in common that are alike, made once for all of them: a million entries need no million of these. */
@SuppressWarnings("ReferenceEquality") // the configuration, and what heads are made by, are told apart by identity
public final class HitKinds {
    private static final int MOST = 1_000;

    /**
     * What is common.
     *
     * @param config in force
     * @param counted the policy of the request
     * @param policy the policy of the answer
     * @param lifetime whose word it is
     * @param steeredBy request headers that decided on the policy
     * @param tally what counts them
     */
    record Kind(
            ActiveConfig config,
            Policy counted,
            Policy policy,
            Lifetime.Source lifetime,
            int status,
            List<String> steeredBy,
            Tally tally) {}

    private record Key(String counted, String policy, Lifetime.Source lifetime, int status, List<String> steeredBy) {}

    /** Hits whose heads are made in the same way, as far as can be seen. */
    private record Shape(String counted, String policy, Lifetime.Source source, int status, List<String> names) {}

    private record Known(
            ActiveConfig config,
            ConcurrentHashMap<Key, Kind> kinds,
            ConcurrentHashMap<Shape, HitHead> heads,
            AtomicInteger odd) {
        Known(ActiveConfig config) {
            this(config, new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), new AtomicInteger());
        }
    }

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
        this.known = new Known(config);
    }

    /** The kind of a finished hit. */
    Kind of(
            ActiveConfig config,
            Outcome hit,
            Policy counted,
            Policy policy,
            Lifetime.Source lifetime,
            List<String> steeredBy) {
        Known of = known;
        if (of.config() != config) {
            of = new Known(config);
            known = of;
        }
        Key key = new Key(counted.name(), policy.name(), lifetime, hit.status(), steeredBy);
        Kind kind = of.kinds().get(key);
        if (kind == null) {
            kind = new Kind(config, counted, policy, lifetime, hit.status(), steeredBy, tallies.apply(hit));
            if (of.kinds().size() < MOST) {
                of.kinds().put(key, kind);
            }
        }
        return kind;
    }

    /** How the head of a hit is made, mostly the same for all that are alike; null where only the full path can. */
    @Nullable
    HitHead head(Kind kind, StoredResponse stored, HitHead.Moment latest, HitHead.Maker maker) {
        Known of = known;
        Headers fields = stored.head().head().headers();
        List<String> names = new ArrayList<>(fields.size() + kind.steeredBy().size());
        for (int i = 0; i < fields.size(); i++) {
            names.add(fields.name(i));
        }
        names.addAll(kind.steeredBy());
        Shape shape = new Shape(kind.counted().name(), kind.policy().name(), kind.lifetime(), kind.status(), names);
        HitHead alike = of.config() == kind.config() ? of.heads().get(shape) : null;
        HitHead head = HitHead.of(alike, stored.head(), stored.body().length(), latest, maker);
        if (head == null || head == alike) {
            return head;
        }
        if (alike != null || of.heads().size() >= MOST) {
            return of.odd().incrementAndGet() <= MOST ? head : null; // each of its own: there may be millions
        }
        of.heads().put(shape, head);
        return head;
    }
}
