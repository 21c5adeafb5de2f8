package io.lacquer.exchange;

import io.lacquer.config.Config;
import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Extents;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.http.Structured;
import io.lacquer.purge.Subject;
import io.lacquer.rules.EmitRule;
import io.lacquer.rules.Lifetime;
import io.lacquer.rules.StaleRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.rules.VaryRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is written down of a response that is stored. */
final class Facts {
    private static final int MAX_GROUPS = 128;
    private static final long KEEP_FOR_VALIDATION_MILLIS = 3_600_000;

    private Facts() {}

    /**
     * The facts of a response.
     *
     * @param age the corrected initial age, milliseconds
     * @param nowNanos when it had that age
     * @param extents the bytes that there are, or null for all
     */
    static StoredHead of(
            Plan plan, ResponseHead head, Policy policy, long age, long nowNanos, @Nullable Extents extents) {
        ResponseHead kept = shareable(head, policy);
        Map<String, String> varied = VaryRule.nominated(
                VaryRule.fields(head.headers()), plan.request().headers());
        return new StoredHead(
                new StoredHead.Owner(policy.name(), policy.namespace()),
                kept,
                plan.request().headers().has("Authorization"),
                varied,
                tags(plan, head.headers(), policy),
                age,
                nowNanos,
                extents);
    }

    /** The facts of a stored response under a renewed head: as old as what renewed it. */
    static StoredHead renewed(Plan plan, StoredHead stored, ResponseHead by, Policy policy, long age, long nowNanos) {
        ResponseHead kept = shareable(by, policy);
        return new StoredHead(
                stored.owner(),
                kept,
                stored.requestAuthorized(),
                stored.varied(),
                tags(plan, by.headers(), policy),
                age,
                nowNanos,
                stored.extents());
    }

    /** What of a head is for those who waited for it: they did not have it validated (RFC 9111 §5.2.2.4). */
    static ResponseHead forFollowers(ResponseHead head, Policy policy) {
        ResponseHead shared = shareable(head, policy);
        CacheControl counts = Lifetime.governing(head.headers(), CacheControl.of(head.headers()), policy);
        Headers.Builder fields = shared.headers().edit();
        counts.qualifying("no-cache").forEach(fields::remove);
        return shared.with(fields.build());
    }

    /** What of a head is for others than who asked for it. */
    static ResponseHead shareable(ResponseHead head, Policy policy) {
        CacheControl counts = Lifetime.governing(head.headers(), CacheControl.of(head.headers()), policy);
        Headers.Builder fields = head.headers().edit().remove("Trailer"); // trailers are not stored
        counts.qualifying("private").forEach(fields::remove); // RFC 9111 §5.2.2.7
        if (policy.setCookie() == Policy.SetCookie.STRIP) {
            fields.remove("Set-Cookie");
        }
        return head.with(fields.build());
    }

    /** What is stored under a key as purges see it. */
    static Subject subject(CacheKey key, StoredHead facts) {
        return new Subject(key.url(), facts.tags(), facts.owner().namespace());
    }

    /** How long a response may be of use. */
    static long keepMillis(StoredHead facts, Policy policy, long nowNanos) {
        long left = Lifetime.of(facts.head(), facts.control(), policy).millis() - facts.ageMillis(nowNanos);
        long spare = ValidationRule.hasValidator(facts.head()) ? KEEP_FOR_VALIDATION_MILLIS : 0;
        return Math.max(0, left) + Math.max(spare, StaleRule.longestWindow(facts, policy));
    }

    private static List<String> tags(Plan plan, Headers headers, Policy policy) {
        List<String> tags = new ArrayList<>();
        Config.Limits limits = plan.config().config().limits();
        Values values = Values.of(plan.matched(), plan.request(), plan.target());
        for (Template template : policy.tags()) {
            addTag(tags, template.render(values), plan, limits);
        }
        for (String field : EmitRule.PURGE_TAGS) {
            for (String line : headers.all(field)) {
                Fields.names(line).forEach(tag -> addTag(tags, tag, plan, limits));
            }
        }
        // Our own come last: they have a bound of their own, and take nobody's place.
        for (Template event : policy.invalidateOn()) {
            String name = event.render(values);
            if (name != null) {
                tags.add(Mutation.eventTag(name));
            }
        }
        if (policy.invalidateOnWrite() || plan.policy().invalidateOnWrite()) {
            tags.add(Mutation.pathTag(plan.target()));
        }
        List<String> lines = headers.all("Cache-Groups");
        List<String> groups = lines.isEmpty() ? null : Structured.strings(Structured.list(lines));
        if (groups != null) {
            groups.stream()
                    .limit(MAX_GROUPS)
                    .map(group -> Mutation.groupTag(plan.target(), group))
                    .forEach(tags::add);
        }
        return List.copyOf(tags);
    }

    private static void addTag(List<String> tags, @Nullable String tag, Plan plan, Config.Limits limits) {
        if (tag == null || tags.contains(tag)) {
            return;
        }
        if (tags.size() < limits.tags() && tag.length() <= limits.tagLength()) {
            tags.add(tag);
        } else {
            plan.config().tagsDropped().increment();
        }
    }
}
