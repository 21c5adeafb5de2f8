package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.ConfigLoader;
import io.lacquer.e2e.Client;
import io.lacquer.e2e.Origin;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.Flights;
import io.lacquer.observe.Counts;
import io.lacquer.observe.Gauges;
import io.lacquer.observe.MetricsPage;
import io.lacquer.purge.HitShares;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Inventory;
import io.lacquer.purge.LocalLog;
import io.lacquer.purge.Purges;
import io.lacquer.purge.SharedHits;
import io.lacquer.rules.Reason;
import io.lacquer.store.Ledger;
import io.lacquer.store.RemoteTier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The tables of words and metrics are what the code has, no more and no less. With {@code -Dlacquer.docs.write=true}
 * the tables of words are written anew.
 */
class DocumentedTest {
    private static final Path DOCS = Stream.of(Path.of("docs"), Path.of("../docs"))
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow();
    private static final Pattern FIRST_CELL = Pattern.compile("^\\| `([^`]+)`");

    private static String reasons() {
        StringBuilder page = new StringBuilder("""
            # Reasons

            `Cache-Status` (RFC 9211) carries one of these words as `detail`; metrics have it as `reason`, the access
            log as `reason` and `not_stored`. The words are stable.

            ## Why an answer came from where it came from

            | word | what happened | what to change |
            |---|---|---|
            """);
        for (Reason reason : Reason.values()) {
            page.append(
                    "| `%s` | %s | %s |\n".formatted(reason.word(), cell(reason.sentence()), cell(reason.remedy())));
        }
        page.append("""

            ## What went wrong

            An answer that Lacquer makes itself is `text/plain` and says `status word: sentence`. 499 is never sent: it
            is what the access log shows for a client that left.

            | word | side | status | what happened |
            |---|---|---|---|
            """);
        for (Failure failure : Failure.values()) {
            page.append("| `%s` | %s | %d | %s |\n"
                    .formatted(
                            failure.word(),
                            failure.side().name().toLowerCase(java.util.Locale.ROOT),
                            failure.status(),
                            cell(failure.sentence())));
        }
        return page.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    private static Set<String> firstCells(String file) throws IOException {
        Set<String> words = new TreeSet<>();
        for (String line : Files.readAllLines(DOCS.resolve(file))) {
            Matcher cell = FIRST_CELL.matcher(line);
            if (cell.find()) {
                words.add(cell.group(1));
            }
        }
        return words;
    }

    @Test
    void theTablesOfWordsAreWhatTheCodeSays() throws IOException {
        Path file = DOCS.resolve("reasons.md");
        if (Boolean.getBoolean("lacquer.docs.write")) {
            Files.writeString(file, reasons());
        }
        assertThat(Files.readString(file)).isEqualTo(reasons());
    }

    @Test
    void everyWordIsDocumentedOnceAndNothingElseIs() throws IOException {
        List<String> words = Stream.concat(
                        Arrays.stream(Reason.values()).map(Reason::word),
                        Arrays.stream(Failure.values()).map(Failure::word))
                .toList();
        assertThat(words).doesNotHaveDuplicates().allMatch(word -> word.matches("[a-z0-9-]+"));
        assertThat(firstCells("reasons.md")).containsExactlyInAnyOrderElementsOf(Set.copyOf(words));
    }

    @Test
    void everyMetricIsDocumentedAndNothingElseIs() throws IOException {
        String yaml = """
            version: 1
            origins: {api: {servers: ["${ORIGIN}"]}}
            """;
        Set<String> families = new TreeSet<>();
        try (Origin origin = new Origin();
                Proxy proxy = Proxy.start(yaml, origin.url(), new ManualClock())) {
            Client.get(proxy.port(), "/a");
            Client.once(proxy.port(), "BAD\u0001", "/", "");
            String json = "Content-Type: application/json";
            Client.once(proxy.adminPort(), "POST", "/api/v1/cache/clear-all", "", "Host: localhost", json);
            for (String line : proxy.server().metrics().lines().toList()) {
                if (line.startsWith("# TYPE ")) {
                    families.add(line.split(" ")[2]);
                }
            }
        }
        families.removeIf(name -> name.startsWith("jvm_"));
        Set<String> documented = firstCells("metrics.md");
        documented.removeIf(name -> name.startsWith("jvm_") || name.startsWith("lacquer_l2_"));
        assertThat(documented).containsExactlyInAnyOrderElementsOf(families);
    }

    private static final Inventory NOTHING = (scope, most) -> Inventory.Hit.NONE;

    @Test
    void everyMetricOfRedisIsDocumented() throws IOException {
        Counts counts = new Counts();
        RemoteTier.State state = new RemoteTier.State(true, 1, 2, 3, 4, 5, null);
        ManualClock clock = new ManualClock();
        Purges purges = new Purges(clock);
        LocalLog log = new LocalLog(purges, clock, "n");
        Invalidations invalidations = new Invalidations(
                log,
                NOTHING,
                new SharedHits(new HitShares(clock), log, clock, "n", Runnable::run),
                () -> ConfigLoader.defaults("http://127.0.0.1:1"),
                clock,
                "n");
        Gauges gauges = new Gauges(
                new Ledger(1),
                () -> 0,
                () -> 0,
                () -> 0,
                Map.of(),
                Map.of(),
                () -> state,
                () -> null,
                new Flights(clock),
                purges,
                invalidations,
                () -> 0,
                () -> 0,
                () -> 0,
                () -> 0,
                () -> 0,
                () -> 0);
        String page = new MetricsPage(counts, gauges, "1").scrape();
        assertThat(page.lines()
                        .filter(line -> line.startsWith("# TYPE lacquer_l2_"))
                        .map(line -> line.split(" ")[2]))
                .containsExactlyInAnyOrderElementsOf(firstCells("metrics.md").stream()
                        .filter(name -> name.startsWith("lacquer_l2_"))
                        .toList());
    }
}
