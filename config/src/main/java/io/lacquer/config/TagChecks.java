package io.lacquer.config;

import io.lacquer.config.Policy.VaryBy;
import java.util.List;
import java.util.stream.Stream;

/** What a stored answer is tagged with must be in its key: else who asks first chooses the tags of what others get. */
final class TagChecks {
    private TagChecks() {}

    /** Complains of tags that hold what the key does not. */
    static void check(PolicyKeys.Draft draft) {
        Fields fields = draft.fields();
        if (!fields.get(PolicyKeys.CACHE)) {
            return;
        }
        for (Key<List<Placed<Template>>> key : List.of(PolicyKeys.TAGS, PolicyKeys.INVALIDATE_ON)) {
            for (Placed<Template> template : fields.get(key)) {
                template.value().variables().stream()
                        .filter(Names::isOfRequest)
                        .forEach(gap -> check(gap, template, draft));
            }
        }
    }

    private static void check(String gap, Placed<Template> template, PolicyKeys.Draft draft) {
        Fields fields = draft.fields();
        String name = gap.substring(gap.indexOf(':') + 1);
        String quoted = Text.quote(template.value().toString()) + " has {" + gap + "}";
        if (!draft.match().status().isEmpty()) {
            fields.complaints()
                    .error(
                            template.place(),
                            quoted + ", and with match.status the key is that of another policy",
                            "move it to a policy without match.status");
        } else if (gap.startsWith(Names.HEADER) && !isInKey(name, fields)) {
            complain(quoted, "header", template.place(), "add header:" + name + " to vary_by", fields);
        } else if (gap.startsWith(Names.QUERY) && !isKept(name, fields)) {
            complain(quoted, "parameter", template.place(), "keep it in key.query, and do not drop it", fields);
        }
    }

    private static void complain(String quoted, String what, Place place, String remedy, Fields fields) {
        fields.complaints()
                .error(
                        place,
                        quoted + ", but the " + what + " is not in the key: a stranger could choose the tag of what"
                                + " others get",
                        remedy);
    }

    /** Of a key that is wrong itself enough has been said. */
    private static boolean isInKey(String header, Fields fields) {
        return fields.isBad(PolicyKeys.VARY_BY)
                || fields.isBad(PolicyKeys.KEY)
                || Stream.concat(
                                fields.get(PolicyKeys.KEY).headers().stream(),
                                fields.get(PolicyKeys.VARY_BY).stream()
                                        .filter(VaryBy.Header.class::isInstance)
                                        .map(each -> ((VaryBy.Header) each).name()))
                        .anyMatch(header::equals);
    }

    private static boolean isKept(String parameter, Fields fields) {
        Policy.Key key = fields.get(PolicyKeys.KEY);
        boolean kept = key.keep().isEmpty() || matches(key.keep(), parameter);
        return fields.isBad(PolicyKeys.KEY) || (kept && !matches(key.drop(), parameter));
    }

    private static boolean matches(List<String> globs, String name) {
        return globs.stream().anyMatch(glob -> Glob.matches(glob, name));
    }
}
