package io.lacquer.exchange;

import io.lacquer.exchange.StoredSource.Piece;
import io.lacquer.http.ContentRange;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.store.StoredResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Answers that carry some bytes of a representation (RFC 9110 §15.3.7), or say that there are none (§15.5.17). */
final class Ranges {
    private Ranges() {}

    /** The head of one range. */
    static ResponseHead head(ResponseHead whole, Span span, long complete) {
        Headers fields = whole.headers()
                .edit()
                .set("Content-Range", new ContentRange(span, complete).toString())
                .set("Content-Length", Long.toString(span.length()))
                .build();
        return ResponseHead.of(206, fields);
    }

    /** There is no such byte. */
    static Delivery unsatisfiable(ResponseHead whole, long complete) {
        Headers fields = whole.headers()
                .edit()
                .remove("Content-Type")
                .remove("Content-Encoding")
                .remove("Content-Language")
                .set("Content-Range", "bytes */" + complete)
                .set("Content-Length", "0")
                .build();
        return new Delivery(ResponseHead.of(416, fields), null);
    }

    /** Ranges of a stored response, all of which are there. */
    static Delivery of(ResponseHead whole, StoredResponse stored, long complete, List<Span> spans) {
        return spans.size() == 1
                ? new Delivery(
                        head(whole, spans.getFirst(), complete),
                        new StoredSource(stored.body(), List.of(stored(stored, spans.getFirst()))))
                : multipart(whole, stored, complete, spans);
    }

    private static Delivery multipart(ResponseHead whole, StoredResponse stored, long complete, List<Span> spans) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String boundary = "lacquer" + Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        String type = whole.headers().get("Content-Type");
        List<Piece> pieces = new ArrayList<>();
        long length = 0;
        for (Span span : spans) {
            String head = "\r\n--" + boundary + (type == null ? "" : "\r\nContent-Type: " + type)
                    + "\r\nContent-Range: " + new ContentRange(span, complete) + "\r\n\r\n";
            pieces.add(new Piece.Own(head.getBytes(StandardCharsets.ISO_8859_1)));
            pieces.add(stored(stored, span));
            length += head.length() + span.length();
        }
        String end = "\r\n--" + boundary + "--\r\n";
        pieces.add(new Piece.Own(end.getBytes(StandardCharsets.ISO_8859_1)));
        Headers fields = whole.headers()
                .edit()
                .set("Content-Type", "multipart/byteranges; boundary=" + boundary)
                .set("Content-Length", Long.toString(length + end.length()))
                .build();
        return new Delivery(ResponseHead.of(206, fields), new StoredSource(stored.body(), pieces));
    }

    private static Piece stored(StoredResponse stored, Span span) {
        Extents extents = stored.head().extents();
        long first = extents == null ? span.first() : extents.offsetOf(span);
        return new Piece.Stored(new Span(first, first + span.length() - 1));
    }
}
