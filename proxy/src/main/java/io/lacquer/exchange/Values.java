package io.lacquer.exchange;

import io.lacquer.config.Percent;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the gaps of a template stand for in one request: captures of the path, {@code header:x}, {@code query:x}; decoded. */
record Values(
        Map<String, String> captures,
        Headers headers,
        @Nullable String query) implements Function<String, @Nullable String> {
    private static final String HEADER = "header:";
    private static final String QUERY = "query:";

    static Values of(ActiveConfig.Matched matched, RequestHead request, Target target) {
        return new Values(matched.route().capturesAsSent(), request.headers(), target.query());
    }

    @Override
    public @Nullable String apply(String name) {
        if (name.startsWith(HEADER)) {
            String value = headers.joined(name.substring(HEADER.length()));
            return value == null ? null : Fields.text(value);
        }
        String sent = name.startsWith(QUERY)
                ? Query.values(query, name.substring(QUERY.length())).stream()
                        .findFirst()
                        .orElse(null)
                : captures.get(name);
        return sent == null ? null : Percent.decode(sent);
    }
}
