package io.lacquer;

import io.lacquer.config.Durations;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How something is purged: what {@code lacquer purge} and {@code lacquer event} have in common. */
final class PurgeOptions {
    private static final Duration USUAL_WAIT = Duration.ofSeconds(5);

    @Option(names = "--soft", description = "Make it stale rather than unusable: it may be served while refreshed.")
    private boolean soft;

    @Option(
            names = "--wait",
            paramLabel = "WHOM",
            description = "local: until this node has it; all: until every node has it. Default: local.")
    private @Nullable Wait wait;

    @Option(names = "--timeout", paramLabel = "TIME", description = "How long --wait all may take, e.g. 2s.")
    private @Nullable String timeout;

    @Option(names = "--dry-run", description = "Say what it would take, and change nothing.")
    private boolean dryRun;

    @Option(names = "--force", description = "Also where it takes most of what is being hit.")
    private boolean force;

    /** Whom to wait for. */
    @SuppressWarnings("MemberName") // as it is typed
    enum Wait {
        local,
        all
    }

    /** Asks for what is named, in this way, and says what came of it; the exit code. */
    int ask(AdminOptions admin, String path, Map<String, Object> named, CommandLine line)
            throws IOException, InterruptedException {
        Map<String, Object> asked = new LinkedHashMap<>(named);
        putIf(soft, asked, "soft");
        if (wait != null) {
            asked.put("wait", wait.name());
        }
        if (timeout != null) {
            asked.put("timeout", timeout);
        }
        putIf(dryRun, asked, "dry_run");
        putIf(force, asked, "force");
        Duration patience = PurgeReport.MARGIN.plus(timeout == null ? USUAL_WAIT : duration(timeout, line));
        AdminClient client = admin.client();
        PurgeReport report = new PurgeReport(client, dryRun, soft, wait == Wait.all);
        return report.print(client.post(path, asked, patience), admin.format(), line);
    }

    private static void putIf(boolean given, Map<String, Object> asked, String name) {
        if (given) {
            asked.put(name, true);
        }
    }

    private static Duration duration(String text, CommandLine line) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new ParameterException(line, "--timeout: " + malformed.getMessage());
        }
    }
}
