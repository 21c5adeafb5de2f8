package io.lacquer.rules;

import io.lacquer.http.Headers;
import io.lacquer.http.Lists;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which request fields select among the variants of a resource (RFC 9111 §4.1). */
public final class VaryRule {
    private static final String LANGUAGE = "accept-language";

    /** Fields in which a comma does not separate members. */
    private static final Set<String> NO_LISTS = Set.of(
            "authorization",
            "cookie",
            "date",
            "from",
            "host",
            "if-modified-since",
            "if-unmodified-since",
            "origin",
            "proxy-authorization",
            "range",
            "referer",
            "user-agent");

    private VaryRule() {}

    /** The fields that a response nominates, lower case, sorted; {@code *} is not among them. */
    public static SortedSet<String> fields(Headers response) {
        SortedSet<String> fields = new TreeSet<>(response.tokens("Vary"));
        fields.remove("*");
        return fields;
    }

    /** A request's values of such fields in their one form: lines joined, white space around members removed. */
    public static Map<String, String> nominated(Collection<String> fields, Headers request) {
        if (fields.isEmpty()) {
            return Map.of();
        }
        Map<String, String> values = new TreeMap<>();
        for (String field : fields) {
            values.put(field, normalise(field, request.all(field)));
        }
        return values;
    }

    /** Equal for values that mean the same (RFC 9111 §4.1): white space, order and case count only where they may matter. */
    private static String normalise(String field, List<String> lines) {
        if (lines.isEmpty()) {
            return "-"; // absent differs from empty
        }
        return switch (field) {
            case "accept-encoding", "accept-language" ->
                "=" + Preferences.of(lines).canonical();
            case "accept", "accept-charset" -> "=" + members(lines);
            default -> "=" + (NO_LISTS.contains(field) ? String.join(", ", lines) : commas(lines));
        };
    }

    /** Empty members mean nothing where the field is known to be a list. */
    private static String members(List<String> lines) {
        List<String> all = new ArrayList<>();
        lines.forEach(line -> all.addAll(Lists.split(line)));
        return String.join(",", all);
    }

    /** Of a field that may be a list, white space beside commas that stand outside of quotes means nothing. */
    private static String commas(List<String> lines) {
        List<String> all = new ArrayList<>();
        lines.forEach(line -> all.addAll(Lists.between(line)));
        return String.join(",", all);
    }

    /**
     * Whether a variant is the one that this request prefers although their {@code Accept-Language} differ: it is in the
     * one language that the request wants most, and equal in everything else that it varies on.
     */
    public static boolean isInPreferredLanguage(
            Map<String, String> varied, @Nullable String language, Headers request) {
        if (language == null || !varied.containsKey(LANGUAGE)) {
            return false;
        }
        List<String> lines = request.all(LANGUAGE);
        if (lines.isEmpty() || !language.equalsIgnoreCase(Preferences.of(lines).first())) {
            return false;
        }
        Map<String, String> wanted = new TreeMap<>(nominated(varied.keySet(), request));
        wanted.put(LANGUAGE, varied.getOrDefault(LANGUAGE, ""));
        return wanted.equals(varied);
    }

    /** The text by which a variant is told from its siblings; injective, since neither part holds a line break. */
    public static String variantText(Map<String, String> nominated) {
        StringBuilder text = new StringBuilder();
        nominated.forEach((field, value) -> text.append(field).append(value).append('\n'));
        return text.toString();
    }
}
