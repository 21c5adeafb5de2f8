package io.lacquer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a file has changed: written, replaced, or reached through a symbolic link that was swapped
 * (as Kubernetes does). It looks once a second, which needs no descriptor and misses no kind of swap; a
 * change counts once the file has been the same for two looks, so that half a write is not read.
 */
final class ConfigWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
    private static final long LOOK_MILLIS = 500;

    /** A replacement takes less. */
    private static final int LOOKS_UNTIL_GONE = 5;

    private record State(Path real, Object fileKey, long modified, long size) {}

    private final Path file;
    private final Runnable changed;
    private final Thread thread;

    ConfigWatcher(Path file, Runnable changed) {
        this.file = file;
        this.changed = changed;
        this.thread = Thread.ofVirtual().name("config-watcher").unstarted(this::watch);
    }

    void start() {
        thread.start();
    }

    private void watch() {
        State applied = look();
        State last = applied;
        int away = 0;
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                State now = look();
                if (now != null && now.equals(last) && !now.equals(applied)) {
                    applied = now;
                    LOG.info("{} has changed", file);
                    changed.run();
                }
                away = now == null ? away + 1 : 0;
                if (away == LOOKS_UNTIL_GONE) {
                    LOG.warn("{} is gone; the last good configuration stays", file);
                }
                last = now;
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable State look() {
        try {
            Path real = file.toRealPath();
            BasicFileAttributes read = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Object key = read.fileKey() == null ? real : read.fileKey();
            return new State(real, key, read.lastModifiedTime().toMillis(), read.size());
        } catch (IOException away) {
            return null; // in the middle of a replacement
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
