package io.lacquer.transport.server;

import io.lacquer.exchange.Answer;
import io.lacquer.exchange.BodySource;
import io.lacquer.exchange.BodyStream;
import io.lacquer.exchange.Downstream;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.LargeHit;
import io.lacquer.exchange.Loop;
import io.lacquer.exchange.Sameness;
import io.lacquer.exchange.Service;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.transport.http1.BodyPump;
import io.lacquer.transport.http1.BodyReader;
import io.lacquer.transport.http1.Deadline;
import io.lacquer.transport.http1.Framing;
import io.lacquer.transport.http1.HeadWriter;
import io.lacquer.transport.http1.Inbox;
import io.lacquer.transport.http1.RequestReader;
import io.lacquer.transport.http1.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's HTTP/1.x connection: one request after the other, the next one (pipelined or not) once the
 * last has its answer. Reading pauses where nobody takes the bytes.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Downstream {
    /** What a listener tells its connections: to end after the answer under way. */
    enum Event {
        DRAIN
    }

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final int MAX_AHEAD = 64 * 1024;
    private static final long LINGER_MILLIS = 1500;

    /** Room for a head and a small body behind it: growing would copy. */
    private static final int HEAD_WITH_BODY = 2048;

    private enum Phase {
        /** Between requests, or within a head. */
        HEAD,
        /** A request's body is arriving. */
        BODY,
        /** The request is whole, its answer is not. */
        WAIT,
        /** After a 101: bytes, no messages. */
        TUNNEL,
        /** The last answer is out; what the client still sends is read and dropped for a moment. */
        LINGER,
        CLOSED
    }

    private final SocketChannel channel;
    private final Loop loop;
    private final Service service;
    private final Supplier<Listener.Settings> settings;
    private final boolean overLimit;
    private final BooleanSupplier draining;
    private final Deadline deadline;
    private final Inbox in;

    private Phase phase = Phase.HEAD;
    private @Nullable RequestReader reader;
    private @Nullable RequestHead request;
    private Service.@Nullable Handling handling;
    private @Nullable BodyStream body;
    private @Nullable BodyReader bodyReader;
    private @Nullable BodyPump pump;
    private @Nullable Failure bodyFailure;
    private long bodyBytes;
    private long bodyLimit;
    private boolean responding;
    private boolean keepAlive;
    private boolean processing;
    private long pendingSeen;
    private final @Nullable FastLane lane;
    private @Nullable Sameness judgedBy;
    private boolean trusted;
    private @Nullable String address;

    ClientConnection(
            SocketChannel channel,
            Loop loop,
            Service service,
            Supplier<Listener.Settings> settings,
            @Nullable FastLane lane,
            boolean overLimit,
            BooleanSupplier draining) {
        this.channel = channel;
        this.loop = loop;
        this.service = service;
        this.settings = settings;
        this.lane = lane;
        this.overLimit = overLimit;
        this.draining = draining;
        this.in = new Inbox(channel);
        this.deadline = new Deadline(channel.eventLoop(), this::expired);
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (overLimit) {
            refuse(Failure.TOO_MANY_CONNECTIONS);
        } else {
            deadline.in(settings.get().timeouts().idle().toMillis());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (phase == Phase.LINGER || phase == Phase.CLOSED) {
            bytes.release();
            return;
        }
        in.add(bytes);
        process();
    }

    /** Takes what has arrived as far as the phase allows. */
    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            Phase before;
            do {
                before = phase;
                ByteBuf bytes = in.bytes();
                if (bytes == null) {
                    break;
                }
                advance(bytes);
            } while (phase != before);
        } catch (WireException wrong) {
            refuseWhatArrives(wrong.failure());
        } finally {
            processing = false;
            if (phase == Phase.LINGER || phase == Phase.CLOSED) {
                in.clear();
            }
            in.tidy();
        }
    }

    private void advance(ByteBuf bytes) throws WireException {
        switch (phase) {
            case HEAD -> readHead(bytes);
            case BODY -> {
                if (bodyFailure == null) {
                    readBody(bytes);
                } else {
                    bytes.skipBytes(bytes.readableBytes()); // until the answer under way has left
                }
            }
            case WAIT -> {
                if (bytes.readableBytes() > MAX_AHEAD) {
                    channel.config().setAutoRead(false);
                }
            }
            case TUNNEL -> {
                BodyStream to = body;
                if (to != null && bytes.isReadable()) {
                    channel.config().setAutoRead(to.append(Inbox.drain(bytes)));
                }
            }
            case LINGER, CLOSED -> bytes.skipBytes(bytes.readableBytes());
        }
    }

    private void readHead(ByteBuf bytes) throws WireException {
        if (handling != null || !bytes.isReadable()) {
            return;
        }
        Listener.Settings held = settings.get();
        RequestReader by = reader;
        if (by == null && lane != null && takesFastLane(lane, bytes, held)) {
            return;
        }
        if (by == null) {
            by = new RequestReader(
                    held.limits().requestLine(),
                    held.limits().headerBytes(),
                    held.limits().headerCount());
        }
        RequestHead head = by.read(bytes);
        if (head != null) {
            reader = null;
            begin(head, held);
        } else if (reader == null) {
            reader = by;
            deadline.in(held.timeouts().header().toMillis());
        }
    }

    /** Answers what is a common hit, one after the other; false leaves the next request to the full path. */
    private boolean takesFastLane(FastLane by, ByteBuf bytes, Listener.Settings held) {
        boolean wrote = false;
        while (bytes.isReadable() && channel.isWritable() && !draining.getAsBoolean()) {
            ByteBuf answer = by.answer(bytes, held.limits(), isTrusted(by.sameness()), address(), channel.alloc());
            if (answer == null) {
                break;
            }
            LargeHit large = by.large();
            if (large != null) {
                give(answer, large);
                return true;
            }
            wrote = true;
            channel.write(answer, channel.voidPromise());
        }
        if (wrote) {
            channel.flush();
            deadline.in(held.timeouts().idle().toMillis());
        }
        return !bytes.isReadable();
    }

    /** A body that is more than one write. */
    private void give(ByteBuf head, LargeHit large) {
        phase = Phase.WAIT;
        responding = true;
        keepAlive = true;
        pendingSeen = Long.MIN_VALUE;
        handling = large;
        deadline.in(settings.get().timeouts().write().toMillis());
        BodyPump with = new BodyPump(channel, head, large.body(), false, this::responded);
        pump = with;
        with.run();
    }

    /** Asked once a configuration. */
    private boolean isTrusted(Sameness now) {
        if (!now.equals(judgedBy)) {
            judgedBy = now;
            trusted = now.trusts(peer());
        }
        return trusted;
    }

    @Override
    public String address() {
        String text = address;
        if (text == null) {
            text = peer().getHostAddress();
            address = text;
        }
        return text;
    }

    private void begin(RequestHead head, Listener.Settings held) throws WireException {
        long framing = Framing.ofRequest(head);
        bodyLimit = held.limits().body() == 0 ? Long.MAX_VALUE : held.limits().body();
        if (framing > bodyLimit) {
            throw new WireException(Failure.BODY_TOO_LARGE, "a body of " + framing + " bytes");
        }
        deadline.clear();
        request = head;
        bodyBytes = 0;
        bodyFailure = null;
        responding = false;
        boolean tunnel = framing == 0 && isUpgrade(head);
        keepAlive = wantsKeepAlive(head);
        if (framing == 0) {
            body = tunnel ? new BodyStream(false) : null;
            bodyReader = null;
            phase = Phase.WAIT;
        } else {
            body = new BodyStream(false);
            bodyReader = new BodyReader(framing, Failure.MALFORMED);
            phase = Phase.BODY;
            deadline.in(held.timeouts().body().toMillis());
        }
        BodyStream stream = body;
        if (stream != null) {
            stream.whenWritable(() -> loop.execute(this::resumeReading));
        }
        Service.Handling with = service.handle(head, stream, tunnel ? Service.TUNNEL : framing, peer(), this);
        handling = with;
        with.start();
    }

    private static boolean isUpgrade(RequestHead head) {
        return head.minor() == 1
                && head.method().equals("GET")
                && head.headers().hasToken("Connection", "upgrade")
                && head.headers().hasToken("Upgrade", "websocket");
    }

    private static boolean wantsKeepAlive(RequestHead head) {
        boolean close = head.headers().hasToken("Connection", "close");
        return head.minor() == 1 ? !close : !close && head.headers().hasToken("Connection", "keep-alive");
    }

    private void readBody(ByteBuf bytes) throws WireException {
        BodyReader from = bodyReader;
        BodyStream to = body;
        if (from == null || to == null) {
            return;
        }
        BodyReader.Progress progress = from.read(bytes, segment -> take(to, segment));
        if (bodyFailure != null) {
            return;
        }
        switch (progress) {
            case HUNGRY -> deadline.in(settings.get().timeouts().body().toMillis());
            case PAUSED -> {
                channel.config().setAutoRead(false);
                deadline.clear();
            }
            case WHOLE -> {
                phase = Phase.WAIT;
                deadline.clear();
                to.end(from.trailers());
            }
        }
    }

    private boolean take(BodyStream to, byte[] segment) {
        bodyBytes += segment.length;
        if (bodyBytes > bodyLimit) {
            bodyFailed(Failure.BODY_TOO_LARGE);
            return false;
        }
        return to.append(segment);
    }

    private void resumeReading() {
        if (phase == Phase.CLOSED) {
            return;
        }
        channel.config().setAutoRead(true);
        if (phase == Phase.BODY) {
            deadline.in(settings.get().timeouts().body().toMillis());
        }
        process();
    }

    /** The request's body goes wrong while somebody works on its answer. */
    private void bodyFailed(Failure failure) {
        if (bodyFailure != null) {
            return;
        }
        bodyFailure = failure;
        keepAlive = false;
        BodyStream to = body;
        if (to != null) {
            to.fail(failure);
        }
        if (!responding) {
            Service.Handling of = handling;
            handling = null;
            if (of != null) {
                of.responded(0, failure);
            }
            refuse(failure);
        }
    }

    private void refuseWhatArrives(Failure failure) {
        if (phase == Phase.BODY) {
            bodyFailed(failure);
        } else {
            refuse(failure);
        }
    }

    /** Answers what never became a request, and closes. */
    private void refuse(Failure failure) {
        service.refused(failure, peer());
        keepAlive = false;
        Answer answer = Answer.of(failure);
        ByteBuf out = channel.alloc().ioBuffer();
        HeadWriter.write(
                answer.head()
                        .with(answer.head()
                                .headers()
                                .edit()
                                .set("Connection", "close")
                                .build()),
                out);
        out.writeBytes(answer.body());
        channel.writeAndFlush(out);
        linger();
    }

    @Override
    public void interim(ResponseHead head) {
        RequestHead of = request;
        if (of != null && of.minor() == 1 && !responding && channel.isActive()) {
            ByteBuf out = channel.alloc().ioBuffer();
            HeadWriter.write(head, out);
            channel.writeAndFlush(out);
        }
    }

    @Override
    public void respond(ResponseHead head, @Nullable BodySource source) {
        RequestHead of = request;
        if (of == null || responding || !channel.isActive() || phase == Phase.LINGER || phase == Phase.CLOSED) {
            if (source != null) {
                source.close();
            }
            return;
        }
        responding = true;
        pendingSeen = Long.MIN_VALUE;
        boolean tunnel = head.status() == 101;
        boolean chunked = source != null && !tunnel && !head.headers().has("Content-Length") && of.minor() == 1;
        boolean untilClose = source != null && !tunnel && !head.headers().has("Content-Length") && of.minor() == 0;
        boolean unread = phase == Phase.BODY; // an answer before the request was whole
        boolean asked = head.headers().hasToken("Connection", "close");
        keepAlive &= !untilClose && !unread && !asked && !draining.getAsBoolean();
        ByteBuf out = channel.alloc().ioBuffer(source == null ? 512 : HEAD_WITH_BODY);
        HeadWriter.write(head.with(framed(head.headers(), of, tunnel, chunked)), out);
        if (source == null) {
            deadline.in(settings.get().timeouts().write().toMillis());
            channel.writeAndFlush(out).addListener(sent -> responded(0, sent.isSuccess() ? null : Failure.CLIENT_LEFT));
            return;
        }
        BodyPump with = new BodyPump(channel, out, source, chunked, this::responded);
        pump = with;
        if (tunnel) {
            enterTunnel();
        }
        with.run();
        if (with.equals(pump) && !tunnel) { // most answers have left by now
            deadline.in(settings.get().timeouts().write().toMillis());
        }
    }

    @Override
    public void fail() {
        if (phase == Phase.LINGER || phase == Phase.CLOSED) {
            return;
        }
        if (responding) {
            fail(Failure.INTERNAL);
            return;
        }
        Service.Handling of = handling;
        handling = null;
        if (of != null) {
            of.responded(0, Failure.INTERNAL);
        }
        refuse(Failure.INTERNAL);
    }

    private Headers framed(Headers headers, RequestHead of, boolean tunnel, boolean chunked) {
        Headers.Builder out = headers.edit().remove("Connection");
        if (tunnel) {
            return out.add("Connection", "Upgrade").add("Upgrade", "websocket").build();
        }
        if (chunked) {
            out.add("Transfer-Encoding", "chunked");
        }
        if (!keepAlive) {
            out.add("Connection", "close");
        } else if (of.minor() == 0) {
            out.add("Connection", "keep-alive");
        }
        return out.build();
    }

    private void enterTunnel() {
        phase = Phase.TUNNEL;
        keepAlive = false;
        deadline.clear();
        channel.config().setAutoRead(true);
        loop.execute(this::process);
    }

    private void responded(long bytes, @Nullable Failure failure) {
        BodyPump with = pump;
        pump = null;
        Service.Handling of = handling;
        if (of == null) {
            return;
        }
        if (failure != null && with != null && !with.isHeadSent()) {
            responding = false;
            if (of.brokeOffUnsent(failure)) {
                return;
            }
        }
        handling = null;
        of.responded(bytes, failure);
        if (failure != null) {
            close();
        } else if (phase == Phase.BODY) {
            linger();
        } else if (!keepAlive) {
            closeAfterFlush();
        } else {
            next();
        }
    }

    /** Ready for the next request, which may be here already. */
    private void next() {
        request = null;
        body = null;
        bodyReader = null;
        responding = false;
        if (draining.getAsBoolean()) {
            close();
            return;
        }
        phase = Phase.HEAD;
        deadline.in(settings.get().timeouts().idle().toMillis());
        channel.config().setAutoRead(true);
        if (!in.isEmpty()) {
            loop.execute(this::process);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        BodyPump with = pump;
        if (with != null && channel.isWritable()) {
            with.run();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Event.DRAIN && phase == Phase.TUNNEL) {
            close(); // its end is no answer cut off
        } else if (event == Event.DRAIN && phase == Phase.HEAD && handling == null && in.isEmpty()) {
            close();
        }
    }

    private void expired() {
        if (phase == Phase.HEAD && reader != null) {
            refuse(Failure.HEAD_TIMEOUT);
        } else if (phase == Phase.BODY && !responding) {
            bodyFailed(Failure.BODY_TIMEOUT);
        } else if (responding && phase != Phase.LINGER) {
            checkReaderProgress();
        } else {
            close();
        }
    }

    /** A client that takes nothing for a whole write timeout is let go; one that waits for the origin is not. */
    private void checkReaderProgress() {
        var outbound = channel.unsafe().outboundBuffer();
        long pending = outbound == null ? 0 : outbound.totalPendingWriteBytes();
        BodyPump with = pump;
        long unsent = with == null ? 0 : with.unsent();
        long seen = (with == null ? 0 : with.written() - unsent) - pending;
        if (pending + unsent > 0 && seen == pendingSeen) {
            fail(Failure.SLOW_READER);
        } else {
            pendingSeen = seen;
            deadline.in(settings.get().timeouts().write().toMillis());
        }
    }

    private void fail(Failure failure) {
        Service.Handling of = handling;
        handling = null;
        long written = pump == null ? 0 : pump.written();
        if (pump != null) {
            pump.cancel();
            pump = null;
        }
        if (of != null) {
            of.responded(written, failure);
        }
        close();
    }

    private void closeAfterFlush() {
        phase = Phase.LINGER;
        channel.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends our side and reads on for a moment, so that a reset does not destroy the answer on its way. */
    private void linger() {
        phase = Phase.LINGER;
        channel.config().setAutoRead(true);
        deadline.in(LINGER_MILLIS);
        channel.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(sent -> channel.shutdownOutput());
    }

    private void close() {
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        phase = Phase.CLOSED;
        deadline.close();
        if (!processing) {
            in.clear();
        }
        BodyPump with = pump;
        pump = null;
        if (with != null) {
            with.cancel();
        }
        BodyStream to = body;
        if (to != null) {
            to.fail(Failure.CLIENT_LEFT);
        }
        Service.Handling of = handling;
        handling = null;
        if (of != null) {
            of.clientLeft();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("a client connection failed and is closed", cause);
        }
        close();
    }

    private InetAddress peer() {
        return channel.remoteAddress() == null
                ? InetAddress.getLoopbackAddress()
                : channel.remoteAddress().getAddress();
    }
}
