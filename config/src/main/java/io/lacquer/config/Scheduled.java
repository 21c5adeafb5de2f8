package io.lacquer.config;

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
        boolean soft) {}
