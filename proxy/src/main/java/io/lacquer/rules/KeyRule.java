package io.lacquer.rules;

import io.lacquer.config.Glob;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Cookies;
import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import io.lacquer.http.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a request's answer is stored under. The same function serves look-up, storing and purge. */
public final class KeyRule {
    private KeyRule() {}

    /**
     * A short digest of what the policy puts in a key, of the origin that answers, and of the request headers that
     * lead to this policy: an entry stored under another shape can't be found.
     * Costs a hash; kept with the active configuration.
     */
    public static String shape(Policy policy) {
        String selects = policy.origin() + "|" + new TreeMap<>(policy.match().headers());
        return CacheKey.hash(policy.key() + "|" + policy.varyBy() + "|" + selects)
                .substring(0, 8);
    }

    /** The key of a request under a policy; line breaks separate the parts, and no part can hold one. */
    public static CacheKey key(String shape, Policy policy, Target target, Headers request) {
        String url = url(policy, target);
        String plain = shape + "\n" + url;
        if (policy.key().headers().isEmpty() && policy.varyBy().isEmpty()) {
            return new CacheKey(url, plain);
        }
        StringBuilder text = new StringBuilder(plain);
        for (String header : policy.key().headers()) {
            part(text, "h:", header, request.joined(header));
        }
        for (Policy.VaryBy part : policy.varyBy()) {
            switch (part) {
                case Policy.VaryBy.Header(String name) -> part(text, "h:", name, request.joined(name));
                case Policy.VaryBy.Cookie(String name) -> part(text, "c:", name, Cookies.get(request, name));
                case Policy.VaryBy.User() -> part(text, "u:", "", digest(request.joined("Authorization")));
            }
        }
        return new CacheKey(url, text.toString());
    }

    /** The key of a QUERY: its content, and what tells how to read it, are part of it (RFC 10008 §2.7). */
    public static CacheKey withContent(CacheKey key, Headers request, String content) {
        StringBuilder text = new StringBuilder(key.text());
        TreeSet<String> names = new TreeSet<>();
        for (int i = 0; i < request.size(); i++) {
            String name = request.name(i).toLowerCase(Locale.ROOT);
            if (name.startsWith("content-") && !name.equals("content-length")) {
                names.add(name);
            }
        }
        names.forEach(name -> part(text, "q:", name, request.joined(name)));
        part(text, "q:", "content", CacheKey.hash(content));
        return new CacheKey(key.url(), text.toString());
    }

    /** {@code scheme://host/path?query} as the policy counts it. */
    public static String url(Policy policy, Target target) {
        return url(policy.key(), target);
    }

    /** The same, of what a policy says of keys. */
    public static String url(Policy.Key key, Target target) {
        String query = query(key, target.query());
        String base = target.scheme() + "://" + target.host() + target.path();
        return query == null ? base : base + "?" + query;
    }

    /** The query that counts, or null; an empty one and none are the same only once parameters were dropped. */
    public static @Nullable String query(Policy.Key key, @Nullable String query) {
        if (query == null
                || (!key.sortQuery() && key.keep().isEmpty() && key.drop().isEmpty())) {
            return query;
        }
        List<String> kept = new ArrayList<>();
        for (String parameter : Query.parameters(query)) {
            String name = Query.name(parameter);
            boolean wanted = key.keep().isEmpty() || anyMatches(key.keep(), name);
            if (wanted && !anyMatches(key.drop(), name)) {
                kept.add(parameter);
            }
        }
        if (key.sortQuery()) {
            kept.sort(Comparator.comparing(Query::name)); // stable: repeated names keep their order
        }
        return kept.isEmpty() ? null : String.join("&", kept);
    }

    /** The {@code Vary} members that announce the extra parts of the key. */
    public static List<String> announced(Policy policy) {
        if (policy.key().headers().isEmpty() && policy.varyBy().isEmpty()) {
            return List.of();
        }
        List<String> names = new ArrayList<>(headers(policy));
        for (Policy.VaryBy part : policy.varyBy()) {
            switch (part) {
                case Policy.VaryBy.Header(String name) -> {
                    // among them already
                }
                case Policy.VaryBy.Cookie(String name) -> names.add("cookie");
                case Policy.VaryBy.User() -> names.add("authorization");
            }
        }
        return names.stream().distinct().map(KeyRule::capitalised).toList();
    }

    /** The header fields in a key, lower case. */
    public static List<String> headers(Policy policy) {
        if (policy.varyBy().isEmpty()) {
            return policy.key().headers();
        }
        List<String> names = new ArrayList<>(policy.key().headers());
        for (Policy.VaryBy part : policy.varyBy()) {
            if (part instanceof Policy.VaryBy.Header(String name)) {
                names.add(name);
            }
        }
        return names;
    }

    /** {@code Accept-Language} for {@code accept-language}. */
    private static String capitalised(String name) {
        StringBuilder text = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            if (i == 0 || name.charAt(i - 1) == '-') {
                text.setCharAt(i, Character.toUpperCase(name.charAt(i)));
            }
        }
        return text.toString();
    }

    private static void part(StringBuilder text, String kind, String name, @Nullable String value) {
        text.append('\n').append(kind).append(name).append(value == null ? "-" : "=" + value);
    }

    private static @Nullable String digest(@Nullable String credential) {
        return credential == null ? null : CacheKey.hash(credential);
    }

    private static boolean anyMatches(List<String> globs, String name) {
        for (String glob : globs) {
            if (Glob.matches(glob, name)) {
                return true;
            }
        }
        return false;
    }
}
