package io.lacquer;

import io.lacquer.config.Loaded;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code lacquer check}: every error and warning of a policies file, each with its place. */
@Command(
        name = "check",
        description = "Read a policies file and say everything that is wrong with it.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The policies file. Default: policies.yaml in the current folder.")
    private @Nullable Path config;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text or json. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Path file = ConfigSource.file(config);
        Loaded loaded = new ConfigSource(file, null, null, null, System.getenv()).load();
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.json) {
            out.println(new JsonMapper().writeValueAsString(document(loaded)));
        } else {
            loaded.complaints().forEach(out::println);
            if (loaded.config() != null) {
                String name = file == null ? "no policies.yaml here; the built-in defaults" : file.toString();
                int policies = loaded.config().policies().size();
                out.println(name + ": ok, " + policies + (policies == 1 ? " policy" : " policies"));
            }
        }
        out.flush();
        return loaded.config() == null ? Main.EXIT_CONFIG : 0;
    }

    private static Map<String, Object> document(Loaded loaded) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ok", loaded.config() != null);
        document.put("complaints", loaded.complaints());
        return document;
    }
}
