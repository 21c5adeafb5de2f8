package io.lacquer.transport.origin;

import io.lacquer.config.Origin;
import io.lacquer.exchange.Failure;
import io.lacquer.transport.Loops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one server: a limit over all loops, the most recently used first, a line for those
 * who wait. A call runs on the loop of the connection that it is given.
 */
final class ServerPool {
    private final Origin.Server server;
    private final Loops loops;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final Deque<OriginConnection> idle = new ArrayDeque<>();
    private final Deque<OriginCall> waiting = new ArrayDeque<>();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private int open;

    ServerPool(Origin.Server server, Loops loops, AddressResolverGroup<InetSocketAddress> resolver) {
        this.server = server;
        this.loops = loops;
        this.resolver = resolver;
    }

    synchronized int open() {
        return open;
    }

    /** Gives a call a connection: an idle one, a new one, or in its turn the next that is free. */
    void acquire(OriginCall call) {
        OriginConnection free;
        boolean connects = false;
        synchronized (this) {
            free = takeIdle(call.preferred());
            if (free == null) {
                connects = open < call.request().origin().maxConnections();
                if (connects) {
                    open++;
                } else if (waiting.size() < call.request().origin().maxQueue()) {
                    waiting.addLast(call);
                } else {
                    call.fail(Failure.QUEUE_FULL);
                    return;
                }
            }
        }
        if (free != null) {
            call.startOn(free);
        } else if (connects) {
            connect(call);
        } else {
            long patience = call.request().origin().firstByte().toMillis();
            call.preferred().schedule(patience, () -> {
                if (forget(call)) {
                    call.fail(Failure.QUEUE_FULL);
                }
            });
        }
    }

    /** Gives a call a connection that nobody has used; beyond the limit it would have to wait behind its like. */
    void acquireFresh(OriginCall call) {
        synchronized (this) {
            open++;
        }
        connect(call);
    }

    private @Nullable OriginConnection takeIdle(Loops.NettyLoop preferred) {
        OriginConnection any = null;
        for (Iterator<OriginConnection> it = idle.iterator(); it.hasNext(); ) {
            OriginConnection candidate = it.next();
            if (candidate.loop() == preferred) {
                it.remove();
                return candidate;
            }
            any = any == null ? candidate : any;
        }
        if (any != null) {
            idle.remove(any);
        }
        return any;
    }

    private void connect(OriginCall call) {
        Origin origin = call.request().origin();
        Loops.NettyLoop loop = call.preferred();
        ChannelFuture connecting = new Bootstrap()
                .group(loop.eventLoop())
                .channel(loops.channel())
                .resolver(resolver)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_CLOSE, false) // an upload that is refused may have its answer waiting
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        origin.connect().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 128 * 1024))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(new OriginConnection(ServerPool.this, channel, loop));
                    }
                })
                .connect(InetSocketAddress.createUnresolved(server.host(), server.port()));
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                call.startOn(connecting.channel().pipeline().get(OriginConnection.class));
            } else {
                closed(null);
                call.fail(failure(done.cause()));
            }
        });
    }

    private static Failure failure(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return Failure.CONNECT_TIMEOUT;
        }
        return cause instanceof UnknownHostException ? Failure.UNRESOLVED : Failure.CONNECT_FAILED;
    }

    /** A connection is free; true if it was given on or kept. */
    void release(OriginConnection connection) {
        OriginCall next;
        synchronized (this) {
            next = nextWaiting();
            if (next == null) {
                idle.addFirst(connection);
                return;
            }
        }
        next.startOn(connection);
    }

    /** A connection became a tunnel: it lasts as long as its client likes, and takes nobody's place. */
    void letGo() {
        closed(null);
    }

    /** A connection is gone; who is next in line gets a new one in its place. */
    void closed(@Nullable OriginConnection connection) {
        OriginCall next;
        synchronized (this) {
            open--;
            if (connection != null) {
                idle.remove(connection);
            }
            next = nextWaiting();
            if (next != null) {
                open++;
            }
        }
        if (next != null) {
            connect(next);
        }
    }

    private @Nullable OriginCall nextWaiting() {
        OriginCall next = waiting.pollFirst();
        while (next != null && next.isOver()) {
            next = waiting.pollFirst();
        }
        return next;
    }

    /** Takes an idle connection out; false if it is not idle any more. */
    synchronized boolean takeOut(OriginConnection connection) {
        return idle.remove(connection);
    }

    /** Takes a call out of the line; false if it does not stand there. */
    synchronized boolean forget(OriginCall call) {
        return waiting.remove(call);
    }

    /** Closes every connection, in use or not, and waits for that. */
    void close() {
        channels.close().awaitUninterruptibly();
    }
}
