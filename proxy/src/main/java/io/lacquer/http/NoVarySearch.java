package io.lacquer.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which differences between queries do not matter (the {@code No-Vary-Search} field,
 * draft-ietf-httpbis-no-vary-search). What does not parse as that draft says means that every difference matters.
 *
 * @param keyOrder whether the order of names does not matter
 * @param all whether no parameter matters but {@code names}; else all matter but {@code names}
 * @param names decoded
 */
public record NoVarySearch(boolean keyOrder, boolean all, Set<String> names) {
    /** Every difference matters. */
    public static final NoVarySearch DEFAULT = new NoVarySearch(false, false, Set.of());

    private static final String FIELD = "No-Vary-Search";

    /** What a response says. */
    public static NoVarySearch of(Headers response) {
        if (!response.has(FIELD)) {
            return DEFAULT;
        }
        Map<String, Structured.Value> members = Structured.dictionary(response.all(FIELD));
        if (members == null) {
            return DEFAULT;
        }
        Structured.Value order = members.getOrDefault("key-order", new Structured.Value.Flag(false));
        Structured.Value params = members.getOrDefault("params", new Structured.Value.Flag(false));
        Set<String> listed = names(params);
        Set<String> except = members.containsKey("except") ? names(members.get("except")) : Set.of();
        boolean all = params instanceof Structured.Value.Flag(boolean on) && on;
        boolean paramsSound = params instanceof Structured.Value.Flag || listed != null;
        boolean exceptSound = except != null && (all || !members.containsKey("except"));
        if (!(order instanceof Structured.Value.Flag(boolean keyOrder)) || !paramsSound || !exceptSound) {
            return DEFAULT;
        }
        Set<String> names = all ? except : listed;
        return new NoVarySearch(keyOrder, all, names == null ? Set.of() : names);
    }

    private static @Nullable Set<String> names(Structured.@Nullable Value value) {
        if (!(value instanceof Structured.Value.Inner(List<Structured.Value> members))) {
            return null;
        }
        List<String> strings = Structured.strings(members);
        if (strings == null) {
            return null;
        }
        List<String> decoded = new ArrayList<>(strings.size());
        for (String each : strings) {
            decoded.add(decode(each));
        }
        return Set.copyOf(decoded);
    }

    /** Whether it says nothing. */
    public boolean isDefault() {
        return equals(DEFAULT);
    }

    /** The one text of all queries that do not differ; null and empty are the same only where it is not the default. */
    public String canonical(@Nullable String query) {
        if (isDefault()) {
            return query == null ? "-" : "=" + query;
        }
        List<String[]> pairs = new ArrayList<>();
        for (String parameter : Query.parameters(query)) {
            String name = Query.name(parameter);
            String value = parameter.length() == name.length() ? "" : parameter.substring(name.length() + 1);
            String decoded = decode(name);
            if (all == names.contains(decoded)) {
                pairs.add(new String[] {decoded, decode(value)});
            }
        }
        if (keyOrder) {
            pairs.sort(Comparator.comparing(pair -> pair[0])); // stable: equal names keep their order
        }
        StringBuilder text = new StringBuilder("=");
        for (String[] pair : pairs) {
            append(text, pair[0]).append('=');
            append(text, pair[1]).append('&');
        }
        return text.toString();
    }

    /** Escaped, so that no two lists of pairs have one text, and no text holds a line break. */
    private static StringBuilder append(StringBuilder text, String part) {
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '=' || c == '&' || c == '%' || c <= ' ' || c == 0x7f) {
                text.append('%').append((int) c).append(';');
            } else {
                text.append(c);
            }
        }
        return text;
    }

    /** As forms are decoded (WHATWG URL §5.1); an escape that is none stays as it is. */
    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        StringBuilder sound = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escape = c == '%'
                    && i + 2 < text.length()
                    && Character.digit(text.charAt(i + 1), 16) >= 0
                    && Character.digit(text.charAt(i + 2), 16) >= 0;
            sound.append(c == '%' && !escape ? "%25" : c);
        }
        return URLDecoder.decode(sound.toString(), StandardCharsets.UTF_8);
    }
}
