package io.lacquer.config;

import io.lacquer.config.Policy.VaryBy;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The keys under {@code key}, {@code bypass} and {@code invalidate} of a policy, and the items of lists. */
final class PolicyParts {
    private static final int LONGEST_TAG = 256;

    /** One item of {@code tags}. */
    static final Shape<Placed<Template>> TAG = new Located<>(Scalars.TEXT.map(text -> spaceless("tag", text)));

    /** One item of {@code invalidate_on}. */
    static final Shape<Placed<Template>> EVENT = new Located<>(Scalars.TEXT.map(text -> spaceless("event", text)));

    /** A tag without gaps, where there is no request to fill them from. */
    static final Scalar<String> PLAIN_TAG = Scalars.TEXT.map(PolicyParts::plainTag);

    /** One item of {@code vary_by}. */
    static final Scalar<VaryBy> VARY_BY =
            Scalars.string("what to vary by", "write header:Name, cookie:name or user", PolicyParts::varyBy);

    private static final Scalar<String> HEADER_NAME =
            Scalars.string("a header's name", "write one such as Accept-Language", Scalars::fieldName);

    private static final Key<Boolean> SORT =
            Key.of("sort", Scalars.BOOL, "false", "sort parameters by name, so that their order does not matter");
    private static final Key<List<String>> KEEP =
            Key.list("keep", ListOf.of(Scalars.TEXT), "globs of the parameters that count; without it all");
    private static final Key<List<String>> DROP =
            Key.list("drop", ListOf.of(Scalars.TEXT), "globs of parameters that do not count, such as `utm_*`");
    private static final Key<Policy.Key> QUERY = Key.mapping(
            "query",
            new Section<>(
                    List.of(SORT, KEEP, DROP),
                    fields -> new Policy.Key(fields.get(SORT), fields.get(KEEP), fields.get(DROP), List.of())),
            "which parameters are part of the key");
    private static final Key<List<String>> HEADERS = Key.list(
            "headers", ListOf.of(HEADER_NAME), "names of headers that are part of the key, and so reach the origin");

    private static final Key<Integer> MAX_VARIANTS = Key.of(
            "max_variants",
            Scalars.integer(1, 1000),
            "64",
            "how many answers that differ by `Vary` are stored for one URL");
    private static final Key<Long> MAX_BODY = Key.of(
            "max_body",
            Scalars.size(0, 8L << 20),
            "64KiB",
            "how much of a `QUERY`'s content is read to be part of the key; a longer one passes");

    /** {@code key}. */
    static final Section<Policy.Key> KEY = new Section<>(List.of(QUERY, HEADERS, MAX_VARIANTS, MAX_BODY), fields -> {
        Policy.Key query = fields.get(QUERY);
        return new Policy.Key(
                query.sortQuery(),
                query.keep(),
                query.drop(),
                fields.get(HEADERS),
                fields.get(MAX_VARIANTS),
                fields.get(MAX_BODY).intValue());
    });

    private static final Key<Map<String, String>> BYPASS_HEADER =
            Key.mapping("header", MatchKeys.HEADER_GLOBS, "name to glob");
    private static final Key<List<String>> BYPASS_COOKIE = Key.list(
            "cookie",
            ListOf.of(Scalars.string("a cookie's name", "write its name", Scalars::token)),
            "names of cookies whose presence is enough");
    private static final Key<Map<String, String>> BYPASS_QUERY =
            Key.mapping("query", MatchKeys.QUERY_GLOBS, "parameter to glob");

    /** {@code bypass}. */
    static final Section<Policy.Bypass> BYPASS = new Section<>(
            List.of(BYPASS_HEADER, BYPASS_COOKIE, BYPASS_QUERY),
            fields ->
                    new Policy.Bypass(fields.get(BYPASS_HEADER), fields.get(BYPASS_COOKIE), fields.get(BYPASS_QUERY)));

    private static final Shape<Placed<Template>> PATH =
            new Located<>(Scalars.string("a URL", "write path and query", PolicyParts::url));

    private static final Key<List<Placed<Template>>> TAGS = Key.list(
            "tags",
            ListOf.of(TAG),
            "tags whose entries go, with gaps as in a policy's `tags`; here any header and parameter may stand");
    private static final Key<List<Placed<Template>>> URLS =
            Key.list("urls", ListOf.of(PATH), "paths with query, on the host of the request, whose entries go");

    private static final Key<List<Placed<Template>>> PREFIXES = Key.list(
            "prefixes",
            ListOf.of(PATH),
            "what the paths with query begin with, on the host of the request, whose entries go");
    private static final Key<Boolean> WAIT = Key.of(
            "wait",
            Scalars.choice(Map.of("all", true, "local", false)),
            "all",
            "`all`: the answer waits for the other nodes, for `purge.mutation_wait` at most; `local`: for this one"
                    + " only");
    private static final Key<Boolean> SOFT =
            Key.of("soft", Scalars.BOOL, "false", "entries become stale instead of going");

    /** With the places of all that has gaps. */
    record PlacedInvalidate(
            List<Placed<Template>> tags,
            List<Placed<Template>> urls,
            List<Placed<Template>> prefixes,
            boolean waitAll,
            boolean soft) {
        /** Without the places. */
        Policy.Invalidate value() {
            return new Policy.Invalidate(
                    Placed.values(tags), Placed.values(urls), Placed.values(prefixes), waitAll, soft);
        }

        /** All that has gaps. */
        List<Placed<Template>> templates() {
            return Stream.of(tags, urls, prefixes).flatMap(List::stream).toList();
        }
    }

    /** {@code invalidate}. */
    static final Section<PlacedInvalidate> INVALIDATE =
            new Section<>(List.of(TAGS, URLS, PREFIXES, WAIT, SOFT), PolicyParts::invalidate);

    private PolicyParts() {}

    private static PlacedInvalidate invalidate(Fields fields) {
        PlacedInvalidate value = new PlacedInvalidate(
                fields.get(TAGS), fields.get(URLS), fields.get(PREFIXES), fields.get(WAIT), fields.get(SOFT));
        if (!fields.has(TAGS) && !fields.has(URLS) && !fields.has(PREFIXES)) {
            fields.complaints().error(fields.place(), "invalidate names nothing", "add tags, urls or prefixes to it");
        }
        return value;
    }

    /** A text as it stands in a tag; fails with a {@link Malformed} if it has a gap or a space. */
    static String plainTag(String text) {
        String plain = spaceless("tag", text).render(gap -> null);
        if (plain == null) {
            throw new Malformed(
                    "the tag " + Text.quote(text) + " has a gap, and no request here fills it",
                    "write a whole tag, or {{ for a literal brace");
        }
        return plain;
    }

    private static Template spaceless(String what, String text) {
        if (text.isEmpty() || text.length() > LONGEST_TAG) {
            throw new Malformed(
                    "the " + what + " " + Text.quote(text) + " is empty or too long",
                    "write 1 to " + LONGEST_TAG + " characters");
        }
        if (text.codePoints().anyMatch(Text::breaksTag)) {
            throw new Malformed(
                    "the " + what + " " + Text.quote(text) + " has a space in it",
                    "write - or : instead; spaces separate " + what + "s");
        }
        return Template.ofRequest(text);
    }

    private static Template url(String text) {
        if (!text.startsWith("/") || text.codePoints().anyMatch(Text::breaksTag)) {
            throw new Malformed(
                    Text.quote(text) + " is not a path", "start it with /, without scheme, host and spaces");
        }
        return Template.parse(text);
    }

    private static VaryBy varyBy(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String name = colon < 0 ? "" : text.substring(colon + 1).strip();
        return switch (kind) {
            case "header" -> new VaryBy.Header(Scalars.fieldName(name));
            case "cookie" -> new VaryBy.Cookie(Scalars.token(name));
            case "claim", "role", "device" ->
                throw new Malformed(
                        Text.quote(text) + " is not supported by this version",
                        "vary by header:Name, cookie:name or user");
            default -> {
                if (!text.equals("user")) {
                    throw new Malformed(Text.quote(text) + " is not known", "write header:Name, cookie:name or user");
                }
                yield new VaryBy.User();
            }
        };
    }
}
