package io.lacquer.transport.http1;

import io.lacquer.exchange.BodySource;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.FilePart;
import io.lacquer.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.ReferenceCounted;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a head and then a body as fast as the channel takes it: nothing is pulled while the channel is not
 * writable, and what has come is flushed before waiting for more. On the channel's loop.
 */
public final class BodyPump {
    private static final int JOIN_UP_TO = 16 * 1024;
    private static final byte[] CRLF = {'\r', '\n'};

    /** Told how it ended, once. */
    public interface Done {
        /** All was written, or {@code failure} tells why not. */
        void done(long bodyBytes, @Nullable Failure failure);
    }

    private final Channel channel;
    private final BodySource source;
    private final boolean chunked;
    private final Done done;
    private @Nullable ByteBuf head;
    private @Nullable PartRegion region;
    private long written;
    private boolean over;
    private boolean headSent;
    private boolean running;

    /** A pump for a head, which it owns, and a body. */
    public BodyPump(Channel channel, ByteBuf head, BodySource source, boolean chunked, Done done) {
        this.channel = channel;
        this.head = head;
        this.source = source;
        this.chunked = chunked;
        this.done = done;
        source.whenReady(this::run);
    }

    /** Writes what there is; called at first, when the channel is writable again, and by the source. */
    public void run() {
        if (over || running) {
            return;
        }
        running = true;
        try {
            pump();
        } finally {
            running = false;
        }
    }

    private void pump() {
        while (canWrite()) {
            FilePart part = chunked ? null : source.part();
            if (part != null) {
                write(part);
                continue;
            }
            byte[] bytes = source.poll();
            if (bytes == null) {
                Failure failure = source.failure();
                if (failure != null) {
                    abort(failure);
                } else if (source.isEnded()) {
                    finish();
                } else if (head != null) {
                    channel.write(takeHead(), channel.voidPromise());
                    channel.flush();
                } else {
                    channel.flush();
                }
                return;
            }
            write(bytes);
        }
    }

    /** Flushes a full channel; the news that this made it writable at once comes while we run, so it is asked here. */
    private boolean canWrite() {
        PartRegion before = region;
        if (over || (before != null && before.left() > 0)) {
            return false;
        }
        if (head == null && !channel.isWritable()) {
            channel.flush();
        }
        return head != null || channel.isWritable();
    }

    private void write(byte[] bytes) {
        written += bytes.length;
        ByteBuf out;
        if (head != null && bytes.length <= JOIN_UP_TO) {
            out = takeHead();
        } else {
            if (head != null) {
                channel.write(takeHead(), channel.voidPromise());
            }
            out = channel.alloc().ioBuffer(bytes.length + 20);
        }
        if (chunked) {
            out.writeCharSequence(Integer.toHexString(bytes.length), StandardCharsets.ISO_8859_1);
            out.writeBytes(CRLF);
        }
        out.writeBytes(bytes);
        if (chunked) {
            out.writeBytes(CRLF);
        }
        if (source.isEnded()) {
            end(out);
        } else {
            channel.write(out, channel.voidPromise());
        }
    }

    /** Such a part counts for nothing in the channel's buffer: the next thing waits until it has left. */
    private void write(FilePart part) {
        if (head != null) {
            channel.write(takeHead(), channel.voidPromise());
        }
        written += part.count();
        PartRegion next = new PartRegion(part);
        region = next;
        if (source.isEnded()) {
            end(next);
        } else {
            channel.writeAndFlush(next).addListener(sent -> run());
        }
    }

    private ByteBuf takeHead() {
        ByteBuf out = head;
        head = null;
        headSent = true;
        return out == null ? channel.alloc().ioBuffer() : out;
    }

    private void finish() {
        end(takeHead());
    }

    private void end(ByteBuf out) {
        if (chunked && !over) {
            out.writeByte('0');
            out.writeBytes(CRLF);
            Headers trailers = source.trailers();
            HeadWriter.fields(trailers, out);
        }
        end((ReferenceCounted) out);
    }

    private void end(ReferenceCounted message) {
        if (over) {
            message.release();
            return;
        }
        over = true;
        source.close();
        channel.write(message, channel.voidPromise());
        channel.flush();
        ChannelOutboundBuffer left = channel.unsafe().outboundBuffer();
        if (left != null && left.isEmpty()) { // as nearly always; a promise for each answer would cost more than asking
            done.done(written, null);
            return;
        }
        ChannelFuture last = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        last.addListener(future -> done.done(written, future.isSuccess() ? null : Failure.CLIENT_LEFT));
    }

    private void abort(Failure failure) {
        over = true;
        if (head != null) {
            head.release();
            head = null;
        }
        channel.flush();
        source.close();
        done.done(written, failure);
    }

    /** Gives up; {@link Done} hears nothing. */
    public void cancel() {
        if (!over) {
            over = true;
            if (head != null) {
                head.release();
                head = null;
            }
            source.close();
        }
    }

    /** Whether the head has left for the channel. */
    public boolean isHeadSent() {
        return headSent;
    }

    /** Body bytes handed to the channel. */
    public long written() {
        return written;
    }

    /** Body bytes that are not in the channel's count of what is pending, and have not left. */
    public long unsent() {
        PartRegion last = region;
        return last == null ? 0 : last.left();
    }
}
