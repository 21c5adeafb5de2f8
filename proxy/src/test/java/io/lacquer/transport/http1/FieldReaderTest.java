package io.lacquer.transport.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.exchange.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A line is too long or not, wherever the network cuts it. */
class FieldReaderTest {
    private static final int MOST = 8;

    @ParameterizedTest(name = "{0} bytes, then \"{1}\": {2}")
    @CsvSource({
        "8, rn, line",
        "7, rn, line",
        "0, rn, line",
        "9, rn, URI_TOO_LONG",
        "8, n, MALFORMED",
        "9, n, MALFORMED",
        "10, n, URI_TOO_LONG",
        "8, r, hungry",
        "9, '', hungry",
        "10, '', URI_TOO_LONG"
    })
    void ofEightBytesAtMost(int length, String end, String verdict) {
        String text = "a".repeat(length) + end.replace('r', '\r').replace('n', '\n');
        for (int cut = 0; cut <= text.length(); cut++) {
            assertThat(read(text, cut)).as("cut at %d", cut).isEqualTo(verdict);
        }
    }

    private static String read(String text, int cut) {
        ByteBuf in = Unpooled.buffer(64);
        try {
            in.writeCharSequence(text.substring(0, cut), StandardCharsets.ISO_8859_1);
            String first = FieldReader.line(in, MOST, Failure.URI_TOO_LONG);
            in.writeCharSequence(text.substring(cut), StandardCharsets.ISO_8859_1);
            String line = first == null ? FieldReader.line(in, MOST, Failure.URI_TOO_LONG) : first;
            return line == null ? "hungry" : "line";
        } catch (WireException refused) {
            return refused.failure().name();
        } finally {
            in.release();
        }
    }
}
