package io.lacquer.transport;

import io.lacquer.exchange.Loop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.IdentityHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The event loops that all connections live on: epoll where there is one, else NIO. */
public final class Loops implements AutoCloseable {
    private final boolean epoll;
    private final EventLoopGroup group;
    private final IdentityHashMap<EventExecutor, NettyLoop> loops = new IdentityHashMap<>();

    /**
     * Starts so many loops.
     *
     * @param name of their threads, before their numbers
     * @param nio leaves epoll aside
     */
    public Loops(String name, int threads, boolean nio) {
        epoll = !nio && Epoll.isAvailable();
        AtomicInteger number = new AtomicInteger();
        ThreadFactory named = // on other threads Netty recycles nothing
                task -> new FastThreadLocalThread(task, name + number.getAndIncrement());
        group = new MultiThreadIoEventLoopGroup(
                threads, named, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        group.forEach(executor -> loops.put(executor, new NettyLoop((EventLoop) executor)));
    }

    /** The group, for bootstraps. */
    public EventLoopGroup group() {
        return group;
    }

    /** An event loop as exchanges see it. */
    public NettyLoop of(EventLoop eventLoop) {
        NettyLoop loop = loops.get(eventLoop);
        if (loop == null) {
            throw new IllegalArgumentException("a loop of another group: " + eventLoop);
        }
        return loop;
    }

    /** Runs a task when the loop that hands it in has taken all that had arrived; at once for other threads. */
    public Executor afterThisTurn() {
        return task -> {
            for (EventExecutor loop : group) {
                if (loop.inEventLoop()) {
                    loop.execute(task);
                    return;
                }
            }
            task.run();
        };
    }

    /** {@code epoll} or {@code nio}. */
    public String kind() {
        return epoll ? "epoll" : "nio";
    }

    /** The listening channel type of this kind. */
    public Class<? extends ServerSocketChannel> serverChannel() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** The connected channel type of this kind. */
    public Class<? extends SocketChannel> channel() {
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /** The datagram channel type of this kind, for name resolution. */
    public Class<? extends DatagramChannel> datagramChannel() {
        return epoll ? EpollDatagramChannel.class : NioDatagramChannel.class;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** One event loop. */
    public static final class NettyLoop implements Loop {
        private final EventLoop eventLoop;

        private NettyLoop(EventLoop eventLoop) {
            this.eventLoop = eventLoop;
        }

        /** The loop itself. */
        public EventLoop eventLoop() {
            return eventLoop;
        }

        @Override
        public void execute(Runnable task) {
            if (!eventLoop.isShuttingDown()) {
                eventLoop.execute(task);
            }
        }

        @Override
        public Timer schedule(long millis, Runnable task) {
            Future<?> future = eventLoop.schedule(task, millis, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        }
    }
}
