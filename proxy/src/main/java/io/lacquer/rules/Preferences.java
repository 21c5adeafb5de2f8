package io.lacquer.rules;

import io.lacquer.http.Fields;
import io.lacquer.http.Lists;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a client prefers, of {@code Accept-Encoding} or {@code Accept-Language}: names without case, weights in
 * thousandths (RFC 9110 §12.4.2, §12.5.3, §12.5.4). The order of members of equal weight means nothing.
 *
 * @param weights by name, lower case
 */
record Preferences(Map<String, Integer> weights) {
    private static final int MOST = 1000;

    /** Reads the lines of a field; null where two servers could read them in two ways: odd names, weights or parameters. */
    static @Nullable Preferences of(List<String> lines) {
        Map<String, Integer> weights = new TreeMap<>();
        for (String line : lines) {
            for (String member : Lists.split(line)) {
                int semicolon = member.indexOf(';');
                String name = Lists.trim(semicolon < 0 ? member : member.substring(0, semicolon))
                        .toLowerCase(Locale.ROOT);
                String plain = name.equals("x-gzip") ? "gzip" : name.equals("x-compress") ? "compress" : name;
                int weight = semicolon < 0 ? MOST : weight(Lists.trim(member.substring(semicolon + 1)));
                if (!Fields.isToken(plain) || weight < 0 || weights.put(plain, weight) != null) {
                    return null;
                }
            }
        }
        return new Preferences(weights);
    }

    /** {@code q=0.5} is 500; -1 for what is no weight. */
    private static int weight(String parameter) {
        if (!parameter.regionMatches(true, 0, "q=", 0, 2)) {
            return -1;
        }
        String text = parameter.substring(2);
        boolean readable = !text.isEmpty() && text.length() <= 5 && (text.length() == 1 || text.charAt(1) == '.');
        int value = 0;
        for (int i = 0; readable && i < 5; i++) {
            if (i != 1) {
                char c = i < text.length() ? text.charAt(i) : '0';
                readable = c >= '0' && c <= '9';
                value = value * 10 + (c - '0');
            }
        }
        return readable && value <= MOST ? value : -1;
    }

    /** One text for all values that mean the same: the most wanted first, then by name. */
    String canonical() {
        List<Map.Entry<String, Integer>> sorted = new ArrayList<>(weights.entrySet());
        sorted.sort(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Integer> each : sorted) {
            text.append(text.isEmpty() ? "" : ",").append(each.getKey());
            if (each.getValue() < MOST) {
                text.append(";q=0.")
                        .append(Integer.toString(MOST + each.getValue()).substring(1));
            }
        }
        return text.toString();
    }

    /** Whether a name is wanted, and none more. */
    boolean wantsMost(String name) {
        int weight = weights.getOrDefault(name, 0);
        return weight > 0 && weights.values().stream().allMatch(other -> other <= weight);
    }

    /** The one name that is wanted more than any other, or null. */
    @Nullable
    String first() {
        String first = null;
        int most = 0;
        for (Map.Entry<String, Integer> each : weights.entrySet()) {
            if (each.getValue() > most) {
                most = each.getValue();
                first = each.getKey();
            } else if (each.getValue() == most) {
                first = null;
            }
        }
        return "*".equals(first) ? null : first;
    }
}
