package io.lacquer.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory in a file without a name (memfd_create(2), Linux), from which the kernel sends without copying. What is written
 * takes places that were never used before, and what is freed is punched out: pages that still wait in a socket are
 * nobody else's, however late they leave.
 */
public final class MemoryFile implements AutoCloseable {
    /** Bytes of a page: extents begin and end with one. */
    private static final int PAGE = 4096;

    private static final int CLOSE_ON_EXEC = 1;
    private static final int PUNCH_HOLE_KEEP_SIZE = 3;

    private final int descriptor;
    private final FileChannel channel;
    private final MethodHandle fallocate;
    private final MethodHandle close;
    private final AtomicLong end = new AtomicLong();
    private final AtomicLong used = new AtomicLong();

    private MemoryFile(int descriptor, FileChannel channel, MethodHandle fallocate, MethodHandle close) {
        this.descriptor = descriptor;
        this.channel = channel;
        this.fallocate = fallocate;
        this.close = close;
    }

    /**
     * An empty one.
     *
     * @throws IOException where the system has no such thing, or refuses it
     */
    public static MemoryFile create() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle create = function(
                    "memfd_create",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
            MethodHandle fallocate = function(
                    "fallocate",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG));
            MethodHandle close = function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            MemorySegment name = arena.allocateFrom("lacquer-bodies");
            int descriptor = (int) create.invokeExact(name, CLOSE_ON_EXEC);
            if (descriptor < 0) {
                throw new IOException("memfd_create failed");
            }
            Path path = Path.of("/proc/self/fd/" + descriptor);
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new MemoryFile(descriptor, channel, fallocate, close);
        } catch (IOException failure) {
            throw failure;
        } catch (Throwable failure) { // a call into the system declares no less
            throw new IOException("there is no memfd_create here", failure);
        }
    }

    @SuppressWarnings("restricted") // the launcher enables it; where it is not, this fails and bodies stay in the heap
    private static MethodHandle function(String name, FunctionDescriptor signature) throws IOException {
        Linker linker = Linker.nativeLinker();
        SymbolLookup system = linker.defaultLookup();
        MemorySegment address = system.find(name).orElseThrow(() -> new IOException("there is no " + name + " here"));
        return linker.downcallHandle(address, signature);
    }

    /** So many bytes, rounded up to what they take. */
    static long rounded(long length) {
        return (length + PAGE - 1) / PAGE * PAGE;
    }

    /**
     * Writes bytes where none were before.
     *
     * @throws IOException where there is no memory for them; nothing is taken then
     */
    Extent write(List<byte[]> segments, long length) throws IOException {
        long room = rounded(length);
        Extent extent = new Extent(end.getAndAdd(room), length);
        used.addAndGet(room);
        long at = extent.position;
        try {
            for (byte[] segment : segments) {
                ByteBuffer bytes = ByteBuffer.wrap(segment);
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            }
        } catch (IOException failure) {
            extent.free();
            throw failure;
        }
        return extent;
    }

    /** Bytes of all pages that are taken now. */
    public long used() {
        return used.get();
    }

    @Override
    public void close() throws IOException {
        channel.close();
        try {
            int ignored = (int) close.invokeExact(descriptor);
        } catch (Throwable failure) {
            throw new IOException("a memory file can't be closed", failure);
        }
    }

    /** Where some bytes are. To be read only while their owner is held. */
    public final class Extent {
        private final long position;
        private final long length;

        private Extent(long position, long length) {
            this.position = position;
            this.length = length;
        }

        /** The file. */
        public FileChannel channel() {
            return channel;
        }

        /** Of the first byte in the file. */
        public long position() {
            return position;
        }

        /** Bytes that it takes beyond its own. */
        long rest() {
            return rounded(length) - length;
        }

        /** Some of its bytes. */
        byte[] read(long from, int count) {
            byte[] bytes = new byte[count];
            ByteBuffer into = ByteBuffer.wrap(bytes);
            try {
                while (into.hasRemaining()) {
                    if (channel.read(into, position + from + into.position()) < 0) {
                        throw new IOException("it ends early");
                    }
                }
            } catch (IOException failure) {
                throw new IllegalStateException("a stored body can't be read", failure);
            }
            return bytes;
        }

        /** Some of its bytes, in pieces. */
        List<byte[]> read(long from, long count) {
            List<byte[]> pieces = new ArrayList<>();
            for (long at = from; at < from + count; at += Body.SEGMENT) {
                pieces.add(read(at, (int) Math.min(Body.SEGMENT, from + count - at)));
            }
            return pieces;
        }

        /** Gives the pages back. */
        void free() {
            long room = rounded(length);
            try {
                int failed = (int) fallocate.invokeExact(descriptor, PUNCH_HOLE_KEEP_SIZE, position, room);
                if (failed == 0) {
                    used.addAndGet(-room);
                }
            } catch (Throwable failure) {
                throw new IllegalStateException("the pages of a body can't be given back", failure);
            }
        }
    }
}
