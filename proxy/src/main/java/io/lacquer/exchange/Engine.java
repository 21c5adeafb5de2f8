package io.lacquer.exchange;

import io.lacquer.http.Clock;
import io.lacquer.purge.Audit;
import io.lacquer.purge.HitShares;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Purges;
import io.lacquer.store.BodyMover;
import io.lacquer.store.Leases;
import io.lacquer.store.Ledger;
import io.lacquer.store.TieredStore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What exchanges work with, wired once.
 *
 * @param active the configuration in force, read once a request
 * @param mover told of large bodies that are asked for again
 * @param leases which node fetches, or null where there is but one
 * @param outcomes told of every finished exchange, on its loop
 * @param hitKinds what hits that are given without an exchange have in common
 */
public record Engine(
        Supplier<ActiveConfig> active,
        Clock clock,
        Ledger ledger,
        TieredStore store,
        BodyMover mover,
        Purges purges,
        Invalidations invalidations,
        HitShares shares,
        Audit audit,
        OriginClient origins,
        @Nullable Leases leases,
        OriginPace pace,
        Flights flights,
        Consumer<Outcome> outcomes,
        HitKinds hitKinds) {}
