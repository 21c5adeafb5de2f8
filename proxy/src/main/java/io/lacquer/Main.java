package io.lacquer;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0; 1 run time; 2 usage; 78 configuration. */
@Command(
        name = "lacquer",
        description = "A multi-level HTTP caching reverse proxy: L1 in process, L2 in Redis, in front of your API.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Versions.class,
        subcommands = {
            RunCommand.class,
            CheckCommand.class,
            PurgeCommand.class,
            EventCommand.class,
            DemoCommand.class,
            TrainingRun.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 run time, 2 usage, 78 configuration.",
            "Start with `lacquer demo`; then write a policies.yaml and `lacquer check` it."
        })
public final class Main implements Runnable {
    /** The exit code for a configuration that can't be used (sysexits' EX_CONFIG). */
    static final int EXIT_CONFIG = 78;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs one command. */
    static int execute(String... args) {
        return line().execute(args);
    }

    /** The command line, ready to run any command. */
    static CommandLine line() {
        return new CommandLine(new Main())
                .setExpandAtFiles(false) // a tag may start with @
                .setParameterExceptionHandler(Main::refuse)
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr().println("lacquer: " + failure.getMessage());
                    return 1;
                });
    }

    /** One line; the whole help would hide it. */
    private static int refuse(CommandLine.ParameterException wrong, String[] args) {
        CommandLine line = wrong.getCommandLine();
        line.getErr().println("lacquer: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, line.getErr());
        if (line.getParent() == null) {
            line.usage(line.getErr());
        } else {
            line.getErr().println("see " + line.getCommandSpec().qualifiedName() + " --help");
        }
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "say what to do: run, check, purge, event or demo");
    }

    /** {@code --version}. */
    static final class Versions implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"lacquer " + Version.text()};
        }
    }
}
