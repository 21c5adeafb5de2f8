package io.lacquer.observe;

import io.lacquer.exchange.Flights;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Purges;
import io.lacquer.store.Leases;
import io.lacquer.store.Ledger;
import io.lacquer.store.RemoteTier;
import io.lacquer.store.Usage;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is so now, read when somebody looks.
 *
 * @param movedBytes of large bodies outside the heap
 * @param l2 null where there is none
 */
public record Gauges(
        Ledger ledger,
        LongSupplier movedBytes,
        LongSupplier l1Entries,
        LongSupplier l1Evictions,
        Map<String, Usage> l1ByPolicy,
        Map<String, Usage> l1ByNamespace,
        Supplier<RemoteTier.@Nullable State> l2,
        Supplier<Leases.@Nullable Tally> leases,
        Flights flights,
        Purges purges,
        Invalidations invalidations,
        LongSupplier fastHits,
        IntSupplier clientConnections,
        IntSupplier originConnections,
        LongSupplier logDropped,
        LongSupplier configGeneration,
        LongSupplier reloadsFailed) {}
