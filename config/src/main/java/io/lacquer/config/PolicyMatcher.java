package io.lacquer.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the policy of a request: the first that matches wins. For any number of threads. Time hardly depends on how
 * many policies there are, as long as their paths, hosts, or the values of a parameter or header tell them apart.
 */
public final class PolicyMatcher {
    private final Policy[] policies;
    /** Null where all policies are looked at. */
    private final @Nullable PolicyIndex index;

    private final boolean hasHosts;
    private final List<Policy> onWrite;

    /** Matches against these, in this order. */
    public PolicyMatcher(List<Policy> policies) {
        this.policies = policies.toArray(Policy[]::new);
        this.index = policies.size() <= PolicyIndex.FEW
                ? null
                : new PolicyIndex(policies.stream().map(Policy::match).toList());
        this.onWrite = policies.stream().filter(Policy::invalidateOnWrite).toList();
        this.hasHosts =
                policies.stream().anyMatch(policy -> !policy.match().hosts().isEmpty());
    }

    /** What the policies say of a request; {@link Route#NONE} where none matches. */
    public Route match(RequestFacts request) {
        String host = hasHosts ? withoutPort(request.host()) : "";
        Search candidates = index == null ? null : index.search(request, host);
        Captures captures = new Captures();
        List<Policy> byStatus = List.of();
        List<String> steeredBy = List.of();
        Map<String, String> more = Map.of();
        for (int i = next(candidates, 0); i < policies.length; i = next(candidates, i + 1)) {
            Policy policy = policies[i];
            Policy.Match match = policy.match();
            if (!matchesButForHeaders(match, request, host, captures)) {
                continue;
            }
            if (!match.headers().isEmpty()) {
                steeredBy = joined(steeredBy, match.headers());
                if (!headersMatch(match.headers(), request)) {
                    continue;
                }
            }
            if (match.status().isEmpty()) {
                return new Route(policy, List.copyOf(byStatus), steeredBy, merged(captures.asSent(), more));
            }
            if (byStatus.isEmpty()) {
                byStatus = new ArrayList<>();
            }
            byStatus.add(policy);
            more = merged(more, captures.asSent());
        }
        return byStatus.isEmpty() && steeredBy.isEmpty()
                ? Route.NONE
                : new Route(null, List.copyOf(byStatus), steeredBy, more);
    }

    /**
     * The policies with {@code invalidate_on_write} that may have stored something for a path: whatever else they ask of a
     * request, what is written there is read by others than the writer. With the captures of each, as they were sent.
     */
    public Map<Policy, Map<String, String>> written(RequestFacts request) {
        if (onWrite.isEmpty()) {
            return Map.of();
        }
        String host = withoutPort(request.host());
        Captures captures = new Captures();
        Map<Policy, Map<String, String>> found = new LinkedHashMap<>();
        for (Policy policy : onWrite) {
            Policy.Match match = policy.match();
            if (hostMatches(match.hosts(), host) && match.path().matches(request.path(), captures)) {
                found.put(policy, captures.asSent());
            }
        }
        return found;
    }

    private int next(@Nullable Search candidates, int from) {
        return candidates == null ? from : candidates.next(from, policies.length);
    }

    private static List<String> joined(List<String> names, Map<String, String> more) {
        if (names.containsAll(more.keySet())) {
            return names;
        }
        SortedSet<String> all = new TreeSet<>(names);
        all.addAll(more.keySet());
        return List.copyOf(all);
    }

    private static boolean matchesButForHeaders(
            Policy.Match match, RequestFacts request, String host, Captures captures) {
        return (match.methods().isEmpty() || match.methods().contains(request.method()))
                && match.path().matches(request.path(), captures)
                && hostMatches(match.hosts(), host)
                && (match.query().isEmpty() || queryMatches(match.query(), request));
    }

    private static boolean hostMatches(List<String> patterns, String host) {
        if (patterns.isEmpty()) {
            return true;
        }
        for (String pattern : patterns) {
            boolean same = pattern.startsWith("*.")
                    ? host.length() > pattern.length() - 1
                            && host.regionMatches(
                                    host.length() - pattern.length() + 1, pattern, 1, pattern.length() - 1)
                    : host.equals(pattern);
            if (same) {
                return true;
            }
        }
        return false;
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean isPort =
                colon >= 0 && host.indexOf(']', colon) < 0 && (host.startsWith("[") || host.indexOf(':') == colon);
        return isPort ? host.substring(0, colon) : host;
    }

    private static boolean headersMatch(Map<String, String> globs, RequestFacts request) {
        for (Map.Entry<String, String> glob : globs.entrySet()) {
            if (!anyMatches(glob.getValue(), request.header(glob.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean queryMatches(Map<String, String> globs, RequestFacts request) {
        for (Map.Entry<String, String> glob : globs.entrySet()) {
            if (!anyMatches(glob.getValue(), request.query(glob.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /** Whether one of several values matches a glob; {@code *} asks only that there is one. */
    private static boolean anyMatches(String glob, List<String> values) {
        for (String value : values) {
            if (Glob.matches(glob, value)) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, String> merged(Map<String, String> first, Map<String, String> more) {
        if (more.isEmpty() || first.isEmpty()) {
            return more.isEmpty() ? first : more;
        }
        Map<String, String> all = new LinkedHashMap<>(first);
        more.forEach(all::putIfAbsent);
        return Map.copyOf(all);
    }
}
