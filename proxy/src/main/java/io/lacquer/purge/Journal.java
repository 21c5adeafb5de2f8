package io.lacquer.purge;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's own purges on disk, flushed before they are acknowledged, so that neither its end nor a lost tail of the
 * log loses them. Frames of kind, length, checksum and text; what is cut off or damaged at the end is left out. One
 * thread writes; what waits for it is flushed together.
 */
public final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final byte PURGE = 'P';
    private static final byte DONE = 'D';
    private static final int FRAME = 9;
    private static final int LONGEST = 16 << 20;
    private static final long REWRITE_FROM = 4L << 20;
    private static final int KEPT = 2_000;

    /** A purge of this node, and where the log has it, or null. */
    public record Entry(Purge purge, @Nullable Position position) {}

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Entry> entries;
    private final ExecutorService writer;
    private final List<Entry> waiting = new ArrayList<>();
    private CompletableFuture<Boolean> next = new CompletableFuture<>();
    private boolean scheduled;
    private long size;
    private long rewriteFrom = REWRITE_FROM;
    private boolean closed;

    private Journal(Path file, FileChannel channel, Map<String, Entry> entries, ExecutorService writer) {
        this.writer = writer;
        this.file = file;
        this.channel = channel;
        this.entries = entries;
    }

    /**
     * Opens, and reads what is there.
     *
     * @throws IOException where the file can't be had, or another process has it
     */
    public static Journal open(Path file) throws IOException {
        return open(
                file,
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("purge-journal").factory()));
    }

    /** The same, written by what does one step after the other. */
    public static Journal open(Path file, ExecutorService writer) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException(file + " is in use by another process; give this node its own purge.journal");
            }
        } catch (java.nio.channels.OverlappingFileLockException twice) {
            channel.close();
            throw new IOException(file + " is in use already; give this node its own purge.journal", twice);
        } catch (IOException taken) {
            channel.close();
            throw taken;
        }
        Map<String, Entry> entries = new LinkedHashMap<>(); // read under the lock: its last owner may have been writing
        boolean rewriting = Files.exists(copy(file));
        if (rewriting) { // the last process ended while rewriting
            entries.putAll(read(Files.readAllBytes(copy(file))));
        }
        byte[] whole = whole(channel);
        if (whole.length > 0 && whole[0] != PURGE && !rewriting) {
            channel.close();
            throw new IOException(file + " is no purge journal, and would be overwritten; name another file");
        }
        Reading reading = reading(whole);
        entries.putAll(reading.entries());
        if (!reading.whole()) {
            Path kept = file.resolveSibling(file.getFileName() + ".bad");
            Files.write(kept, whole);
            LOG.warn(
                    "not all of the purge journal {} can be read; it is kept as {}, and what could be read is used",
                    file,
                    kept);
        }
        Journal journal = new Journal(file, channel, entries, writer);
        journal.rewrite();
        return journal;
    }

    /** By the channel that is locked: on POSIX, closing another one of the same file would give the lock away. */
    private static byte[] whole(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // until all of it is here
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** All entries, oldest first, as they were when it was opened or are now. */
    public synchronized List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /** Writes purges; completes with whether they are on disk. */
    public synchronized CompletionStage<Boolean> append(List<Purge> purges) {
        if (closed) {
            return CompletableFuture.completedStage(false);
        }
        CompletableFuture<Boolean> told = next;
        purges.forEach(purge -> put(new Entry(purge, null)));
        return told;
    }

    /** Notes where the log has a purge; flushed with the next one. */
    public synchronized void done(Purge purge, Position position) {
        if (!closed && entries.containsKey(purge.id())) {
            put(new Entry(purge, position));
        }
    }

    private void put(Entry entry) {
        entries.put(entry.purge().id(), entry);
        waiting.add(entry);
        if (!scheduled) {
            scheduled = true;
            writer.execute(this::flush);
        }
    }

    private void flush() {
        List<Entry> batch;
        CompletableFuture<Boolean> told;
        synchronized (this) {
            batch = List.copyOf(waiting);
            waiting.clear();
            told = next;
            next = new CompletableFuture<>();
            scheduled = false;
        }
        boolean written = false;
        long before = size;
        try {
            ByteBuffer bytes = ByteBuffer.wrap(frames(batch));
            size += bytes.remaining();
            while (bytes.hasRemaining()) {
                channel.write(bytes, size - bytes.remaining());
            }
            boolean matters = batch.stream().anyMatch(entry -> entry.position() == null);
            if (matters) {
                channel.force(false);
            }
            written = true;
            before = size;
            if (size > rewriteFrom) {
                rewrite();
            }
        } catch (IOException | UncheckedIOException failure) {
            size = before; // what comes next takes the place of what is torn, or nobody would read past that
            LOG.warn(
                    "the purge journal {} can't be written: {}; purges are acknowledged without it",
                    file,
                    failure.getMessage());
        }
        told.complete(written);
    }

    /** Keeps what the log does not have, and of the rest what a log that lost its tail may lack. */
    private void rewrite() throws IOException {
        List<Entry> kept;
        synchronized (this) {
            int surplus = entries.size() - KEPT;
            var all = entries.values().iterator();
            while (surplus > 0 && all.hasNext()) {
                if (all.next().position() != null) {
                    all.remove();
                }
                surplus--;
            }
            kept = List.copyOf(entries.values());
        }
        Path fresh = copy(file);
        byte[] bytes = frames(kept);
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.wrap(bytes);
            while (all.hasRemaining()) {
                out.write(all);
            }
            out.force(true);
        }
        // The copy is for a crash in the midst of what follows; the file itself stays, for the lock is on it.
        channel.position(0);
        ByteBuffer again = ByteBuffer.wrap(bytes);
        while (again.hasRemaining()) {
            channel.write(again, bytes.length - again.remaining());
        }
        channel.truncate(bytes.length);
        channel.force(true);
        size = bytes.length;
        rewriteFrom = Math.max(REWRITE_FROM, 2 * size); // not each time where all of it must stay
        Files.delete(fresh);
    }

    private static Path copy(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private static byte[] frames(List<Entry> batch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (Entry entry : batch) {
            frame(out, PURGE, entry.purge().toText());
            if (entry.position() != null) {
                frame(out, DONE, entry.purge().id() + " " + entry.position());
            }
        }
        return bytes.toByteArray();
    }

    private static void frame(DataOutputStream out, byte kind, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(kind);
        out.writeInt(utf8.length);
        out.writeInt(checksum(utf8));
        out.write(utf8);
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /**
     * What was read.
     *
     * @param whole false where something could not be
     */
    private record Reading(Map<String, Entry> entries, boolean whole) {}

    /** What frames say, but for damaged ones, up to what is none. */
    static Map<String, Entry> read(byte[] bytes) {
        return reading(bytes).entries();
    }

    private static Reading reading(byte[] bytes) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        boolean damaged = false;
        int end = 0;
        while (in.remaining() >= FRAME) {
            byte kind = in.get();
            int length = in.getInt();
            int sum = in.getInt();
            if ((kind != PURGE && kind != DONE) || length < 0 || length > Math.min(LONGEST, in.remaining())) {
                break;
            }
            byte[] utf8 = new byte[length];
            in.get(utf8);
            if (checksum(utf8) == sum) {
                take(entries, kind, new String(utf8, StandardCharsets.UTF_8));
            } else {
                damaged = true;
            }
            end = in.position();
        }
        return new Reading(entries, !damaged && end == bytes.length);
    }

    private static void take(Map<String, Entry> entries, byte kind, String text) {
        if (kind == PURGE) {
            Purge purge = Purge.parse(text);
            entries.put(purge.id(), new Entry(purge, null));
            return;
        }
        int blank = text.indexOf(' ');
        Entry known = blank < 0 ? null : entries.get(text.substring(0, blank));
        if (known != null) {
            try {
                entries.put(known.purge().id(), new Entry(known.purge(), Position.parse(text.substring(blank + 1))));
            } catch (IllegalArgumentException odd) {
                entries.put(known.purge().id(), new Entry(known.purge(), null)); // written once more, then
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        writer.shutdown();
        try {
            if (!writer.awaitTermination(2, TimeUnit.SECONDS)) {
                LOG.warn("the purge journal {} was closed before all of it was written", file);
            }
            channel.close();
        } catch (IOException failure) {
            LOG.warn("the purge journal {} could not be closed: {}", file, failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
