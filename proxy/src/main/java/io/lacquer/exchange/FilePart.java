package io.lacquer.exchange;

import java.nio.channels.FileChannel;

/**
 * Bytes of a body where they lie in a file, to be sent from there.
 *
 * @param position of the first one
 * @param count of them
 * @param sent to be told once, when they have left or never will; before, they stay as they are
 */
public record FilePart(FileChannel file, long position, long count, Runnable sent) {}
