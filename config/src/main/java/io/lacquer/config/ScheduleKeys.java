package io.lacquer.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys of one item of {@code schedule}. */
final class ScheduleKeys {
    private static final Scalar<String> SCOPE =
            Scalars.string("a text", "write one without spaces", text -> place(text, false));
    private static final Scalar<String> PATTERN =
            Scalars.string("a text", "write one without spaces", text -> place(text, true));
    private static final Scalar<String> URL =
            Scalars.string("a URL", "write one such as example.org/a", ScheduleKeys::url);

    private static final Pattern HALF_SCHEME = Pattern.compile("https?:/(?!/).*", Pattern.CASE_INSENSITIVE);
    private static final Pattern HOST = Pattern.compile("(?:[A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");
    private static final Pattern HOST_PATTERN = Pattern.compile("[A-Za-z0-9._~*:\\[\\]-]+");

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
            Key.list("patterns", ListOf.of(PATTERN), "patterns of the URLs of entries that go");
    private static final Key<List<String>> URLS = Key.list("urls", ListOf.of(URL), "URLs whose entries go");
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
        int colon = text.indexOf("://");
        boolean http = text.regionMatches(true, 0, "http://", 0, 7) || text.regionMatches(true, 0, "https://", 0, 8);
        if (colon > 0 && !http && text.indexOf('/') == colon + 1) {
            throw new Malformed(Text.quote(text) + " is neither http nor https", "write http://, https://, or none");
        }
        if (HALF_SCHEME.matcher(text).matches()) {
            throw new Malformed(Text.quote(text) + " has one slash after its scheme", "write two");
        }
        return text;
    }

    /** What stands before the path, without a scheme. */
    private static String host(String text) {
        int scheme = text.indexOf("://");
        String place = scheme < 0 ? text : text.substring(scheme + 3);
        int path = place.indexOf('/');
        return path < 0 ? place : place.substring(0, path);
    }

    private static String place(String text, boolean pattern) {
        String host = host(scope(text));
        boolean glob = pattern && host.indexOf('*') >= 0;
        if (!host.isEmpty()) {
            checkHost(text, host, glob ? HOST_PATTERN : HOST);
        }
        if (pattern && text.indexOf('?') >= 0) {
            throw new Malformed(
                    Text.quote(text) + " has a ?", "patterns are of host and path, whatever the query: leave it out");
        }
        if (pattern && !glob && text.endsWith(host)) {
            throw new Malformed(Text.quote(text) + " has no path, and would match none", "write " + text + "/*");
        }
        return text;
    }

    private static String url(String text) {
        checkHost(text, host(scope(text)), HOST);
        return text;
    }

    private static void checkHost(String text, String host, Pattern allowed) {
        Matcher matcher = allowed.matcher(host);
        if (!matcher.matches()) {
            throw new Malformed(
                    Text.quote(text) + " has no host name that there can be",
                    "write host/path; a name beyond ASCII as xn--…");
        }
        String port = matcher.groupCount() > 0 ? matcher.group(1) : null;
        if (port != null && Integer.parseInt(port) > 65_535) {
            throw new Malformed(Text.quote(text) + " has a port that is none", "ports end at 65535");
        }
    }
}
