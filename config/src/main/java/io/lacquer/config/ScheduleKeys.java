package io.lacquer.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

/** The keys of one item of {@code schedule}. */
final class ScheduleKeys {
    private static final Scalar<String> SCOPE =
            Scalars.string("a text", "write one without spaces", ScheduleKeys::scope);

    private static final Key<Cron> CRON = Key.required(
            "cron",
            "\"30 4 * * *\"",
            Scalars.string("a time", "write one such as 30 4 * * *", text -> Cron.parse(text, ZoneOffset.UTC)),
            "when: minute, hour, day of month, month, day of week, as in crontab(5); or `@hourly`, `@daily`, `@weekly`,"
                    + " `@monthly`, `@yearly`");
    private static final Key<ZoneId> ZONE = Key.of(
            "zone",
            Scalars.string("a time zone", "write one such as Europe/Berlin", ScheduleKeys::zone),
            "UTC",
            "the time zone of `cron`; a time that the clocks skip is when they are put forward, one that they repeat is"
                    + " the first of both");
    private static final Key<List<String>> TAGS =
            Key.list("tags", ListOf.of(PolicyParts.PLAIN_TAG), "tags whose entries go");
    private static final Key<List<String>> TAG_PATTERNS =
            Key.list("tag_patterns", ListOf.of(PolicyParts.PLAIN_TAG), "globs of tags whose entries go");
    private static final Key<List<String>> PREFIXES =
            Key.list("prefixes", ListOf.of(SCOPE), "what the URLs of entries begin with that go");
    private static final Key<List<String>> PATTERNS =
            Key.list("patterns", ListOf.of(SCOPE), "patterns of the URLs of entries that go");
    private static final Key<List<String>> URLS = Key.list("urls", ListOf.of(SCOPE), "URLs whose entries go");
    private static final Key<List<String>> NAMESPACES =
            Key.list("namespaces", ListOf.of(Scalars.LABEL), "namespaces of policies whose entries go");
    private static final Key<Boolean> ALL = Key.of("all", Scalars.BOOL, "false", "everything goes");
    private static final Key<Boolean> SOFT =
            Key.of("soft", Scalars.BOOL, "false", "entries become stale instead of going");

    private static final List<Key<List<String>>> SCOPES =
            List.of(TAGS, TAG_PATTERNS, PREFIXES, PATTERNS, URLS, NAMESPACES);

    /** All of it. */
    static final Section<Draft> SECTION = new Section<>(
            List.of(CRON, ZONE, TAGS, TAG_PATTERNS, PREFIXES, PATTERNS, URLS, NAMESPACES, ALL, SOFT),
            ScheduleKeys::draft);

    private ScheduleKeys() {}

    /** A scheduled purge that still knows its place. */
    record Draft(Fields fields, Scheduled value) {
        /** Warns of namespaces that no policy has. */
        void checkNamespaces(Namespaces known) {
            for (String name : value.namespaces()) {
                known.check(name, fields.pathOf(NAMESPACES), fields.at(NAMESPACES));
            }
        }
    }

    private static Draft draft(Fields fields) {
        boolean scoped = fields.isBad(ALL)
                || fields.get(ALL)
                || SCOPES.stream()
                        .anyMatch(key -> fields.isBad(key) || !fields.get(key).isEmpty());
        if (!scoped) {
            fields.complaints()
                    .error(
                            fields.place(),
                            "the scheduled purge names nothing",
                            "add tags, tag_patterns, prefixes, patterns, urls or namespaces, or all: true");
        }
        return new Draft(
                fields,
                new Scheduled(
                        fields.get(CRON).in(fields.get(ZONE)),
                        fields.get(TAGS),
                        fields.get(TAG_PATTERNS),
                        fields.get(PREFIXES),
                        fields.get(PATTERNS),
                        fields.get(URLS),
                        fields.get(NAMESPACES),
                        fields.get(ALL),
                        fields.get(SOFT)));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException unknown) {
            throw new Malformed(
                    Text.quote(text) + " is not a time zone",
                    Spelling.nearest(
                                    text,
                                    ZoneId.getAvailableZoneIds().stream()
                                            .sorted()
                                            .toList())
                            .map(name -> "did you mean " + name + "?")
                            .orElse("write one such as UTC or Europe/Berlin"));
        }
    }

    private static String scope(String text) {
        if (text.isEmpty() || text.codePoints().anyMatch(Text::breaksTag)) {
            throw new Malformed(Text.quote(text) + " is empty or has a space in it", "write %20 for a space");
        }
        if (text.startsWith("/")) {
            throw new Malformed(Text.quote(text) + " has no host", "write host/path, such as example.org" + text);
        }
        return text;
    }
}
