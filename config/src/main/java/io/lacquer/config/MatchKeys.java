package io.lacquer.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The keys under {@code match} of a policy. */
final class MatchKeys {
    private static final int LEAST_STATUS = 200;
    private static final int MOST_STATUS = 599;

    /** Header name to glob. */
    static final Dict<String> HEADER_GLOBS = new Dict<>("name", Scalars::fieldName, Scalars.TEXT);
    /** Parameter name to glob. */
    static final Dict<String> QUERY_GLOBS = new Dict<>("name", MatchKeys::parameter, Scalars.TEXT);

    private static final Key<List<String>> HOST = Key.list(
            "host",
            ListOf.orOne(Scalars.string("a host", "write a name such as shop.example.org", MatchKeys::host)),
            "one or several names without port; `*.example.org` is any sub-domain");
    private static final Key<PathPattern> PATH = Key.required(
            "path",
            "\"/**\"",
            Scalars.string("a path", "write one such as /api/**", PathPattern::parse),
            "a pattern such as `/api/users/{id}`: `*` and `{x}` stand within one segment, `**` is any depth, none"
                    + " included");
    private static final Key<List<String>> METHOD = Key.list(
            "method",
            ListOf.orOne(Scalars.string("a method", "write one such as GET", MatchKeys::method)),
            "one or several; without it all");
    private static final Key<Map<String, String>> HEADER =
            Key.mapping("header", HEADER_GLOBS, "name to glob (`*` is any text); all must match");
    private static final Key<Map<String, String>> QUERY =
            Key.mapping("query", QUERY_GLOBS, "parameter to glob (`*` is any text); all must match");

    /** {@code match.status}. */
    static final Key<List<List<Integer>>> STATUS = Key.list(
            "status",
            ListOf.orOne(Scalar.of(
                    "a status",
                    "write one such as 404 or 5xx",
                    Map.of(
                            "anyOf",
                            List.of(
                                    Map.of("type", "integer", "minimum", LEAST_STATUS, "maximum", MOST_STATUS),
                                    Map.of("type", "string", "pattern", "^[2-5]([0-9][0-9]|[xX][xX])$|\\$\\{"))),
                    MatchKeys::statuses)),
            "one or several of the answer, also `5xx`; the policy then sets lifetimes, stale windows and tags of such"
                    + " answers");

    /** {@code match}. */
    static final Section<Policy.Match> SECTION =
            new Section<>(List.of(HOST, PATH, METHOD, HEADER, QUERY, STATUS), MatchKeys::match);

    private MatchKeys() {}

    private static Policy.Match match(Fields fields) {
        for (Key<?> list : List.of(HOST, METHOD, STATUS)) {
            if (fields.has(list) && ((List<?>) fields.get(list)).isEmpty()) {
                fields.error(list, "is an empty list", "remove it to match all, or add one");
            }
        }
        return new Policy.Match(
                fields.get(HOST),
                fields.get(PATH),
                fields.get(METHOD).stream().distinct().toList(),
                fields.get(HEADER),
                fields.get(QUERY),
                fields.get(STATUS).stream().flatMap(List::stream).distinct().toList());
    }

    private static String method(String text) {
        return Scalars.token(text).toUpperCase(Locale.ROOT);
    }

    private static String parameter(String text) {
        if (text.isEmpty() || text.codePoints().anyMatch(Character::isISOControl)) {
            throw new Malformed(
                    Text.quote(text) + " is not a parameter's name", "write the name as it is after decoding");
        }
        return text;
    }

    private static String host(String text) {
        String name = Text.lower(text.endsWith(".") ? text.substring(0, text.length() - 1) : text);
        String plain = name.startsWith("*.") ? name.substring(2) : name;
        if (plain.indexOf('*') >= 0) {
            throw new Malformed(Text.quote(text) + " has a * that is not the first label", "write *.example.org");
        }
        if (HostPort.isBracketed(plain)) {
            return name;
        }
        if (plain.indexOf(':') >= 0 || !HostPort.isHost(plain)) {
            throw new Malformed(
                    Text.quote(text) + " is not a host name", "write the name alone, without scheme or port");
        }
        return name;
    }

    private static List<Integer> statuses(String text) {
        String status = Text.lower(text.strip());
        boolean range = status.length() == 3 && status.endsWith("xx");
        int first = range ? Character.digit(status.charAt(0), 10) * 100 : number(status);
        if (first < LEAST_STATUS || first > MOST_STATUS) {
            throw new Malformed(Text.quote(text) + " is not a status from 200 to 599", "write one such as 404 or 5xx");
        }
        return range ? IntStream.range(first, first + 100).boxed().toList() : List.of(first);
    }

    private static int number(String status) {
        return status.length() == 3 && status.chars().allMatch(c -> c >= '0' && c <= '9')
                ? Integer.parseInt(status)
                : -1;
    }
}
