package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.RequestHead;
import io.lacquer.rules.InvalidationRule;
import io.lacquer.rules.KeyRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a successful unsafe request ends: its target (RFC 9111 §4.4), and what its policy names. */
final class Mutation {
    private Mutation() {}

    /** Purges before the client has its answer, so that it reads its own write. */
    static void apply(Engine engine, Plan plan, int status) {
        RequestHead request = plan.request();
        if (!InvalidationRule.invalidates(request, status) || plan.target().ambiguous()) {
            return;
        }
        ActiveConfig.Matched reader = plan.config().match(request, plan.target(), "GET");
        Set<String> tags = new LinkedHashSet<>();
        List<String> urls = new ArrayList<>();
        urls.add(KeyRule.url(reader.policy(), plan.target()));
        if (reader.policy().invalidateOnWrite()) {
            render(reader.policy().tags(), reader.route().captures(), tags);
        }
        Policy.Invalidate named = plan.policy().invalidate();
        if (named != null) {
            render(named.tags(), plan.matched().route().captures(), tags);
            for (Template template : named.urls()) {
                String path = template.renderPath(plan.matched().route().captures()::get);
                if (path != null) {
                    urls.add(plan.target().scheme() + "://" + plan.target().host() + path);
                }
            }
        }
        engine.purges().purge(tags, urls);
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
