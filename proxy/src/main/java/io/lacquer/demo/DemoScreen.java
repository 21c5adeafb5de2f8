package io.lacquer.demo;

import java.io.Console;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code lacquer demo} shows once all runs. Each {@code curl} line can be pasted as it is.
 *
 * @param lacquer address of the main listener, {@code http://…}
 * @param admin address of the admin listener
 * @param api address of the demo API
 * @param redis address of its Redis
 * @param policies the configuration
 * @param remarks such as that a port was taken
 * @param colour whether to use colours
 */
public record DemoScreen(
        String lacquer, String admin, String api, String redis, Path policies, List<String> remarks, boolean colour) {

    /** How long the product list and the flaky endpoint stay fresh in the demo. */
    public static final int FRESH_SECONDS = 5;
    /** Where a POST to the demo API restarts Lacquer. */
    public static final String RESTART = "/_restart";

    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String GREEN = "\u001b[32m";
    private static final String RESET = "\u001b[0m";
    private static final String HEADERS = " | grep -iE '^(x-cache|age)'";

    /** Whether standard output is a terminal that may have colours. */
    @SuppressWarnings("SystemConsoleNull") // JDK 25 returns null again where there is no terminal
    public static boolean wantsColour() {
        Console console = System.console();
        String refusal = System.getenv("NO_COLOR");
        return console != null && console.isTerminal() && (refusal == null || refusal.isEmpty());
    }

    /** All lines, the last one included. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("  " + paint(BOLD, "Lacquer") + paint(DIM, ", in front of an API that says nothing about caching"));
        lines.add("");
        lines.add(where("Lacquer", lacquer, "ask here"));
        lines.add(where("demo API", api, "the slow origin; counts at /_count"));
        lines.add(where("admin", admin, "/api/v1/cache/stats, /metrics, /readyz"));
        lines.add(where("Redis", redis, "L2, behind the L1 in this process"));
        lines.add(where("policies", policies.toString(), "an edit applies at once"));
        remarks.forEach(remark -> lines.add("  " + paint(DIM, remark)));
        lines.add("");
        lines.add("  Five lines to try, in another terminal:");
        List<Step> steps = steps();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            lines.add("");
            lines.add("  " + paint(BOLD, (i + 1) + "  " + step.title()));
            lines.add("     " + paint(GREEN, step.command()));
            lines.add("     " + paint(DIM, step.lookFor()));
        }
        lines.add("");
        lines.add("  Ctrl-C ends all of it.");
        lines.add("");
        return String.join(System.lineSeparator(), lines);
    }

    /** One line to try. */
    record Step(String title, String command, String lookFor) {}

    List<Step> steps() {
        String products = "curl -si " + lacquer + "/api/products" + HEADERS;
        String user = lacquer + "/api/users/1";
        String flaky = lacquer + "/api/flaky";
        String report = "curl -si " + lacquer + "/api/report" + HEADERS;
        return List.of(
                new Step(
                        "A slow list: enter it twice",
                        products.replace("age)", "age|cache-status)"),
                        "MISS after 0.3 s, then HIT from L1 at once; Cache-Status says why"),
                new Step(
                        "Stale while it revalidates",
                        "sleep " + (FRESH_SECONDS + 1) + "; " + products + "; sleep 1; " + products,
                        "STALE at once, as it is older than its " + FRESH_SECONDS
                                + " s; then HIT with a young Age: it was refreshed meanwhile"),
                new Step(
                        "A write makes what it changed go",
                        "curl -s " + user + "; curl -s -X PUT -d '{\"name\":\"Ada L.\"}' " + user + "; curl -si " + user
                                + " | grep -iE '^x-cache|name'",
                        "after the PUT a MISS with the new version, though the first answer was kept for 10 minutes"),
                new Step(
                        "The origin fails",
                        "curl -s " + flaky + "; curl -s -X POST " + flaky + "/break; sleep " + (FRESH_SECONDS + 1)
                                + "; curl -si " + flaky + " | grep -iE '^(http|x-cache|age)'",
                        "200 and STALE, though the API answers 503 by now; a POST to /api/flaky/mend repairs it"),
                new Step(
                        "A restart: L1 is empty, Redis is not",
                        report + "; curl -s -X POST " + api + RESTART + "; " + report,
                        "MISS after 1.5 s; Lacquer restarts; then HIT from L2 at once, and its Age goes on"));
    }

    private String where(String name, String address, String what) {
        return "  " + String.format("%-10s", name) + paint(BOLD, String.format("%-27s", address)) + " "
                + paint(DIM, what);
    }

    private String paint(String style, String text) {
        return colour ? style + text + RESET : text;
    }
}
