package io.lacquer.transport.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Heads of answers on one connection, one after the other. */
class ResponseReaderTest {
    private static final List<String> LINES = List.of(
            "HTTP/1.1 200 OK",
            "HTTP/1.0 200 OK",
            "HTTP/1.1 200",
            "HTTP/1.1 200 ",
            "HTTP/1.1 200 OKAY",
            "HTTP/1.1 204 No Content",
            "HTTP/1.1 599 OK");

    private final ResponseReader reader = new ResponseReader();

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** What a line means does not depend on the lines before it, nor on where the network cuts. */
    @Property(tries = 200)
    void eachHeadIsReadForItself(@ForAll Random random) throws WireException {
        for (int i = 0; i < 6; i++) {
            String line = LINES.get(random.nextInt(LINES.size()));
            String text = line + "\r\nA: " + i + "\r\n\r\n";
            int cut = random.nextInt(text.length());
            ByteBuf in = bytes(text.substring(0, cut));
            assertThat(reader.read(in)).isNull();
            in.writeCharSequence(text.substring(cut), StandardCharsets.ISO_8859_1);
            ResponseHead head = reader.read(in);
            assertThat(head).isEqualTo(new ResponseReader().read(bytes(text)));
            assertThat(head).isNotNull();
            assertThat(head.headers().get("A")).isEqualTo(Integer.toString(i));
            assertThat(reader.minor()).isEqualTo(line.charAt(7) - '0');
        }
    }

    @Test
    void aBadLineAfterAGoodOneIsBad() throws WireException {
        assertThat(reader.read(bytes("HTTP/1.1 200 OK\r\n\r\n"))).isNotNull();
        assertThatThrownBy(() -> reader.read(bytes("HTTP/1.1 2000 OK\r\n\r\n"))).isInstanceOf(WireException.class);
    }
}
