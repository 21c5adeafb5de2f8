package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lacquer.ManualClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The lines of the audit log. */
class AuditTest {
    private static final InetAddress PEER = InetAddress.ofLiteral("192.0.2.1");

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.lacquer.audit");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final ManualClock clock = new ManualClock();
    private final Audit audit = new Audit(clock);

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(lines);
    }

    private List<String> said() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void aLineSaysWhoFromWhereWhatAndHowItEnded() {
        audit.done("token:purge", PEER, "POST", "/api/v1/x", 200, "");
        audit.refused("nobody", PEER, "POST", "/api/v1/x", 401);
        assertThat(said())
                .containsExactly(
                        "who=token:purge peer=192.0.2.1 POST /api/v1/x 200",
                        "who=nobody peer=192.0.2.1 POST /api/v1/x 401 refused");
    }

    @Test
    void nothingThatACallerWritesMakesALineOrAField() {
        audit.done("jwt:a\r\n who=token:admin\u001b[2K\u202e\u0085é\\", PEER, "PO\nST", "/x\u0000 200", 200, "");
        String line = said().getFirst();
        assertThat(line)
                .isEqualTo("who=jwt:a\\u000D\\u000A\\u0020who=token:admin\\u001B[2K\\u202E\\u0085\\u00E9\\u005C"
                        + " peer=192.0.2.1 PO\\u000AST /x\\u0000\\u0020200 200");
        audit.done("jwt:" + "x".repeat(100_000), PEER, "POST", "/", 200, "");
        assertThat(said().getLast()).hasSizeLessThan(300);
    }

    @Test
    void aLineSaysWhatItWasAboutInOneWord() {
        audit.done("loopback", PEER, "POST", "/x", 200, "{\"tags\":[\"a b\"],\"all\":true}\n who=token:admin");
        assertThat(said().getFirst())
                .isEqualTo("who=loopback peer=192.0.2.1 POST /x 200"
                        + " what={\"tags\":[\"a\\u0020b\"],\"all\":true}\\u000A\\u0020who=token:admin");
    }

    @Test
    void refusedOnesAreTenASecondAndTheRestIsCounted() {
        for (int i = 0; i < 25; i++) {
            audit.refused("nobody", PEER, "POST", "/x", 401);
            audit.done("token:admin", PEER, "POST", "/x", 200, "");
        }
        assertThat(said()).filteredOn(line -> line.endsWith("refused")).hasSize(10);
        assertThat(said()).filteredOn(line -> line.endsWith("200")).hasSize(25);
        clock.advance(Duration.ofSeconds(1));
        audit.refused("nobody", PEER, "POST", "/x", 401);
        assertThat(said().getLast()).endsWith("401 refused (15 refused before it are not logged)");
        audit.refused("nobody", PEER, "POST", "/x", 401);
        assertThat(said().getLast()).endsWith("401 refused");
    }
}
