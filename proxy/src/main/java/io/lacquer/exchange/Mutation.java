package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Structured;
import io.lacquer.http.Target;
import io.lacquer.purge.Scope;
import io.lacquer.rules.InvalidationRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What an unsafe request ends: its target (RFC 9111 §4.4), and what policies name. */
final class Mutation {
    private static final String PROCESS = "#" + UUID.randomUUID() + " ";
    private static final AtomicLong MARKS = new AtomicLong();
    private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

    private Mutation() {}

    /** What one purge can be told from all others by, on all nodes: no URL, but named as one. */
    static String newMark() {
        return PROCESS + MARKS.incrementAndGet();
    }

    /**
     * The origin has answered a request: purges, and completes when the client may be told, so that it reads its own write.
     *
     * @param mark of the purge, where it is to be told from others
     */
    static CompletionStage<Void> applied(Engine engine, Plan plan, ResponseHead answer, @Nullable String mark) {
        return InvalidationRule.invalidates(plan.request(), answer.status())
                ? purge(engine, plan, answer, mark)
                : NOTHING;
    }

    /** The origin had the request, perhaps whole, and nobody knows what it did with it: rather one purge too many. */
    static CompletionStage<Void> inDoubt(Engine engine, Plan plan, Failure failure) {
        boolean neverSent = switch (failure) {
            case CONNECT_FAILED, CONNECT_TIMEOUT, UNRESOLVED, QUEUE_FULL -> true;
            default -> false;
        };
        return plan.request().isSafe() || neverSent ? NOTHING : purge(engine, plan, null, null);
    }

    private static CompletionStage<Void> purge(
            Engine engine, Plan plan, @Nullable ResponseHead answer, @Nullable String mark) {
        Scope scope = scope(plan, answer, mark);
        Policy.Invalidate named = plan.policy().invalidate();
        boolean soft = named != null && named.soft();
        boolean wait = named == null || named.waitAll();
        return scope.isEmpty()
                ? NOTHING
                : engine.invalidations().mutation(scope, plan.policy().namespace(), soft, wait);
    }

    /** The tag of all answers for a path whose policy says {@code invalidate_on_write}; no tag of a policy has a blank. */
    static String pathTag(Target target) {
        return " path " + CacheKey.hash(target.host() + target.path());
    }

    /** The tag of what subscribes to an event; no tag of a policy has a blank. */
    static String eventTag(String event) {
        return " event " + event;
    }

    /** The tag of a group of one origin (RFC 9875 §2.1); no tag of a policy has a blank. */
    static String groupTag(Target target, String group) {
        return " group " + CacheKey.hash(target.scheme() + "://" + target.host() + " " + group);
    }

    private static Scope scope(Plan plan, @Nullable ResponseHead answer, @Nullable String mark) {
        Set<String> tags = new LinkedHashSet<>();
        Set<String> urls = new LinkedHashSet<>();
        List<String> prefixes = new ArrayList<>();
        Target target = plan.target();
        if (!target.ambiguous()) {
            addUrl(urls, plan, target);
            plan.config().written(plan.request(), target).forEach((reader, captures) -> {
                tags.add(pathTag(target));
                render(reader.tags(), new Values(captures, plan.request().headers(), target.query()), tags);
            });
        }
        Policy.Invalidate named = plan.policy().invalidate();
        if (named != null) {
            render(named.tags(), Values.of(plan.matched(), plan.request(), target), tags);
            Map<String, String> sent = plan.matched().route().capturesAsSent();
            for (Template template : named.urls()) {
                template.renderUrls(sent::get).forEach(path -> addPath(urls, plan, path));
            }
            for (Template template : named.prefixes()) {
                template.renderUrls(sent::get).forEach(path -> prefixes.add(target.host() + path));
            }
        }
        if (answer != null) {
            named(answer.headers(), plan, tags, urls);
        }
        if (mark != null) {
            urls.add(mark);
        }
        return new Scope(tags, List.copyOf(urls), List.of(), prefixes, List.of(), List.of(), false);
    }

    /** What the answer names: resources of the same origin (RFC 9111 §4.4), and groups (RFC 9875 §3). */
    private static void named(Headers answer, Plan plan, Set<String> tags, Set<String> urls) {
        for (String field : List.of("Location", "Content-Location")) {
            for (String reference : answer.all(field)) {
                Target to = plan.target().resolve(reference);
                if (to != null && !to.ambiguous()) {
                    addUrl(urls, plan, to);
                }
            }
        }
        List<String> groups = Structured.strings(Structured.list(answer.all("Cache-Group-Invalidation")));
        if (groups != null) {
            groups.forEach(group -> tags.add(groupTag(plan.target(), group)));
        }
    }

    private static void addPath(Set<String> urls, Plan plan, String path) {
        try {
            addUrl(
                    urls,
                    plan,
                    Target.parse(
                            "GET", path, plan.target().host(), plan.target().scheme()));
        } catch (Target.MalformedException noPath) {
            return; // nothing can be stored under what is no path
        }
    }

    /** Adds a URL as any policy may count it that reads it, in both schemes: which one does may depend on who reads. */
    private static void addUrl(Set<String> urls, Plan plan, Target target) {
        urls.addAll(PurgeUrls.ofTarget(plan.config().queries(), target));
    }

    private static void render(List<Template> templates, Values values, Set<String> into) {
        for (Template template : templates) {
            String tag = template.render(values);
            if (tag != null) {
                into.add(tag);
            }
        }
    }
}
