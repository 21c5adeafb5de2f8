package io.lacquer.config;

import java.util.List;
import java.util.Map;

/** A request for tests. */
record Facts(String method, String host, String path, Map<String, String> headers, Map<String, String> parameters)
        implements RequestFacts {
    static Facts get(String path) {
        return new Facts("GET", "example.org", path, Map.of(), Map.of());
    }

    Facts method(String other) {
        return new Facts(other, host, path, headers, parameters);
    }

    Facts host(String other) {
        return new Facts(method, other, path, headers, parameters);
    }

    Facts with(Map<String, String> moreHeaders, Map<String, String> moreParameters) {
        return new Facts(method, host, path, moreHeaders, moreParameters);
    }

    @Override
    public List<String> header(String lowerCaseName) {
        return values(headers.get(lowerCaseName));
    }

    @Override
    public List<String> query(String name) {
        return values(parameters.get(name));
    }

    private static List<String> values(String joined) {
        return joined == null ? List.of() : List.of(joined.split(",", -1));
    }
}
