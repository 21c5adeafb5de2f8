package io.lacquer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What must hold between the keys of one policy. */
final class PolicyChecks {
    private static final Set<String> CACHEABLE = Set.of("GET", "HEAD", "QUERY");
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "QUERY", "OPTIONS", "TRACE");
    /** Decided before the status is known. */
    private static final List<Key<?>> NOT_BY_STATUS = List.of(
            PolicyKeys.ORIGIN,
            PolicyKeys.VARY_BY,
            PolicyKeys.KEY,
            PolicyKeys.CLIENT_DIRECTIVES,
            PolicyKeys.AUTHORIZATION,
            PolicyKeys.SET_COOKIE,
            PolicyKeys.BYPASS,
            PolicyKeys.INVALIDATE,
            PolicyKeys.INVALIDATE_ON_WRITE,
            PolicyKeys.COLLAPSE_ACROSS);
    /** Of no use where nothing is cached. */
    private static final List<Key<?>> ONLY_WITH_CACHE = List.of(
            TtlKeys.PRESET,
            TtlKeys.TTL,
            PolicyKeys.SWR,
            PolicyKeys.SIE,
            PolicyKeys.SLOW,
            PolicyKeys.TARGETS,
            PolicyKeys.VARY_BY,
            PolicyKeys.KEY,
            PolicyKeys.TAGS,
            PolicyKeys.INVALIDATE_ON,
            PolicyKeys.COLLAPSE_ACROSS);

    private PolicyChecks() {}

    /** Complains of a policy that contradicts itself. */
    static void check(PolicyKeys.Draft draft) {
        checkStatus(draft);
        checkUncached(draft.fields());
        checkSlow(draft.fields());
        checkMethods(draft);
        checkCaptures(draft);
        TagChecks.check(draft);
        warnOfForce(draft.fields(), PolicyKeys.MODE);
    }

    /** Warns of {@code mode: force}. */
    static void warnOfForce(Fields fields, Key<Mode> mode) {
        if (fields.find(mode) == Mode.FORCE) {
            fields.warn(
                    mode,
                    "is force, which stores answers that the origin calls private or no-store",
                    "write override unless every answer here is the same for everyone");
        }
    }

    private static void checkStatus(PolicyKeys.Draft draft) {
        if (draft.match().status().isEmpty()) {
            return;
        }
        for (Key<?> key : NOT_BY_STATUS) {
            if (draft.fields().has(key)) {
                draft.fields()
                        .error(
                                key,
                                "cannot be set in a policy with match.status: the status is known only after it is"
                                        + " needed",
                                "move it to a policy without match.status");
            }
        }
    }

    private static void checkUncached(Fields fields) {
        if (!fields.hasLiteral(PolicyKeys.CACHE) || fields.get(PolicyKeys.CACHE)) {
            return;
        }
        for (Key<?> key : ONLY_WITH_CACHE) {
            if (fields.has(key)) {
                fields.warn(key, "has no effect with cache: false", "remove one of the two");
            }
        }
    }

    /** How long to wait says nothing of how old stale may be. */
    private static void checkSlow(Fields fields) {
        if (fields.has(PolicyKeys.SLOW) && !fields.has(PolicyKeys.SIE)) {
            fields.warn(
                    PolicyKeys.SLOW,
                    "serves stale only where the origin sends stale-if-error",
                    "add stale_if_error: 1h, or how old stale may be");
        }
    }

    private static void checkMethods(PolicyKeys.Draft draft) {
        List<String> methods = draft.match().methods();
        if (methods.isEmpty()) {
            return;
        }
        String list = String.join(", ", methods);
        boolean cacheable = methods.stream().anyMatch(CACHEABLE::contains);
        if (draft.ttl().isSet() && !cacheable) {
            Key<?> key = draft.fields().has(TtlKeys.TTL) ? TtlKeys.TTL : TtlKeys.PRESET;
            draft.fields()
                    .error(
                            key,
                            "is set, but answers to " + list + " are never cached",
                            "add GET to match.method, or remove it");
        }
        if (draft.fields().has(PolicyKeys.INVALIDATE) && SAFE.containsAll(methods)) {
            draft.fields()
                    .warn(
                            PolicyKeys.INVALIDATE,
                            "never happens: " + list + " changes nothing",
                            "match POST, PUT, PATCH or DELETE, or write invalidate_on_write: true");
        }
    }

    private static void checkCaptures(PolicyKeys.Draft draft) {
        List<Placed<Template>> templates = new ArrayList<>(draft.fields().get(PolicyKeys.TAGS));
        templates.addAll(draft.fields().get(PolicyKeys.INVALIDATE_ON));
        PolicyParts.PlacedInvalidate invalidate = draft.fields().find(PolicyKeys.INVALIDATE);
        if (invalidate != null) {
            templates.addAll(invalidate.templates());
        }
        List<String> known = draft.match().path().captureNames();
        for (Placed<Template> template : templates) {
            for (String name : template.value().variables()) {
                if (!Names.isOfRequest(name) && !known.contains(name)) {
                    draft.fields()
                            .complaints()
                            .error(
                                    template.place(),
                                    Text.quote(template.value().toString()) + " has {" + name + "}, which the path "
                                            + Text.quote(draft.match().path().toString()) + " does not capture",
                                    remedy(name, known));
                }
            }
        }
    }

    private static String remedy(String name, List<String> known) {
        if (known.isEmpty()) {
            return "write {" + name + "} in match.path, or {{ for a literal brace";
        }
        return Spelling.nearest(name, known)
                .map(near -> "did you mean {" + near + "}?")
                .orElse("the path captures {" + String.join("}, {", known) + "}");
    }
}
