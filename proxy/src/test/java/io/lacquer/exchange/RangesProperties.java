package io.lacquer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.CacheKey;
import io.lacquer.http.ContentRange;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.StoredHead;
import io.lacquer.rules.RangeRule;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.StoredResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is served of a representation, and what is put together of it, are its bytes. */
class RangesProperties {
    private static final int COMPLETE = 60;

    /** Byte {@code i} of the whole; no two neighbours are equal. */
    private static byte at(int i) {
        return (byte) ('A' + i);
    }

    private static byte[] bytes(Span span) {
        byte[] bytes = new byte[(int) span.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = at((int) span.first() + i);
        }
        return bytes;
    }

    private static StoredResponse stored(Span span, String etag, Ledger ledger) {
        Extents extents = Extents.of(new ContentRange(span, COMPLETE));
        Headers fields = Headers.of("ETag", etag, "Content-Type", "text/plain");
        StoredHead head = new StoredHead(
                new StoredHead.Owner("p", "p"),
                ResponseHead.of(200, fields),
                false,
                Map.of(),
                List.of(),
                0,
                0,
                extents.isWhole() ? null : extents);
        byte[] bytes = bytes(span);
        int half = bytes.length / 2;
        List<byte[]> segments = half == 0
                ? List.of(bytes)
                : List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length));
        return new StoredResponse(
                new CacheKey("http://a/", "s\nhttp://a/"),
                "s\nhttp://a/",
                head,
                Body.of(segments, bytes.length, ledger),
                new Fence(1, 2, 3));
    }

    @Provide
    Arbitrary<List<Span>> pieces() {
        Arbitrary<Integer> at = Arbitraries.integers().between(0, COMPLETE - 1);
        return Combinators.combine(at, Arbitraries.integers().between(1, 20))
                .as((first, length) -> new Span(first, Math.min(COMPLETE - 1, first + length - 1)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(8);
    }

    private static StoredResponse combined(List<Span> pieces, Ledger ledger) {
        StoredResponse all = null;
        for (Span piece : pieces) {
            StoredResponse former = all;
            all = Assembly.combined(former, stored(piece, "\"1\"", ledger), 1 << 20, ledger);
            if (former != null) {
                former.body().release();
            }
        }
        return all;
    }

    @Property(tries = 2000)
    void partsPutTogetherAreTheBytesOfTheWhole(@ForAll("pieces") List<Span> pieces) {
        Ledger ledger = new Ledger(1 << 20);
        StoredResponse all = combined(pieces, ledger);
        BitSet model = new BitSet();
        pieces.forEach(piece -> model.set((int) piece.first(), (int) piece.last() + 1));
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        model.stream().forEach(i -> expected.write(at(i)));
        assertThat(all.body().toBytes()).isEqualTo(expected.toByteArray());
        assertThat(all.head().extents() == null).isEqualTo(model.cardinality() == COMPLETE);
        all.body().release();
        assertThat(ledger.used()).as("nothing is held twice").isZero();
    }

    @Property
    void partsOfAnotherRepresentationAreNeverPutTogether(@ForAll("pieces") List<Span> pieces) {
        Ledger ledger = new Ledger(1 << 20);
        StoredResponse former = combined(pieces, ledger);
        StoredResponse fresh = stored(pieces.getFirst(), "\"2\"", ledger);
        assertThat(Assembly.combined(former, fresh, 1 << 20, ledger)).isSameAs(fresh);
        StoredResponse weak = stored(pieces.getFirst(), "W/\"1\"", ledger);
        assertThat(Assembly.combined(weak, weak, 1 << 20, ledger)).isSameAs(weak);
    }

    @Provide
    Arbitrary<String> ranges() {
        Arbitrary<Integer> at = Arbitraries.integers().between(0, COMPLETE);
        Arbitrary<String> spec = Combinators.combine(
                        at, at, Arbitraries.integers().between(0, 5))
                .as((a, b, kind) -> switch (kind) {
                    case 0 -> "-" + a;
                    case 1 -> a + "-";
                    default -> Math.min(a, b) + "-" + Math.max(a, b);
                });
        return spec.list().ofMinSize(1).ofMaxSize(4).map(specs -> "bytes=" + String.join(",", specs));
    }

    @Property(tries = 2000)
    void aServed206IsTheSliceOfTheWhole(@ForAll("pieces") List<Span> pieces, @ForAll("ranges") String range) {
        StoredResponse all = combined(pieces, new Ledger(1 << 20));
        serve(all, range);
    }

    @Property(tries = 2000)
    void aServed206OfAWholeIsItsSlice(@ForAll("ranges") String range) {
        serve(stored(new Span(0, COMPLETE - 1), "\"1\"", new Ledger(1 << 20)), range);
    }

    private static void serve(StoredResponse all, String range) {
        RequestHead request = new RequestHead("GET", "/", 1, Headers.of("Range", range));
        if (!RangeRule.covers(all.head(), request)
                || !(RangeRule.judge(request, all.head().head(), COMPLETE)
                        instanceof RangeRule.Verdict.Parts(List<Span> spans))) {
            return;
        }
        Delivery delivery = Ranges.of(all.head().head(), all, COMPLETE, spans);
        byte[] body = read(delivery.body());
        Headers fields = delivery.head().headers();
        assertThat(delivery.head().status()).isEqualTo(206);
        assertThat(fields.get("Content-Length")).isEqualTo(Integer.toString(body.length));
        if (spans.size() == 1) {
            assertThat(fields.get("Content-Range")).isEqualTo(new ContentRange(spans.getFirst(), COMPLETE).toString());
            assertThat(body).isEqualTo(bytes(spans.getFirst()));
            return;
        }
        String type = fields.get("Content-Type");
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        assertThat(fields.has("Content-Range")).as("RFC 9110 §15.3.7.2").isFalse();
        assertThat(parts(new String(body, StandardCharsets.ISO_8859_1), type.substring(type.indexOf('=') + 1)))
                .isEqualTo(spans.stream()
                        .map(span -> "Content-Type: text/plain\r\nContent-Range: " + new ContentRange(span, COMPLETE)
                                + "\r\n\r\n" + new String(bytes(span), StandardCharsets.ISO_8859_1))
                        .toList());
    }

    private static byte[] read(BodySource source) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!source.isEnded()) {
            all.writeBytes(source.poll());
        }
        source.close();
        return all.toByteArray();
    }

    /** RFC 2046 §5.1.1. */
    private static List<String> parts(String body, String boundary) {
        assertThat(body).endsWith("\r\n--" + boundary + "--\r\n");
        List<String> parts = new ArrayList<>(List.of(body.split("\r\n--" + boundary + "(\r\n|--\r\n)", -1)));
        assertThat(parts.removeFirst()).as("before the first").isEmpty();
        assertThat(parts.removeLast()).as("after the last").isEmpty();
        return parts;
    }
}
