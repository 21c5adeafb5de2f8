package io.lacquer.rules;

import io.lacquer.http.Headers;
import io.lacquer.http.Lists;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which request fields select among the variants of a resource (RFC 9111 §4.1). */
public final class VaryRule {
    private static final Set<String> LISTS = Set.of("accept", "accept-charset", "accept-encoding", "accept-language");

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

    /** Only of fields that are lists, white space and empty members mean nothing. */
    private static String normalise(String field, List<String> lines) {
        if (lines.isEmpty()) {
            return "-"; // absent differs from empty
        }
        if (!LISTS.contains(field)) {
            return "=" + String.join(", ", lines);
        }
        StringBuilder value = new StringBuilder("=");
        for (String line : lines) {
            for (String member : Lists.split(line)) {
                value.append(value.length() == 1 ? "" : ",").append(member);
            }
        }
        return value.toString();
    }

    /** The text by which a variant is told from its siblings; injective, since neither part holds a line break. */
    public static String variantText(Map<String, String> nominated) {
        StringBuilder text = new StringBuilder();
        nominated.forEach((field, value) -> text.append(field).append(value).append('\n'));
        return text.toString();
    }
}
