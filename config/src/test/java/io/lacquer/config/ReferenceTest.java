package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The reference of {@code policies.yaml} is held to the keys that the loader knows. */
class ReferenceTest {
    private static final Path README = Path.of("..", "README.md");
    private static final String BEGIN = "<!-- keys: begin -->\n";
    private static final String END = "<!-- keys: end -->";

    @Test
    void theReadmeNamesEveryKeyAndNoOther() throws IOException {
        String readme = Files.readString(README);
        String table = table();
        if ("true".equals(System.getenv("WRITE_REFERENCE"))) {
            int from = readme.indexOf(BEGIN) + BEGIN.length();
            Files.writeString(README, readme.substring(0, from) + table + readme.substring(readme.indexOf(END)));
            return;
        }
        assertThat(readme)
                .as("write it with WRITE_REFERENCE=true mvn test -pl config -Dtest=ReferenceTest")
                .contains(BEGIN + table + END);
    }

    private static String table() {
        List<ConfigKeys.Row> rows = ConfigKeys.rows();
        return "| key | type | default | meaning |\n|---|---|---|---|\n"
                + rows.stream().map(ReferenceTest::line).collect(Collectors.joining());
    }

    private static String line(ConfigKeys.Row row) {
        boolean plain = row.fallback().isEmpty() || row.fallback().equals("required");
        String fallback = plain ? row.fallback() : "`" + row.fallback() + "`";
        return "| `" + row.path() + "` | " + row.type() + " | " + fallback + " | " + row.meaning() + " |\n";
    }
}
