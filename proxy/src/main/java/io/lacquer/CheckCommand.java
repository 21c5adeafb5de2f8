package io.lacquer;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Path file = ConfigSource.file(config);
        ConfigSource.Read read = new ConfigSource(file, null, null, null, System.getenv()).read();
        var out = spec.commandLine().getOut();
        read.complaints().forEach(out::println);
        if (read.config() == null) {
            out.flush();
            return Main.EXIT_CONFIG;
        }
        String name = file == null ? "no policies.yaml here; the built-in defaults" : file.toString();
        int policies = read.config().policies().size();
        out.println(name + ": ok, " + policies + (policies == 1 ? " policy" : " policies"));
        out.flush();
        return 0;
    }
}
