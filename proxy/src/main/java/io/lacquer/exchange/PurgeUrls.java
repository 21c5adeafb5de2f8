package io.lacquer.exchange;

import io.lacquer.config.Config;
import io.lacquer.config.Policy;
import io.lacquer.http.Target;
import io.lacquer.purge.Scope;
import io.lacquer.rules.KeyRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The URLs and places that people write, as keys have them. */
public final class PurgeUrls {
    private static final Pattern HALF_SCHEME = Pattern.compile("https?:/?(?!/|[0-9])", Pattern.CASE_INSENSITIVE);

    private static final Pattern NO_URL = Pattern.compile("[ \"<>\\\\]");
    private static final Pattern DOT_SEGMENT = Pattern.compile("/\\.{1,2}(?:/|$)");
    private static final Pattern DEFAULT_PORT = Pattern.compile(":(?:80|443)$");

    private PurgeUrls() {}

    /**
     * URLs in every form in which a policy may have stored them.
     *
     * @param urls with scheme, or without for both
     * @throws IllegalArgumentException where one is none, in a sentence
     */
    public static List<String> of(Config config, List<String> urls) {
        if (urls.isEmpty()) {
            return List.of();
        }
        List<Policy.Key> queries = queries(config);
        List<String> all = new ArrayList<>();
        urls.forEach(url -> all.addAll(of(queries, url)));
        return all;
    }

    /** In which ways the policies count queries; they are far fewer than policies, mostly one. */
    static List<Policy.Key> queries(Config config) {
        return config.policies().stream()
                .map(Policy::key)
                .map(key -> new Policy.Key(key.sortQuery(), key.keep(), key.drop(), List.of()))
                .distinct()
                .toList();
    }

    private static List<String> of(List<Policy.Key> queries, String url) {
        String scheme = scheme(url);
        String rest = ascii(scheme.isEmpty() ? url : url.substring(scheme.length() + 3));
        if (NO_URL.matcher(rest).find()) {
            throw new IllegalArgumentException(
                    "the URL \"" + url + "\" has a character that no URL has; escape it, such as a blank as %20");
        }
        if (rest.startsWith("/") || rest.isEmpty()) {
            throw new IllegalArgumentException(
                    "the URL \"" + url + "\" has no host; write host/path or http://host/path");
        }
        if (!scheme.isEmpty() && !scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw new IllegalArgumentException("the URL \"" + url + "\" is neither http nor https");
        }
        Set<String> forms = new LinkedHashSet<>();
        for (String each : scheme.isEmpty() ? List.of("http", "https") : List.of(scheme.toLowerCase(Locale.ROOT))) {
            forms.addAll(of(queries, target(each + "://" + rest, each, url)));
        }
        return List.copyOf(forms);
    }

    private static Target target(String absolute, String scheme, String written) {
        try {
            int hash = absolute.indexOf('#');
            return Target.parse("GET", hash < 0 ? absolute : absolute.substring(0, hash), null, scheme);
        } catch (Target.MalformedException malformed) {
            throw new IllegalArgumentException(
                    "the URL \"" + written + "\" can't be read: " + malformed.getMessage(), malformed);
        }
    }

    /** As each policy counts its query. */
    private static List<String> of(List<Policy.Key> queries, Target target) {
        String base = target.scheme() + "://" + target.host() + target.path();
        Set<String> forms = new LinkedHashSet<>();
        forms.add(target.query() == null ? base : base + "?" + target.query());
        for (Policy.Key key : queries) {
            forms.add(KeyRule.url(key, target));
        }
        return List.copyOf(forms);
    }

    /** The same of a target that came with a request, in both schemes; {@link #queries} are those of the policies. */
    static List<String> ofTarget(List<Policy.Key> queries, Target target) {
        List<String> all = new ArrayList<>();
        for (String form : of(queries, target)) {
            String rest = form.substring(form.indexOf("://"));
            all.add("http" + rest);
            all.add("https" + rest);
        }
        return all;
    }

    /** The tag of what subscribes to an event. */
    public static String eventTag(String event) {
        return Mutation.eventTag(event);
    }

    /**
     * The beginning of {@code host/path?query} as keys have it, without the scheme if there is one.
     *
     * @throws IllegalArgumentException where it begins with a path, or is empty
     */
    public static String prefix(String text) {
        String scheme = scheme(text);
        String place = ascii(scheme.isEmpty() ? text : text.substring(scheme.length() + 3));
        if (place.isEmpty() || place.startsWith("/")) {
            throw new IllegalArgumentException("\"" + text + "\" has no host; write host/path");
        }
        int path = place.indexOf('/');
        withoutDots(place, text);
        if (path < 0 && place.indexOf(':', place.lastIndexOf(']') + 1) >= 0) {
            return host(place, scheme, text) + "/"; // a host with its port is a whole one
        }
        if (path < 0 && place.indexOf('%') >= 0) {
            throw new IllegalArgumentException("\"" + text + "\" is beyond ASCII; write the host as xn--…");
        }
        return path < 0
                ? place.toLowerCase(Locale.ROOT)
                : host(place.substring(0, path), scheme, text) + escapes(place.substring(path));
    }

    /**
     * A glob of {@code host/path} as keys have it, without the scheme if there is one.
     *
     * @throws IllegalArgumentException where it begins with a path, is empty, or is about the query
     */
    public static String pattern(String text) {
        String scheme = scheme(text);
        String place = ascii(scheme.isEmpty() ? text : text.substring(scheme.length() + 3));
        if (place.isEmpty() || place.startsWith("/")) {
            throw new IllegalArgumentException("\"" + text + "\" has no host; write host/path or */path");
        }
        if (place.indexOf('?') >= 0) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has a ?; patterns are of host and path, whatever the query: leave it out");
        }
        withoutDots(place, text);
        int path = place.indexOf('/');
        String host = path < 0 ? place : place.substring(0, path);
        boolean glob = host.indexOf('*') >= 0;
        if (path < 0 && !glob) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has no path, and would match none; write " + text + "/*");
        }
        return (glob ? DEFAULT_PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("") : host(host, scheme, text))
                + escapes(place.substring(host.length()));
    }

    private static void withoutDots(String place, String written) {
        int query = place.indexOf('?');
        if (DOT_SEGMENT.matcher(query < 0 ? place : place.substring(0, query)).find()) {
            throw new IllegalArgumentException("\"" + written + "\" has a dot segment; write the path without it");
        }
    }

    /**
     * The same scope with each URL in every form in which policies may have stored it: a purge tells how it was written,
     * and each node knows how its own policies count queries.
     */
    public static Scope forms(List<Policy.Key> queries, Scope scope) {
        if (scope.urls().isEmpty() || queries.stream().allMatch(PurgeUrls::isAsItCame)) {
            return scope;
        }
        Set<String> all = new LinkedHashSet<>(scope.urls());
        for (String url : scope.urls()) {
            int colon = url.indexOf("://");
            if (colon > 0) {
                addForms(queries, url, url.substring(0, colon), all);
            }
        }
        return scope.withUrls(List.copyOf(all));
    }

    private static void addForms(List<Policy.Key> queries, String url, String scheme, Set<String> into) {
        try {
            into.addAll(of(queries, Target.parse("GET", url, null, scheme)));
        } catch (Target.MalformedException foreign) {
            return; // it has no form but its own
        }
    }

    private static boolean isAsItCame(Policy.Key key) {
        return !key.sortQuery() && key.keep().isEmpty() && key.drop().isEmpty();
    }

    /** As keys have them: of the path, not of the query, which stays as it came. */
    private static String escapes(String pathAndQuery) {
        int query = pathAndQuery.indexOf('?');
        String path = query < 0 ? pathAndQuery : pathAndQuery.substring(0, query);
        return Target.normaliseEscapes(path) + (query < 0 ? "" : pathAndQuery.substring(query));
    }

    private static String host(String host, String scheme, String written) {
        String likely = host.endsWith(":443") ? "https" : "http"; // of which that is the port that no key has
        String as = scheme.isEmpty() ? likely : scheme.toLowerCase(Locale.ROOT);
        return target(as + "://" + host + "/", as, written).host();
    }

    /** What stands before {@code ://}, if that is where a scheme is; else nothing. */
    private static String scheme(String url) {
        if (HALF_SCHEME.matcher(url).lookingAt()) {
            throw new IllegalArgumentException("\"" + url + "\" has one slash after its scheme; write two");
        }
        int colon = url.indexOf("://");
        boolean first = colon >= 0 && url.chars().limit(colon).noneMatch(c -> c == '/' || c == '?' || c == '#');
        return first ? url.substring(0, colon) : "";
    }

    /** As browsers send what is beyond ASCII. */
    private static String ascii(String text) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            if (octet < 0) {
                escaped.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
            } else {
                escaped.append((char) octet);
            }
        }
        return escaped.toString();
    }
}
