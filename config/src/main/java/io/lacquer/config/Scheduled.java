package io.lacquer.config;

import java.util.ArrayList;
import java.util.List;

/**
 * A purge that comes by itself. It names at least one thing.
 *
 * @param cron when
 * @param tags whose entries go
 * @param tagPatterns globs of such tags
 * @param prefixes what the URLs of entries begin with
 * @param patterns of the URLs of entries
 * @param urls of entries
 * @param namespaces of policies
 * @param all whether everything goes
 * @param soft whether entries become stale instead
 */
public record Scheduled(
        Cron cron,
        List<String> tags,
        List<String> tagPatterns,
        List<String> prefixes,
        List<String> patterns,
        List<String> urls,
        List<String> namespaces,
        boolean all,
        boolean soft) {

    /** What it names, for people. */
    public String names() {
        List<String> parts = new ArrayList<>();
        add(parts, "tags", tags);
        add(parts, "tag_patterns", tagPatterns);
        add(parts, "prefixes", prefixes);
        add(parts, "patterns", patterns);
        add(parts, "urls", urls);
        add(parts, "namespaces", namespaces);
        if (all) {
            parts.add("all");
        }
        return (soft ? "soft " : "") + "of " + String.join(", ", parts);
    }

    private static void add(List<String> parts, String key, List<String> names) {
        if (!names.isEmpty()) {
            parts.add(key + " " + String.join(" ", names));
        }
    }
}
