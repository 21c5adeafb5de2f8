package io.lacquer.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query as parameters in order; nothing is decoded, so two spellings stay two. */
public final class Query {
    private Query() {}

    /** The parameters, each as written ({@code name=value} or {@code name}); empty ones are left out. */
    public static List<String> parameters(@Nullable String query) {
        List<String> parameters = new ArrayList<>();
        if (query != null) {
            int start = 0;
            while (start <= query.length()) {
                int end = query.indexOf('&', start);
                end = end < 0 ? query.length() : end;
                if (end > start) {
                    parameters.add(query.substring(start, end));
                }
                start = end + 1;
            }
        }
        return parameters;
    }

    /** The name of a parameter. */
    public static String name(String parameter) {
        int equals = parameter.indexOf('=');
        return equals < 0 ? parameter : parameter.substring(0, equals);
    }

    /** Every value of a name; a parameter without {@code =} has the empty one. */
    public static List<String> values(@Nullable String query, String name) {
        List<String> values = new ArrayList<>();
        for (String parameter : parameters(query)) {
            if (name(parameter).equals(name)) {
                values.add(parameter.length() == name.length() ? "" : parameter.substring(name.length() + 1));
            }
        }
        return values;
    }
}
