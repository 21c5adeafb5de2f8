package io.lacquer.transport.http1;

import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;

/** Writes heads; every value came through a reader or a validated configuration, so none can hold a line break. */
public final class HeadWriter {
    /** A head is put together on the heap and copied once: that is cheaper than many small writes to a buffer. */
    private static final FastThreadLocal<HeadWriter> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected HeadWriter initialValue() {
            return new HeadWriter();
        }
    };

    private byte[] bytes = new byte[2048];
    private int length;

    private HeadWriter() {}

    /** A response head, always as HTTP/1.1 (RFC 9112 §2.3). */
    public static void write(ResponseHead head, ByteBuf out) {
        HeadWriter to = begin();
        to.text("HTTP/1.1 ");
        to.text(Integer.toString(head.status()));
        to.text(" ");
        to.text(head.reason());
        to.crlf();
        to.fields(head.headers());
        to.flush(out);
    }

    /** A request head. */
    public static void write(RequestHead head, ByteBuf out) {
        HeadWriter to = begin();
        to.text(head.method());
        to.text(" ");
        to.text(head.target());
        to.text(" HTTP/1.1");
        to.crlf();
        to.fields(head.headers());
        to.flush(out);
    }

    /** Field lines and the empty line behind them. */
    public static void fields(Headers headers, ByteBuf out) {
        HeadWriter to = begin();
        to.fields(headers);
        to.flush(out);
    }

    private static HeadWriter begin() {
        HeadWriter writer = OF_THREAD.get();
        writer.length = 0;
        return writer;
    }

    private void fields(Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            text(headers.name(i));
            text(": ");
            text(headers.value(i));
            crlf();
        }
        crlf();
    }

    /** One octet a char (ISO 8859-1); what is none is a question mark, never the octet of its low bits. */
    private void text(String text) {
        int end = length + text.length();
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
        }
        byte[] to = bytes;
        int at = length;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            to[at++] = (byte) (c <= 0xff ? c : '?');
        }
        length = end;
    }

    private void crlf() {
        text("\r\n");
    }

    private void flush(ByteBuf out) {
        out.writeBytes(bytes, 0, length);
    }
}
