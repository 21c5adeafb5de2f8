package io.lacquer.exchange;

import io.lacquer.config.Config;
import io.lacquer.config.Policy;
import io.lacquer.http.Target;
import io.lacquer.rules.KeyRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The URLs and places that people write, as keys have them. */
public final class PurgeUrls {
    private PurgeUrls() {}

    /**
     * A URL in every form in which a policy may have stored it.
     *
     * @param url with scheme, or without for both
     * @throws IllegalArgumentException where it is none, in a sentence
     */
    public static List<String> of(Config config, String url) {
        int colon = url.indexOf("://");
        String scheme = colon < 0 ? "" : url.substring(0, colon);
        String rest = colon < 0 ? url : url.substring(colon + 3);
        if (rest.startsWith("/") || rest.isEmpty()) {
            throw new IllegalArgumentException("the URL \"" + url + "\" has no host; write host/path or http://host/path");
        }
        if (!scheme.isEmpty() && !scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw new IllegalArgumentException("the URL \"" + url + "\" is neither http nor https");
        }
        Set<String> forms = new LinkedHashSet<>();
        for (String each : scheme.isEmpty() ? List.of("http", "https") : List.of(scheme.toLowerCase(java.util.Locale.ROOT))) {
            forms.addAll(of(config, target(each + "://" + rest, each, url)));
        }
        return List.copyOf(forms);
    }

    private static Target target(String absolute, String scheme, String written) {
        try {
            int hash = absolute.indexOf('#');
            return Target.parse("GET", hash < 0 ? absolute : absolute.substring(0, hash), null, scheme);
        } catch (Target.MalformedException malformed) {
            throw new IllegalArgumentException("the URL \"" + written + "\" can't be read: " + malformed.getMessage(), malformed);
        }
    }

    /** As each policy counts its query. */
    private static List<String> of(Config config, Target target) {
        String base = target.scheme() + "://" + target.host() + target.path();
        Set<String> forms = new LinkedHashSet<>();
        forms.add(target.query() == null ? base : base + "?" + target.query());
        for (Policy policy : config.policies()) {
            forms.add(KeyRule.url(policy, target));
        }
        return List.copyOf(forms);
    }

    /** The same of a target that came with a request, in both schemes. */
    static List<String> ofTarget(Config config, Target target) {
        List<String> all = new ArrayList<>();
        for (String form : of(config, target)) {
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
     * A prefix or pattern of {@code host/path}, without the scheme if there is one.
     *
     * @throws IllegalArgumentException where it begins with a path, or is empty
     */
    public static String place(String text) {
        int colon = text.indexOf("://");
        String place = colon < 0 ? text : text.substring(colon + 3);
        if (place.isEmpty() || place.startsWith("/")) {
            throw new IllegalArgumentException("\"" + text + "\" has no host; write host/path, or */path in a pattern");
        }
        int path = place.indexOf('/');
        String host = path < 0 ? place : place.substring(0, path);
        return host.toLowerCase(java.util.Locale.ROOT) + (path < 0 ? "" : place.substring(path));
    }
}
