package io.lacquer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lacquer purge}: makes stored answers unusable, by what they are. */
@Command(
        name = "purge",
        description = "Purge stored answers, in L1 and L2, on every node.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  lacquer purge --tag user:42 --tag users",
            "  lacquer purge --url https://shop.example.org/api/products?page=1",
            "  lacquer purge --prefix shop.example.org/api/ --soft",
            "  lacquer purge --pattern '*/img/*.png' --dry-run",
            "  lacquer purge --namespace products --wait all --timeout 5s",
            "  lacquer purge --table orders -o json",
            "  lacquer purge --all --force",
            "",
            "What is given adds up: each option names more to purge. Options may be repeated, but for --table.",
            "Exit codes: 0 done as asked, 1 not or not everywhere, 2 usage."
        })
final class PurgeCommand implements Callable<Integer> {
    private static final String PATH = "/api/v1/cache/invalidate";

    @Option(names = "--tag", paramLabel = "TAG", description = "Answers with this tag.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--tag-pattern",
            paramLabel = "GLOB",
            description = "Answers with a tag that matches, e.g. 'user:*'.")
    private List<String> tagPatterns = new ArrayList<>();

    @Option(names = "--url", paramLabel = "URL", description = "One URL; without a scheme http and https.")
    private List<String> urls = new ArrayList<>();

    @Option(names = "--prefix", paramLabel = "PREFIX", description = "All URLs that start so: host/path.")
    private List<String> prefixes = new ArrayList<>();

    @Option(
            names = "--pattern",
            paramLabel = "GLOB",
            description = "All URLs whose host and path match, e.g. '*/img/*'.")
    private List<String> patterns = new ArrayList<>();

    @Option(names = "--namespace", paramLabel = "NAME", description = "All answers of the policies of a namespace.")
    private List<String> namespaces = new ArrayList<>();

    @Option(names = "--table", paramLabel = "NAME", description = "Answers with the tag table:NAME.")
    private @Nullable String table;

    @Option(names = "--all", description = "Everything.")
    private boolean all;

    @Mixin
    private PurgeOptions how = new PurgeOptions();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        return how.ask(admin, PATH, asked(), spec.commandLine());
    }

    /** The environment to read instead of the process' own. */
    void environment(Map<String, String> other) {
        admin.environment(other);
    }

    private Map<String, Object> asked() {
        Map<String, Object> asked = new LinkedHashMap<>();
        put(asked, "urls", "--url", urls);
        put(asked, "tags", "--tag", tags);
        put(asked, "tag_patterns", "--tag-pattern", tagPatterns);
        put(asked, "prefixes", "--prefix", prefixes);
        put(asked, "patterns", "--pattern", patterns);
        put(asked, "namespaces", "--namespace", namespaces);
        if (table != null) {
            put(asked, "table_name", "--table", List.of(table));
            asked.put("table_name", table);
        }
        if (asked.isEmpty() != all) {
            throw usage(
                    all
                            ? "--all is everything already; leave it out, or leave out the others"
                            : "say what to purge: --tag, --tag-pattern, --url, --prefix, --pattern, --namespace,"
                                    + " --table or --all");
        }
        if (all) {
            asked.put("all", true);
        }
        return asked;
    }

    /** An unset variable in a script leaves an empty value, which as a prefix would be everything. */
    private void put(Map<String, Object> asked, String name, String option, List<String> values) {
        if (values.stream().anyMatch(String::isBlank)) {
            throw usage(option + " is empty; give it a value (is a variable of your script not set?)");
        }
        if (!values.isEmpty()) {
            asked.put(name, values);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
