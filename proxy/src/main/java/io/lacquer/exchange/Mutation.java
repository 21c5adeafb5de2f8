package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.CacheKey;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.rules.InvalidationRule;
import io.lacquer.rules.KeyRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an unsafe request ends: its target (RFC 9111 §4.4), and what policies name. */
final class Mutation {
    private Mutation() {}

    /** The origin has answered a request: purges, before the client has the answer, so that it reads its own write. */
    static void applied(Engine engine, Plan plan, int status) {
        if (InvalidationRule.invalidates(plan.request(), status)) {
            purge(engine, plan);
        }
    }

    /** The origin had the request, perhaps whole, and nobody knows what it did with it: rather one purge too many. */
    static void inDoubt(Engine engine, Plan plan, Failure failure) {
        boolean neverSent = switch (failure) {
            case CONNECT_FAILED, CONNECT_TIMEOUT, UNRESOLVED, QUEUE_FULL -> true;
            default -> false;
        };
        if (!plan.request().isSafe() && !neverSent) {
            purge(engine, plan);
        }
    }

    /** The tag of all answers for a path whose policy says {@code invalidate_on_write}; no tag of a policy has a blank. */
    static String pathTag(Target target) {
        return " path " + CacheKey.hash(target.host() + target.path());
    }

    private static void purge(Engine engine, Plan plan) {
        Set<String> tags = new LinkedHashSet<>();
        List<String> urls = new ArrayList<>();
        Target target = plan.target();
        if (!target.ambiguous()) {
            ActiveConfig.Matched reader = addUrl(urls, plan, target);
            if (reader.policy().invalidateOnWrite()) {
                tags.add(pathTag(target));
                render(reader.policy().tags(), reader.route().captures(), tags);
            }
        }
        Policy.Invalidate named = plan.policy().invalidate();
        if (named != null) {
            Map<String, String> captures = plan.matched().route().captures();
            render(named.tags(), captures, tags);
            for (Template template : named.urls()) {
                String path = template.renderPath(captures::get);
                if (path != null) {
                    addPath(urls, plan, path);
                }
            }
        }
        engine.purges().purge(tags, urls);
    }

    private static void addPath(List<String> urls, Plan plan, String path) {
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

    /** Adds a URL as the policy that reads it counts it, in both schemes. */
    private static ActiveConfig.Matched addUrl(List<String> urls, Plan plan, Target target) {
        RequestHead request = plan.request();
        ActiveConfig.Matched reader = plan.config().match(request, target, "GET");
        String url = KeyRule.url(reader.policy(), target);
        String rest = url.substring(url.indexOf("://"));
        urls.add("http" + rest);
        urls.add("https" + rest);
        return reader;
    }

    private static void render(List<Template> templates, Map<String, String> captures, Set<String> into) {
        for (Template template : templates) {
            String tag = template.render(captures::get);
            if (tag != null) {
                into.add(tag);
            }
        }
    }
}
