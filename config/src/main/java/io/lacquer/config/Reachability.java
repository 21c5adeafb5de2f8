package io.lacquer.config;

import java.util.List;
import java.util.Map;

/** Finds policies that no request or answer can get to, because one before them takes all of theirs. */
final class Reachability {
    private Reachability() {}

    /** Warns of every policy that one before it covers. */
    static void check(List<PolicyKeys.Draft> drafts) {
        for (int later = 1; later < drafts.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (covers(drafts.get(earlier).match(), drafts.get(later).match())) {
                    warn(drafts.get(earlier), drafts.get(later));
                    break;
                }
            }
        }
    }

    private static void warn(PolicyKeys.Draft earlier, PolicyKeys.Draft later) {
        later.fields()
                .complaints()
                .warn(
                        later.fields().at(PolicyKeys.NAME),
                        "the policy " + later.name() + " is never reached: " + earlier.name() + ", at "
                                + earlier.fields().at(PolicyKeys.NAME) + ", takes all of its requests",
                        "put it before " + earlier.name() + ", or narrow that one");
    }

    /** Whether the first surely takes every request, and every status, that the second takes. */
    static boolean covers(Policy.Match first, Policy.Match second) {
        return subset(second.status(), first.status())
                && subset(second.methods(), first.methods())
                && (first.hosts().isEmpty()
                        || (!second.hosts().isEmpty()
                                && second.hosts().stream().allMatch(host -> coversHost(first.hosts(), host))))
                && coversGlobs(first.headers(), second.headers())
                && coversGlobs(first.query(), second.query())
                && first.path().covers(second.path());
    }

    /** Whether all that the narrow list allows is allowed by the wide one; an empty list allows all. */
    private static boolean subset(List<?> narrow, List<?> wide) {
        return wide.isEmpty() || (!narrow.isEmpty() && wide.containsAll(narrow));
    }

    private static boolean coversHost(List<String> patterns, String host) {
        return patterns.stream()
                .anyMatch(pattern -> pattern.equals(host)
                        || (pattern.startsWith("*.")
                                && (host.startsWith("*.") ? host.substring(1) : host).endsWith(pattern.substring(1))));
    }

    private static boolean coversGlobs(Map<String, String> first, Map<String, String> second) {
        return first.entrySet().stream().allMatch(glob -> {
            String narrower = second.get(glob.getKey());
            return narrower != null
                    && (glob.getValue().equals("*") || glob.getValue().equals(narrower));
        });
    }
}
