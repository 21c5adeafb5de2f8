package io.lacquer.transport.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** What has arrived on a connection and was not taken yet, in one buffer that is released once empty. */
public final class Inbox {
    private final Channel channel;
    private @Nullable ByteBuf bytes;

    /** An empty one. */
    public Inbox(Channel channel) {
        this.channel = channel;
    }

    /** Adds what has arrived, and owns it from here on. */
    public void add(ByteBuf arrived) {
        ByteBuf former = bytes;
        if (former == null) {
            bytes = arrived;
            return;
        }
        ByteBuf both = channel.alloc().ioBuffer(former.readableBytes() + arrived.readableBytes());
        both.writeBytes(former).writeBytes(arrived);
        former.release();
        arrived.release();
        bytes = both;
    }

    /** What there is, to be read from; null when there is nothing. */
    public @Nullable ByteBuf bytes() {
        return bytes;
    }

    /** Whether there is nothing. */
    public boolean isEmpty() {
        return bytes == null || !bytes.isReadable();
    }

    /** Takes everything out as an array. */
    public static byte[] drain(ByteBuf from) {
        byte[] all = new byte[from.readableBytes()];
        from.readBytes(all);
        return all;
    }

    /** Releases the buffer if it has been read. */
    public void tidy() {
        if (isEmpty()) {
            clear();
        }
    }

    /** Releases the buffer with what is left in it. */
    public void clear() {
        ByteBuf rest = bytes;
        bytes = null;
        if (rest != null) {
            rest.release();
        }
    }
}
