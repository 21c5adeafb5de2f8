package io.lacquer.exchange;

import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the gaps of a template stand for in one request: captures of the path, {@code header:x}, {@code query:x}. */
record Values(
        Map<String, String> captures,
        Headers headers,
        @Nullable String query) implements Function<String, @Nullable String> {
    private static final String HEADER = "header:";
    private static final String QUERY = "query:";

    static Values of(ActiveConfig.Matched matched, RequestHead request, Target target) {
        return new Values(matched.route().captures(), request.headers(), target.query());
    }

    @Override
    public @Nullable String apply(String name) {
        if (name.startsWith(HEADER)) {
            return headers.joined(name.substring(HEADER.length()));
        }
        if (name.startsWith(QUERY)) {
            List<String> values = query == null ? List.of() : Query.values(query, name.substring(QUERY.length()));
            return values.isEmpty() ? null : values.getFirst();
        }
        return captures.get(name);
    }
}
