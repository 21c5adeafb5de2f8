package io.lacquer.transport.server;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import io.lacquer.exchange.FastHits;
import io.lacquer.exchange.Service;
import io.lacquer.transport.Loops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.IdentityHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** One listening address: accepts up to its limit of connections, and drains on request. */
public final class Listener {
    private static final int BACKLOG = 4096;

    /**
     * What its connections are held to; read for each request.
     *
     * @param limits of size and number
     * @param timeouts of a client
     */
    public record Settings(Config.Limits limits, Config.ClientTimeouts timeouts) {}

    private final Loops loops;
    private final Service service;
    private final Supplier<Settings> settings;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final AtomicInteger open = new AtomicInteger();
    private final IdentityHashMap<EventExecutor, FastLane> lanes;
    private final Channel channel;
    private volatile boolean draining;

    /**
     * Starts to listen.
     *
     * @throws IOException naming the address, where it can't be had
     */
    public Listener(Loops loops, HostPort address, Service service, Supplier<Settings> settings) throws IOException {
        this.loops = loops;
        this.service = service;
        this.settings = settings;
        this.lanes = lanes(loops, service);
        var bound = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 128 * 1024))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        accept(client);
                    }
                })
                .bind(new InetSocketAddress(address.host(), address.port()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "can't listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        channel = bound.channel();
    }

    private void accept(SocketChannel client) {
        int now = open.incrementAndGet();
        client.closeFuture().addListener(closed -> open.decrementAndGet());
        connections.add(client);
        boolean over = now > settings.get().limits().connections();
        client.pipeline()
                .addLast(new ClientConnection(
                        client,
                        loops.of(client.eventLoop()),
                        service,
                        settings,
                        lanes.get(client.eventLoop()),
                        over,
                        () -> draining));
    }

    private static IdentityHashMap<EventExecutor, FastLane> lanes(Loops loops, Service service) {
        IdentityHashMap<EventExecutor, FastLane> lanes = new IdentityHashMap<>();
        for (EventExecutor loop : loops.group()) {
            FastHits hits = service.fastHits();
            if (hits != null) {
                lanes.put(loop, new FastLane(hits));
            }
        }
        return lanes;
    }

    /** The address that it listens on. */
    public HostPort address() {
        InetSocketAddress local = (InetSocketAddress) channel.localAddress();
        return new HostPort(local.getAddress().getHostAddress(), local.getPort());
    }

    /** Open client connections. */
    public int connections() {
        return open.get();
    }

    /** Stops accepting; idle connections close, the others after their answer. Done when all have. */
    public CompletableFuture<Void> drain() {
        draining = true;
        CompletableFuture<Void> done = new CompletableFuture<>();
        channel.close().addListener(closed -> {
            connections.forEach(client -> client.pipeline().fireUserEventTriggered(ClientConnection.Event.DRAIN));
            connections.newCloseFuture().addListener(all -> done.complete(null));
        });
        return done;
    }

    /** Closes everything at once. */
    public void close() {
        draining = true;
        channel.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
    }
}
