package io.lacquer.transport.origin;

import io.lacquer.config.Origin;
import io.lacquer.exchange.BodySource;
import io.lacquer.exchange.BodyStream;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.OriginClient;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.transport.Loops;
import io.lacquer.transport.http1.BodyPump;
import io.lacquer.transport.http1.BodyReader;
import io.lacquer.transport.http1.Deadline;
import io.lacquer.transport.http1.Framing;
import io.lacquer.transport.http1.HeadWriter;
import io.lacquer.transport.http1.Inbox;
import io.lacquer.transport.http1.ResponseReader;
import io.lacquer.transport.http1.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP/1.1 connection to an origin: one call at a time, then idle in its pool or closed. On its loop. */
final class OriginConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(OriginConnection.class);
    private static final int MAX_INTERIM = 32;

    private enum Phase {
        IDLE,
        HEAD,
        BODY,
        TUNNEL,
        CLOSED
    }

    private final ServerPool pool;
    private final SocketChannel channel;
    private final Loops.NettyLoop loop;
    private final Deadline deadline;
    private final Inbox in;

    private Phase phase = Phase.IDLE;
    private @Nullable OriginCall call;
    private ResponseReader reader = new ResponseReader();
    private @Nullable BodyReader bodyReader;
    private @Nullable BodyPump pump;
    private Failure onExpiry = Failure.FIRST_BYTE_TIMEOUT;
    private boolean requestSent;
    private boolean keepAlive;
    private boolean counted = true;
    private boolean answered;
    private boolean used;
    private boolean paused;
    private boolean drains; // the channel is closed; bytes that came before are on their way to a slow reader
    private boolean processing;
    private int interims;
    private long keepMillis;
    private long takenSeen;

    OriginConnection(ServerPool pool, SocketChannel channel, Loops.NettyLoop loop) {
        this.pool = pool;
        this.channel = channel;
        this.loop = loop;
        this.in = new Inbox(channel);
        this.deadline = new Deadline(channel.eventLoop(), this::expired);
    }

    Loops.NettyLoop loop() {
        return loop;
    }

    /** Sends a call's request and gives its listener the answer. */
    void start(OriginCall next) {
        if (next.isOver()) {
            used = true;
            deadline.in(next.request().origin().keepAlive().toMillis());
            pool.release(this);
            return;
        }
        if (phase == Phase.CLOSED || !channel.isActive()) {
            next.startElsewhere(); // nothing was sent on this one
            return;
        }
        call = next;
        phase = Phase.HEAD;
        answered = false;
        requestSent = false;
        keepAlive = true;
        paused = false;
        interims = 0;
        channel.config().setAutoRead(true);
        send(next.request());
    }

    private void send(OriginClient.Request request) {
        BodyStream body = request.body();
        boolean sendsBody = body != null && !request.upgrade();
        boolean chunked = sendsBody && request.bodyLength() < 0;
        Headers.Builder fields = request.head().headers().edit();
        if (chunked) {
            fields.add("Transfer-Encoding", "chunked");
        } else if (sendsBody || announcesNoBody(request.head())) {
            fields.add("Content-Length", Long.toString(sendsBody ? request.bodyLength() : 0));
        }
        ByteBuf out = channel.alloc().ioBuffer(512);
        HeadWriter.write(request.head().with(fields.build()), out);
        if (!sendsBody) {
            channel.writeAndFlush(out, channel.voidPromise());
            sent();
            return;
        }
        BodySource source = body == null ? null : body.reader(loop);
        if (source == null) {
            out.release();
            failCall(Failure.INTERNAL);
            return;
        }
        takenSeen = Long.MIN_VALUE;
        limit(Failure.FIRST_BYTE_TIMEOUT, request.origin().betweenBytes().toMillis());
        BodyPump with = new BodyPump(channel, out, source, chunked, this::bodySent);
        pump = with;
        with.run();
    }

    /** Methods that usually have a body announce that there is none (RFC 9110 §8.6). */
    private static boolean announcesNoBody(RequestHead head) {
        return switch (head.method()) {
            case "POST", "PUT", "PATCH" -> true;
            default -> false;
        };
    }

    private void bodySent(long bytes, @Nullable Failure failure) {
        pump = null;
        if (failure != null && channel.isOutputShutdown()) {
            return; // the origin takes no more; its answer may be here already
        }
        if (failure != null) {
            // the client's body broke off, or the connection did: the request can't be completed
            keepAlive = false;
            OriginCall of = call;
            if (of != null && phase == Phase.HEAD && used && !answered && of.retry()) {
                call = null;
                close();
                return;
            }
            if (failure.side() == Failure.Side.CLIENT && failure != Failure.CLIENT_LEFT) {
                failCall(failure);
            } else {
                failCall(Failure.RESET);
            }
            return;
        }
        sent();
    }

    private void sent() {
        requestSent = true;
        OriginCall of = call;
        if (of != null && phase == Phase.HEAD && !answered) {
            limit(Failure.FIRST_BYTE_TIMEOUT, of.request().origin().firstByte().toMillis());
        }
        if (phase == Phase.IDLE) {
            goIdle();
        }
    }

    private void limit(Failure failure, long millis) {
        onExpiry = failure;
        if (millis == Long.MAX_VALUE) {
            deadline.clear();
        } else {
            deadline.in(millis);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        in.add((ByteBuf) message);
        process();
    }

    private void process() {
        ByteBuf bytes = in.bytes();
        if (processing || bytes == null) {
            return;
        }
        processing = true;
        try {
            Phase before;
            do {
                before = phase;
                advance(bytes);
            } while (phase != before && phase != Phase.CLOSED);
        } catch (WireException wrong) {
            failCall(Failure.BAD_ANSWER);
        } finally {
            processing = false;
            if (phase == Phase.CLOSED) {
                in.clear();
            }
            in.tidy();
        }
    }

    private void advance(ByteBuf bytes) throws WireException {
        switch (phase) {
            case IDLE -> {
                if (bytes.isReadable()) {
                    close(); // bytes that nobody asked for
                }
            }
            case HEAD -> readHead(bytes);
            case BODY -> readBody(bytes);
            case TUNNEL -> {
                OriginCall of = call;
                if (of != null && bytes.isReadable()) {
                    pauseUnless(of.listener().body(Inbox.drain(bytes)));
                }
            }
            case CLOSED -> bytes.skipBytes(bytes.readableBytes());
        }
    }

    private void readHead(ByteBuf bytes) throws WireException {
        OriginCall of = call;
        if (of == null) {
            return;
        }
        answered |= bytes.isReadable();
        ResponseHead head = reader.read(bytes);
        while (head != null && head.isInterim() && head.status() != 101) {
            if (++interims > MAX_INTERIM) {
                throw new WireException(Failure.BAD_ANSWER, "more than " + MAX_INTERIM + " interim answers");
            }
            of.listener().interim(head);
            head = reader.read(bytes);
        }
        if (head != null) {
            begin(of, head);
        }
    }

    private void begin(OriginCall of, ResponseHead head) throws WireException {
        if (head.status() == 101) {
            beginTunnel(of, head);
            return;
        }
        long framing = Framing.ofResponse(of.request().head().method(), head, reader.minor());
        keepAlive &= framing != Framing.UNTIL_CLOSE && staysOpen(head, reader.minor());
        keepMillis = keepMillis(of.request().origin(), head.headers());
        bodyReader = new BodyReader(framing, Failure.BAD_ANSWER);
        phase = Phase.BODY; // read next, which sets the limit unless it is here whole
        of.listener().head(head, framing < 0 ? -1 : framing);
    }

    private void beginTunnel(OriginCall of, ResponseHead head) throws WireException {
        BodyStream fromClient = of.request().body();
        if (!of.request().upgrade() || fromClient == null) {
            throw new WireException(Failure.BAD_ANSWER, "101 without a handshake");
        }
        keepAlive = false;
        phase = Phase.TUNNEL;
        counted = false;
        pool.letGo();
        deadline.clear();
        of.listener().head(head, -1);
        BodySource source = fromClient.reader(loop);
        if (source == null) {
            failCall(Failure.INTERNAL);
            return;
        }
        BodyPump with = new BodyPump(channel, channel.alloc().ioBuffer(0), source, false, (bytes, failure) -> close());
        pump = with;
        with.run();
    }

    private static boolean staysOpen(ResponseHead head, int minor) {
        boolean close = head.headers().hasToken("Connection", "close");
        return minor == 1 ? !close : !close && head.headers().hasToken("Connection", "keep-alive");
    }

    /** How long the connection may be kept: less than the origin's own {@code Keep-Alive: timeout}. */
    private static long keepMillis(Origin origin, Headers headers) {
        long ours = origin.keepAlive().toMillis();
        for (String member : headers.tokens("Keep-Alive")) {
            if (member.startsWith("timeout=")) {
                long seconds = CacheControl.deltaSeconds(member.substring("timeout=".length()));
                return seconds < 0 ? ours : Math.min(ours, Math.max(0, seconds * 1000 - 500));
            }
        }
        return ours;
    }

    private void readBody(ByteBuf bytes) throws WireException {
        OriginCall of = call;
        BodyReader from = bodyReader;
        if (of == null || from == null || paused) {
            return;
        }
        switch (from.read(bytes, of.listener()::body)) {
            case HUNGRY ->
                limit(
                        Failure.BETWEEN_BYTES_TIMEOUT,
                        of.request().origin().betweenBytes().toMillis());
            case PAUSED -> pauseUnless(false);
            case WHOLE -> {
                if (call == of) {
                    whole(of, from.trailers());
                }
            }
        }
    }

    private void pauseUnless(boolean goOn) {
        if (!goOn) {
            paused = true;
            channel.config().setAutoRead(false);
            deadline.clear();
        }
    }

    /** The listener takes bytes again. */
    void resume(OriginCall of) {
        loop.execute(() -> {
            if (call == of && paused) {
                paused = false;
                channel.config().setAutoRead(true);
                if (phase == Phase.BODY) {
                    limit(
                            Failure.BETWEEN_BYTES_TIMEOUT,
                            of.request().origin().betweenBytes().toMillis());
                }
                process();
                if (drains && call == of && !paused) {
                    ended();
                }
            }
        });
    }

    private void whole(OriginCall of, Headers trailers) {
        call = null;
        bodyReader = null;
        phase = Phase.IDLE;
        deadline.clear();
        if (!requestSent) {
            keepAlive = false; // answered before it had the whole request
        }
        if (of.finish()) {
            of.listener().end(trailers);
        }
        goIdle();
    }

    private void goIdle() {
        boolean clean = in.isEmpty();
        if (!keepAlive || !requestSent || !clean || keepMillis == 0 || !channel.isActive()) {
            close();
            return;
        }
        used = true;
        channel.config().setAutoRead(true);
        deadline.in(keepMillis);
        pool.release(this);
    }

    /** A call that nobody waits for any more takes its connection with it. */
    void abandon(OriginCall of) {
        loop.execute(() -> {
            if (call == of) {
                call = null;
                close();
            }
        });
    }

    private void expired() {
        if (phase == Phase.IDLE) {
            if (pool.takeOut(this)) {
                close();
            }
        } else if (phase == Phase.HEAD && pump != null) {
            checkUploadProgress();
        } else {
            failCall(onExpiry);
        }
    }

    /** An origin that takes no byte of an upload for a whole timeout is given up; one that waits for the client is not. */
    private void checkUploadProgress() {
        OriginCall of = call;
        BodyPump with = pump;
        var outbound = channel.unsafe().outboundBuffer();
        if (of == null || with == null || outbound == null) {
            return;
        }
        long pending = outbound.totalPendingWriteBytes();
        long taken = with.written() - pending;
        if (pending > 0 && taken == takenSeen) {
            failCall(onExpiry);
        } else {
            takenSeen = taken;
            limit(onExpiry, of.request().origin().betweenBytes().toMillis());
        }
    }

    private void failCall(Failure failure) {
        OriginCall of = call;
        call = null;
        keepAlive = false;
        if (of != null && of.finish()) {
            of.listener().failed(failure);
        }
        close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        BodyPump with = pump;
        if (with != null && channel.isWritable()) {
            with.run();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        deadline.close();
        BodyPump with = pump;
        pump = null;
        if (with != null) {
            with.cancel();
        }
        if (counted) {
            pool.closed(this);
        }
        drains = phase == Phase.BODY && paused && call != null && bodyReader != null && !in.isEmpty();
        if (!drains) {
            ended();
        }
    }

    /** Nothing more will come, and what had come has been read. */
    private void ended() {
        Phase was = phase;
        phase = Phase.CLOSED;
        if (!processing) {
            in.clear();
        }
        OriginCall of = call;
        call = null;
        if (of != null) {
            ended(of, was);
        }
    }

    private void ended(OriginCall of, Phase was) {
        BodyReader from = bodyReader;
        boolean endIsTheEnd = was == Phase.TUNNEL || (was == Phase.BODY && from != null && from.isUntilClose());
        if (endIsTheEnd) {
            if (of.finish()) {
                of.listener().end(Headers.EMPTY);
            }
        } else if (!(was == Phase.HEAD && used && !answered && of.retry()) && of.finish()) {
            of.listener().failed(was == Phase.BODY ? Failure.TRUNCATED : Failure.RESET);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("an origin connection failed and is closed", cause);
        } else if (isUploadRefused()) {
            breakOffUpload();
            return;
        } else {
            bodyReader = null; // a reset is no orderly end of a body
        }
        close();
    }

    /** The origin takes no more of the request, and may have said why before it closed. */
    private boolean isUploadRefused() {
        BodyReader from = bodyReader;
        boolean endIsClear = phase == Phase.HEAD || (phase == Phase.BODY && from != null && !from.isUntilClose());
        return channel.isOutputShutdown() && !requestSent && endIsClear;
    }

    private void breakOffUpload() {
        keepAlive = false;
        BodyPump with = pump;
        pump = null;
        if (with != null) {
            with.cancel();
        }
    }

    void close() {
        if (drains) {
            ended();
        } else {
            channel.close();
        }
    }
}
