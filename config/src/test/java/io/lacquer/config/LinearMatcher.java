package io.lacquer.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What {@link PolicyMatcher} promises, by looking at one policy after the other. */
final class LinearMatcher {
    private static final Policy PLAIN =
            Golden.policy("name: p, match: {path: /a}").config().policies().getFirst();

    private LinearMatcher() {}

    /** A policy of which nothing matters but its name and what it takes. */
    static Policy policy(String name, Policy.Match match) {
        return new Policy(
                name,
                name,
                match,
                "api",
                true,
                Mode.RESPECT,
                PLAIN.ttl(),
                null,
                null,
                null,
                Policy.TARGETS,
                List.of(),
                Policy.Key.DEFAULT,
                List.of(),
                PLAIN.clientDirectives(),
                false,
                PLAIN.setCookie(),
                Policy.Bypass.NONE,
                null,
                false,
                List.of(),
                Policy.Across.OFF);
    }

    static Route match(List<Policy> policies, Facts request) {
        List<Policy> byStatus = new ArrayList<>();
        TreeSet<String> steeredBy = new TreeSet<>();
        Map<String, String> more = new LinkedHashMap<>();
        for (Policy policy : policies) {
            Policy.Match match = policy.match();
            Captures captures = new Captures();
            boolean takes = (match.methods().isEmpty() || match.methods().contains(request.method()))
                    && match.path().matches(request.path(), captures)
                    && (match.hosts().isEmpty() || match.hosts().stream().anyMatch(host -> is(host, request.host())))
                    && match.query().entrySet().stream()
                            .allMatch(each -> any(each.getValue(), request.query(each.getKey())));
            if (!takes) {
                continue;
            }
            steeredBy.addAll(match.headers().keySet());
            if (!match.headers().entrySet().stream()
                    .allMatch(each -> any(each.getValue(), request.header(each.getKey())))) {
                continue;
            }
            if (match.status().isEmpty()) {
                Map<String, String> all = new LinkedHashMap<>(captures.asSent());
                more.forEach(all::putIfAbsent);
                return new Route(policy, byStatus, List.copyOf(steeredBy), all);
            }
            byStatus.add(policy);
            captures.asSent().forEach(more::putIfAbsent);
        }
        return new Route(null, byStatus, List.copyOf(steeredBy), more);
    }

    private static boolean is(String pattern, String hostAndPort) {
        String host = hostAndPort.replaceFirst(":[0-9]*$", "");
        return pattern.startsWith("*.")
                ? host.endsWith(pattern.substring(1)) && !host.equals(pattern.substring(1))
                : host.equals(pattern);
    }

    private static boolean any(String glob, List<String> values) {
        return values.stream().anyMatch(value -> Glob.matches(glob, value));
    }
}
