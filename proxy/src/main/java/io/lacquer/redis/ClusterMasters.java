package io.lacquer.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.cluster.SlotHash;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks the nodes of a cluster: those of its last answer and the ones it was given. Each time another one is first, so
 * that a node that is cut off and still names the old master is not believed for ever.
 */
final class ClusterMasters implements Masters {
    private static final int MOST_ASKED = 8;

    private final Address address;
    private final Enquiry enquiry;
    private final AtomicInteger first = new AtomicInteger();
    private volatile Set<Address.Place> known = Set.of();

    ClusterMasters(Address address, Enquiry enquiry) {
        this.address = address;
        this.enquiry = enquiry;
    }

    @Override
    public CompletionStage<RedisURI> masterFor(byte[] key) {
        int slot = SlotHash.getSlot(key);
        Set<Address.Place> places = new LinkedHashSet<>(known);
        places.addAll(address.places());
        List<Address.Place> all = List.copyOf(places);
        int start = first.getAndIncrement();
        CompletionStage<RedisURI> answer = null;
        for (int i = 0; i < Math.min(all.size(), MOST_ASKED); i++) {
            Address.Place node = all.get(Math.floorMod(start + i, all.size()));
            answer = answer == null ? ask(node, slot) : answer.exceptionallyCompose(unknown -> ask(node, slot));
        }
        if (answer == null) {
            throw new IllegalStateException("a cluster without nodes");
        }
        return answer.exceptionally(last -> {
            throw new CompletionException(new RedisException("no node of the cluster tells where keys are ("
                    + Enquiry.root(last).getMessage() + ")"));
        });
    }

    private CompletionStage<RedisURI> ask(Address.Place node, int slot) {
        return enquiry.ask(address.at(node), RedisAsyncCommands::clusterSlots)
                .thenApply(ranges -> address.at(master(ranges, node, slot)));
    }

    /** Of {@code [from, to, [host, port, …] of the master, replicas …]}; a node may not know its own host. */
    private Address.Place master(List<Object> ranges, Address.Place asked, int slot) {
        Address.Place master = null;
        Set<Address.Place> nodes = new LinkedHashSet<>();
        for (Object each : ranges) {
            if (!(each instanceof List<?> range)) {
                throw new RedisException("CLUSTER SLOTS was answered with something else");
            }
            List<Address.Place> places = new ArrayList<>();
            for (Object part : range.subList(2, range.size())) {
                places.add(place((List<?>) part, asked));
            }
            nodes.addAll(places);
            if (number(range.get(0)) <= slot && slot <= number(range.get(1)) && !places.isEmpty()) {
                master = places.getFirst();
            }
        }
        known = nodes;
        if (master == null) {
            throw new RedisException("no node of the cluster serves the slot " + slot);
        }
        return master;
    }

    private static Address.Place place(List<?> node, Address.Place asked) {
        String host = node.get(0) == null ? "" : String.valueOf(node.get(0));
        return new Address.Place(host.isEmpty() || host.equals("?") ? asked.host() : host, number(node.get(1)));
    }

    private static int number(Object part) {
        return Integer.parseInt(String.valueOf(part));
    }
}
