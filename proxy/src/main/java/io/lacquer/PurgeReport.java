package io.lacquer;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * Says what came of a purge: what was done on standard output, what was not on standard error with what to do about it.
 *
 * @param client who asked, for messages
 * @param dryRun whether nothing was to be changed
 * @param soft whether it was to become stale only
 * @param everywhere whether every node was to be waited for
 */
record PurgeReport(AdminClient client, boolean dryRun, boolean soft, boolean everywhere) {
    /** How long an answer may take beyond what the server was asked to wait. */
    static final Duration MARGIN = Duration.ofSeconds(10);

    private static final int LONGEST_QUOTE = 300;
    private static final String SILENT = "silent";
    private static final int KIB = 1024;
    private static final List<String> UNITS = List.of("KiB", "MiB", "GiB", "TiB");

    /** Prints it; the exit code. */
    int print(AdminClient.Reply reply, Format format, CommandLine line) {
        PrintWriter out = line.getOut();
        PrintWriter err = line.getErr();
        JsonNode page = reply.document();
        boolean json = format == Format.json && page.isContainer();
        if (json) {
            out.println(reply.body());
        }
        if (!json && page.isObject() && (reply.status() == 200 || reply.status() == 202)) {
            out.println(done(page, reply.status() == 202));
            if (reply.status() == 200) {
                behind(page).forEach(out::println);
            }
        }
        String problem = problem(reply);
        if (problem != null) {
            err.println("lacquer: " + problem);
        }
        if (!json && reply.status() == 503 && !isUndone(page)) {
            behind(page).forEach(err::println);
        }
        out.flush();
        err.flush();
        return problem == null ? 0 : 1;
    }

    private String done(JsonNode page, boolean hereOnly) {
        String entries = entries(page);
        if (dryRun) {
            return "would purge" + entries + share(page) + "; nothing was changed";
        }
        StringBuilder text = new StringBuilder(soft ? "marked" + entries + " as stale" : "purged" + entries);
        text.append(hereOnly ? " on this node" : "");
        if (page.path("position").isString()) {
            text.append(", position ").append(plain(page.path("position").stringValue()));
        }
        Map<String, String> nodes = nodes(page);
        if (!hereOnly && !nodes.isEmpty()) {
            long behind = nodes.values().stream().filter(PurgeReport::isBehind).count();
            text.append(", in force on ").append(nodes.size() - behind).append(" of ");
            text.append(nodes.size() == 1 ? "1 node" : nodes.size() + " nodes");
        }
        return text.toString();
    }

    private @Nullable String problem(AdminClient.Reply reply) {
        JsonNode page = reply.document();
        String said = said(reply);
        return switch (reply.status()) {
            case 200 -> undone(page);
            case 202 ->
                (said.isEmpty() ? "not yet everywhere: it is in this node's journal only" : said)
                        + "; other nodes get it once they can, and --wait all tells whether they have";
            case 400 -> "the request is wrong: " + said;
            case 401 ->
                client.token() == null
                        ? client.address() + " wants a token; give --token-file FILE or set " + AdminAccess.VARIABLE
                        : "the token of " + client.tokenSource() + " is not taken: " + said;
            case 403 -> "not allowed: " + said;
            case 404 ->
                client.address() + " knows no such call (" + said + "); is that the admin listener? see --admin";
            case 409 ->
                "refused" + toTake(page, said) + ": " + said.replace("; force it if that is meant", "")
                        + "; add --force if that is meant";
            case 503 -> unreached(page, said);
            default -> client.address() + " answered " + reply.status() + ": " + said;
        };
    }

    private @Nullable String undone(JsonNode page) {
        if (!page.isObject()) {
            return "no JSON document from " + client.address() + "; is that the admin listener? see --admin";
        }
        boolean late = nodes(page).values().stream().anyMatch(state -> isBehind(state) && !state.equals(SILENT));
        return everywhere && !dryRun && late ? "not in force everywhere; ask again with a longer --timeout" : null;
    }

    private static String share(JsonNode page) {
        JsonNode share = page.path("share");
        return share.isNumber() ? ", " + Math.round(share.asDouble() * 100) + " % of the last hour's hits" : "";
    }

    /** The share is left out where the server says it itself. */
    private static String toTake(JsonNode page, String said) {
        String entries = entries(page);
        JsonNode share = page.path("share");
        String hits = share.isNumber() && said.indexOf('%') < 0
                ? " " + Math.round(share.asDouble() * 100) + " % of recent hits"
                : "";
        String both = entries + (entries.isEmpty() || hits.isEmpty() ? "" : " and") + hits;
        return both.isEmpty() ? "" : ", it would take" + both;
    }

    private String unreached(JsonNode page, String said) {
        boolean undone = isUndone(page);
        if (undone || page.path("missing").isEmpty()) {
            return (undone ? "nothing was done: " : "not done as asked: ") + said + "; " + client.address()
                    + "/readyz tells what is degraded";
        }
        List<String> missing = new ArrayList<>();
        page.path("missing").forEach(name -> missing.add(plain(name.asString("?"))));
        return "not in force everywhere in time, missing: " + String.join(", ", missing)
                + (said.isEmpty() ? "" : " (" + said + ")")
                + (page.path("position").isString() ? "; it is in the log and goes on by itself," : "; ask again,")
                + " --timeout waits longer";
    }

    private static boolean isUndone(JsonNode page) {
        return page.path("status").asString("").equals("no_log");
    }

    /** The lines for the nodes that have not got it; none if all have. */
    private static List<String> behind(JsonNode page) {
        Map<String, String> nodes = nodes(page);
        nodes.values().removeIf(state -> !isBehind(state));
        int width = nodes.keySet().stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        nodes.forEach((name, state) -> lines.add("  " + name + " ".repeat(width - name.length()) + "  " + state
                + (state.equals(SILENT) ? ": gone, or cut off and serving what it has (when_cut_off: serve)" : "")));
        return lines;
    }

    /** Who has no lease serves nothing that it would have to purge. */
    private static boolean isBehind(String state) {
        return !state.equals("applied") && !state.equals("lease-expired");
    }

    private static Map<String, String> nodes(JsonNode page) {
        Map<String, String> nodes = new LinkedHashMap<>();
        for (JsonNode node : page.path("nodes")) {
            nodes.put(
                    plain(node.path("name").asString("?")),
                    plain(node.path("state").asString("unknown")));
        }
        for (JsonNode name : page.path("missing")) {
            nodes.putIfAbsent(plain(name.asString("?")), "no word");
        }
        return nodes;
    }

    private static String entries(JsonNode page) {
        JsonNode entries = page.path("entries");
        if (!entries.isIntegralNumber()) {
            return "";
        }
        long count = entries.asLong(0);
        String about = page.path("counted").asString("").equals("estimate") ? " about " : " ";
        String size = count > 0 && page.path("bytes").isIntegralNumber()
                ? " (" + size(page.path("bytes").asLong(0)) + ")"
                : "";
        return about + count + (count == 1 ? " entry" : " entries") + size;
    }

    /** Bytes as people read them. */
    static String size(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= KIB - 0.5 && unit < UNITS.size() - 1) {
            value /= KIB;
            unit++;
        }
        String number = String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
        return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number) + " " + UNITS.get(unit);
    }

    private static String said(AdminClient.Reply reply) {
        JsonNode page = reply.document();
        String error = page.path("error").asString(page.path("message").asString(""));
        String text = plain(error.isEmpty() && !page.isContainer() ? reply.body() : error);
        return text.length() > LONGEST_QUOTE ? text.substring(0, LONGEST_QUOTE) + "…" : text;
    }

    /** In one line, and without what would steer a terminal. */
    private static String plain(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ").strip();
    }
}
