package io.lacquer;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code lacquer demo}. */
@Command(
        name = "demo",
        description = "Start a Redis, a demo API and Lacquer in front of it.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 0;
    }
}
