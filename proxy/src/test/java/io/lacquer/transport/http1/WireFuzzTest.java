package io.lacquer.transport.http1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;
import io.lacquer.exchange.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.function.IntUnaryOperator;

/** Readers of the wire: what they make of bytes does not depend on how the bytes are cut. */
@NativeFuzzing
public class WireFuzzTest {
    /** A reader of something, fed a growing buffer. */
    private interface Feed {
        /** Reads on; null while it is hungry. */
        String read(ByteBuf in) throws WireException;
    }

    private static String whole(byte[] bytes, Feed feed, IntUnaryOperator cut) {
        ByteBuf in = Unpooled.buffer(Math.max(1, bytes.length));
        try {
            int at = 0;
            StringBuilder seen = new StringBuilder();
            while (true) {
                String read = feed.read(in);
                if (read != null) {
                    seen.append(read.isEmpty() ? "" : read + "|");
                    if (read.startsWith("end")) {
                        return seen.append(bytes.length - at + in.readableBytes())
                                .toString();
                    }
                } else if (at == bytes.length) {
                    return seen.append("hungry").toString();
                } else {
                    int piece = Math.max(1, Math.min(bytes.length - at, cut.applyAsInt(at)));
                    in.writeBytes(bytes, at, piece);
                    at += piece;
                }
            }
        } catch (WireException refused) {
            return "refused " + refused.failure();
        } finally {
            in.release();
        }
    }

    private static void sameHoweverCut(FuzzedDataProvider data, java.util.function.Supplier<Feed> feeds) {
        int seed = data.consumeInt(1, 1000);
        byte[] bytes = data.consumeRemainingAsBytes();
        String atOnce = whole(bytes, feeds.get(), at -> Integer.MAX_VALUE);
        assertThat(whole(bytes, feeds.get(), at -> 1)).isEqualTo(atOnce);
        assertThat(whole(bytes, feeds.get(), at -> 1 + (at * 31 + seed) % 7)).isEqualTo(atOnce);
    }

    @FuzzTest
    public void requests(FuzzedDataProvider data) {
        sameHoweverCut(data, () -> {
            RequestReader reader = new RequestReader(200, 400, 8);
            return in -> {
                var head = reader.read(in);
                if (head != null) {
                    Framing.ofRequest(head);
                    assertThat(head.headers().toString().chars()).noneMatch(c -> c == '\r' || c == 0);
                }
                return head == null ? null : head.toString();
            };
        });
    }

    @FuzzTest
    public void responses(FuzzedDataProvider data) {
        sameHoweverCut(data, () -> {
            ResponseReader reader = new ResponseReader();
            return in -> {
                var head = reader.read(in);
                if (head != null) {
                    Framing.ofResponse("GET", head, reader.minor());
                    assertThat(head.status()).isBetween(100, 999);
                }
                return head == null ? null : head.toString();
            };
        });
    }

    @FuzzTest
    public void bodies(FuzzedDataProvider data) {
        long framing = data.pickValue(new long[] {Framing.CHUNKED, Framing.UNTIL_CLOSE, 0, 5, 100});
        sameHoweverCut(data, () -> {
            BodyReader reader = new BodyReader(framing, Failure.MALFORMED);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            return in -> {
                BodyReader.Progress progress = reader.read(in, bytes -> {
                    body.writeBytes(bytes);
                    return bytes.length % 2 == 0;
                });
                return switch (progress) {
                    case WHOLE ->
                        "end " + body.toString(java.nio.charset.StandardCharsets.ISO_8859_1) + reader.trailers();
                    case PAUSED -> "";
                    case HUNGRY -> null;
                };
            };
        });
    }
}
