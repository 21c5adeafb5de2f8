package io.lacquer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lacquer event}: tells that something happened; the policies say what that purges. */
@Command(
        name = "event",
        description = "Tell that something happened; policies.yaml says what that purges.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  lacquer event order.created",
            "  lacquer event prices.changed stock.changed --wait all --admin http://10.0.0.5:9090",
            "",
            "Exit codes: 0 done, 1 not or not everywhere, 2 usage."
        })
final class EventCommand implements Callable<Integer> {
    private static final String PATH = "/api/v1/cache/events";

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "What happened; one or several.")
    private List<String> names = new ArrayList<>();

    @Mixin
    private PurgeOptions how = new PurgeOptions();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (names.stream().anyMatch(String::isBlank)) {
            throw new ParameterException(spec.commandLine(), "an event's name is empty; give it one");
        }
        Object event = names.size() == 1 ? names.getFirst() : names;
        return how.ask(admin, PATH, Map.of("event", event), spec.commandLine());
    }
}
