package io.lacquer.purge;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A process that opens a journal, appends purges, and says what became of each. */
final class JournalProcess {
    private static final int LARGE = 200_000;

    private JournalProcess() {}

    /**
     * Appends.
     *
     * @param arguments a file, and ids with commas between; the one named {@code large} is
     */
    public static void main(String[] arguments) throws Exception {
        try (Journal journal = Journal.open(Path.of(arguments[0]))) {
            for (String id : arguments[1].split(",")) {
                String tag = id.equals("large") ? "x".repeat(LARGE) : id;
                Scope scope = Scope.of(Set.of(tag), List.of());
                Purge purge = new Purge(id, "n", 0, "api", "*", scope, false, -1, false);
                boolean written =
                        journal.append(List.of(purge)).toCompletableFuture().get(10, TimeUnit.SECONDS);
                System.out.println(id + " " + written);
            }
        } catch (IOException refused) {
            System.out.println("refused: " + refused.getMessage());
        }
    }
}
