package io.lacquer.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;

/** Stands between Lacquer and its Redis, and does to the bytes that come back what a test says. */
final class Relay implements AutoCloseable {
    /** What becomes of bytes from Redis. */
    interface Trouble {
        /** The bytes to pass on; null cuts the connection. May take its time. */
        byte[] apply(byte[] bytes) throws IOException;
    }

    static final Trouble NONE = bytes -> bytes;

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Trouble trouble = NONE;
    private volatile boolean refusing;

    /** Relays to a port of this machine. */
    Relay(int target) {
        this(target, ServerSocketFactory.getDefault());
    }

    /** The same with TLS or whatever such a factory makes on its own side. */
    Relay(int target, ServerSocketFactory near) {
        this.target = target;
        try {
            server = near.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Where Lacquer is to connect. */
    String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    /** Does this from now on, on connections old and new. */
    void does(Trouble trouble) {
        this.trouble = trouble;
    }

    /** Passes every answer on so late. */
    static Trouble late(long millis) {
        return bytes -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            return bytes;
        };
    }

    /** Connections that are open now stay open and silent for ever; new ones are fine. */
    void swallowOpenOnes() {
        Set<Thread> healthy = ConcurrentHashMap.newKeySet();
        int before = connections.get();
        does(bytes -> {
            if (healthy.contains(Thread.currentThread())) {
                return bytes;
            }
            int mine = Integer.parseInt(Thread.currentThread().getName());
            if (mine > before) {
                healthy.add(Thread.currentThread());
                return bytes;
            }
            return new byte[0];
        });
    }

    /** Ends every connection. */
    void cut() {
        open.forEach(Relay::closeQuietly);
    }

    /** Ends every connection, and each new one at once, or lets them through again. */
    void refuses(boolean all) {
        refusing = all;
        if (all) {
            cut();
        }
    }

    /** Connections so far. */
    int connections() {
        return connections.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                near.setTcpNoDelay(true);
                int number = connections.incrementAndGet();
                open.add(near);
                if (refusing) {
                    open.remove(near);
                    closeQuietly(near);
                    continue;
                }
                Socket far;
                try {
                    far = new Socket(InetAddress.getLoopbackAddress(), target);
                } catch (IOException away) {
                    closeQuietly(near);
                    continue;
                }
                far.setTcpNoDelay(true);
                open.add(far);
                Thread.ofVirtual().start(() -> copy(near, far, NONE));
                Thread.ofVirtual().name(String.valueOf(number)).start(() -> copy(far, near, null));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void copy(Socket from, Socket to, Trouble always) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                byte[] bytes = (always == null ? trouble : always).apply(java.util.Arrays.copyOf(buffer, n));
                if (bytes == null) {
                    return;
                }
                out.write(bytes);
                out.flush();
            }
        } catch (IOException gone) {
            // one side went away
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // that is what was wanted
        }
    }

    @Override
    public void close() {
        closeQuietly(server);
        cut();
    }

    private static void closeQuietly(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // that is what was wanted
        }
    }
}
