package io.lacquer.rules;

import io.lacquer.http.Headers;
import io.lacquer.http.Lists;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which request fields select among the variants of a resource (RFC 9111 §4.1). */
public final class VaryRule {
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
        List<String> tokens = response.tokens("Vary");
        if (tokens.isEmpty()) {
            return Collections.emptySortedSet();
        }
        SortedSet<String> fields = new TreeSet<>(tokens);
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
            case "accept-encoding", "accept-language" -> {
                Preferences preferences = Preferences.of(lines);
                yield preferences == null ? "~" + members(lines) : "=" + preferences.canonical();
            }
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
     * Whether a variant is for a request although their preferences are not written alike: it is in the one language that
     * the request wants most, or in a coding that it wants no less than any other, and equal in all else that it
     * varies on.
     *
     * @param language its {@code Content-Language}, if that is one
     * @param coding its {@code Content-Encoding}, if that is one
     */
    public static boolean isPreferred(
            Map<String, String> varied, @Nullable String language, @Nullable String coding, Headers request) {
        for (Map.Entry<String, String> each :
                nominated(varied.keySet(), request).entrySet()) {
            String field = each.getKey();
            boolean same = each.getValue().equals(varied.get(field));
            // what was asked for in odd words is nobody else's
            boolean plain = !varied.getOrDefault(field, "~").startsWith("~");
            boolean preferred = plain
                    && (isPreferredLanguage(field, language, request) || isPreferredCoding(field, coding, request));
            if (!same && !preferred) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPreferredLanguage(String field, @Nullable String language, Headers request) {
        Preferences wanted =
                language != null && field.equals("accept-language") ? Preferences.of(request.all(field)) : null;
        return wanted != null && language != null && language.equalsIgnoreCase(wanted.first());
    }

    private static boolean isPreferredCoding(String field, @Nullable String coding, Headers request) {
        Preferences wanted =
                coding != null && field.equals("accept-encoding") ? Preferences.of(request.all(field)) : null;
        return wanted != null && coding != null && wanted.wantsMost(coding.toLowerCase(Locale.ROOT));
    }

    /** The text by which a variant is told from its siblings; injective, since neither part holds a line break. */
    public static String variantText(Map<String, String> nominated) {
        StringBuilder text = new StringBuilder();
        nominated.forEach((field, value) -> text.append(field).append(value).append('\n'));
        return text.toString();
    }
}
