package io.lacquer.transport.origin;

import io.lacquer.config.Origin;
import io.lacquer.exchange.Loop;
import io.lacquer.exchange.OriginClient;
import io.lacquer.transport.Loops;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** All origins: a pool for each server, taken in turn; names are resolved without blocking a loop. */
public final class Origins implements OriginClient, AutoCloseable {
    private final Loops loops;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final Map<Origin.Server, ServerPool> pools = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();

    /** No connections yet. */
    public Origins(Loops loops) {
        this.loops = loops;
        this.resolver =
                new DnsAddressResolverGroup(new DnsNameResolverBuilder().datagramChannelType(loops.datagramChannel()));
    }

    @Override
    public Call send(Request request, Loop preferred, Listener listener) {
        Origin origin = request.origin();
        int next = Math.floorMod(turn.getAndIncrement(), origin.servers().size());
        Origin.Server server = origin.servers().get(next);
        ServerPool pool = pools.computeIfAbsent(server, of -> new ServerPool(of, loops, resolver));
        OriginCall call = new OriginCall(pool, request, (Loops.NettyLoop) preferred, listener);
        pool.acquire(call);
        return call;
    }

    /** Open connections to all origins. */
    public int connections() {
        return pools.values().stream().mapToInt(ServerPool::open).sum();
    }

    @Override
    public void close() {
        pools.values().forEach(ServerPool::close);
        resolver.close();
    }
}
