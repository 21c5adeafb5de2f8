package io.lacquer.transport.http1;

import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/** Writes heads; every value came through a reader or a validated configuration, so none can hold a line break. */
public final class HeadWriter {
    private HeadWriter() {}

    /** A response head, always as HTTP/1.1 (RFC 9112 §2.3). */
    public static void write(ResponseHead head, ByteBuf out) {
        text(out, "HTTP/1.1 ");
        text(out, Integer.toString(head.status()));
        out.writeByte(' ');
        text(out, head.reason());
        crlf(out);
        fields(head.headers(), out);
    }

    /** A request head. */
    public static void write(RequestHead head, ByteBuf out) {
        text(out, head.method());
        out.writeByte(' ');
        text(out, head.target());
        text(out, " HTTP/1.1");
        crlf(out);
        fields(head.headers(), out);
    }

    /** Field lines and the empty line behind them. */
    public static void fields(Headers headers, ByteBuf out) {
        for (int i = 0; i < headers.size(); i++) {
            text(out, headers.name(i));
            ByteBufUtil.writeShortBE(out, ':' << 8 | ' ');
            text(out, headers.value(i));
            crlf(out);
        }
        crlf(out);
    }

    private static void text(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }

    private static void crlf(ByteBuf out) {
        ByteBufUtil.writeShortBE(out, '\r' << 8 | '\n');
    }
}
