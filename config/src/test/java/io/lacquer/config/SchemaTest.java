package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The published schema and the loader agree. */
class SchemaTest {
    private static final Path PUBLISHED = Path.of("../docs/policies.schema.json");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Golden.read(PUBLISHED));

    static List<Path> accepted() {
        List<Path> files = new ArrayList<>(Golden.files("good"));
        files.addAll(Golden.files("warned"));
        files.add(Path.of("../policies.yaml"));
        return files;
    }

    static List<Path> refused() {
        return Golden.files("bad/structure");
    }

    @ParameterizedTest
    @MethodSource
    void accepted(Path file) {
        assertThat(SCHEMA.validate(tree(file))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource
    void refused(Path file) {
        assertThat(SCHEMA.validate(tree(file))).isNotEmpty();
    }

    @Test
    void isTheOneThatTheKeysMake() throws Exception {
        String made = JSON.writeValueAsString(ConfigKeys.schema()) + "\n";
        if ("true".equals(System.getenv("WRITE_SCHEMA"))) {
            Files.writeString(PUBLISHED, made);
        }
        assertThat(Golden.read(PUBLISHED)).isEqualTo(made);
    }

    @Test
    void hasEveryKeyAndNoOther() {
        Set<String> keys =
                ConfigKeys.rows().stream().map(ConfigKeys.Row::path).collect(Collectors.toCollection(TreeSet::new));
        Set<String> properties = new TreeSet<>();
        collect(JSON.readTree(Golden.read(PUBLISHED)), "", properties);
        assertThat(properties).isEqualTo(keys);
    }

    @Test
    void theLoaderKnowsExactlyTheKeysOfTheTable() {
        Set<String> top = ConfigKeys.rows().stream()
                .map(ConfigKeys.Row::path)
                .filter(path -> path.indexOf('.') < 0)
                .collect(Collectors.toSet());
        String yaml = top.stream().map(key -> key + ": {nothing: 1}\n").collect(Collectors.joining()) + "more: 1\n";
        List<Complaint> complaints =
                new ConfigLoader().parse("f", yaml, Map.of()).complaints();
        assertThat(complaints)
                .filteredOn(each -> each.problem().startsWith("unknown key") && each.column() == 1)
                .hasSize(1);
    }

    @Test
    void everyKeyIsExplained() {
        assertThat(ConfigKeys.rows())
                .allSatisfy(row -> assertThat(row.meaning()).isNotBlank());
    }

    /** Not with Jackson's own YAML reader, which takes aliases for texts. */
    private static JsonNode tree(Path file) {
        Load load = new Load(LoadSettings.builder().build());
        return JSON.valueToTree(load.loadFromString(Golden.read(file)));
    }

    private static void collect(JsonNode schema, String path, Set<String> into) {
        for (var property : schema.path("properties").properties()) {
            String key = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
            into.add(key);
            assertThat(property.getValue().path("description").asString())
                    .as(key)
                    .isNotBlank();
            collect(property.getValue(), key, into);
        }
        for (JsonNode each : schema.path("anyOf")) {
            collect(each, path, into);
        }
        if (schema.path("items").isObject()) {
            collect(schema.path("items"), path + "[]", into);
        }
        if (schema.path("additionalProperties").isObject()) {
            String name = List.of("origins", "namespaces").contains(path) ? ".<name>" : ".<any>";
            collect(schema.path("additionalProperties"), path + name, into);
        }
    }
}
