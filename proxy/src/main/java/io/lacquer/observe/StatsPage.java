package io.lacquer.observe;

import io.lacquer.exchange.Outcome;
import io.lacquer.store.RemoteTier;
import io.lacquer.store.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** {@code GET /api/v1/cache/stats}: the same counts as the metrics, as one JSON document. */
public final class StatsPage {
    private static final java.util.List<String> INFO = java.util.List.of(
            "redis_version",
            "connected_clients",
            "used_memory",
            "used_memory_human",
            "maxmemory",
            "maxmemory_policy",
            "keyspace_hits",
            "keyspace_misses",
            "evicted_keys",
            "expired_keys");

    private final Counts counts;
    private final Gauges gauges;
    private final JsonMapper json = new JsonMapper();

    private static final Pattern KEYS = Pattern.compile("keys=([0-9]{1,18})");

    /** Reads counts and gauges when asked. */
    public StatsPage(Counts counts, Gauges gauges) {
        this.counts = counts;
        this.gauges = gauges;
    }

    /** The document as UTF-8. */
    public byte[] render() {
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("totals", summary(key -> true));
        page.put("tiers", tiers());
        page.put("policies", grouped(Counts.Key::policy, gauges.l1ByPolicy()));
        page.put("namespaces", grouped(Counts.Key::namespace, gauges.l1ByNamespace()));
        page.put("collapsed", gauges.flights().collapsed());
        page.put("flights", gauges.flights().underWay());
        page.put("config_generation", gauges.configGeneration().getAsLong());
        RemoteTier.State l2 = gauges.l2().get();
        page.put("redis_connected", l2 == null ? null : l2.connected());
        return json.writerWithDefaultPrettyPrinter().writeValueAsBytes(page);
    }

    private Map<String, Object> tiers() {
        Map<String, Object> tiers = new LinkedHashMap<>();
        Map<String, Object> l1 = new LinkedHashMap<>();
        Summary fromL1 = Summary.of(counts, key -> key.level() == Outcome.Level.L1);
        Summary all = Summary.of(counts, key -> true);
        long l1Misses = all.hits() + all.misses() - fromL1.hits();
        l1.put("hits", fromL1.hits());
        l1.put("misses", l1Misses);
        l1.put("hit_ratio", ratio(fromL1.hits(), l1Misses));
        l1.put("entries", gauges.l1Entries().getAsLong());
        l1.put("bytes", gauges.ledger().used());
        l1.put("peak_bytes", gauges.ledger().peak());
        l1.put("max_bytes", gauges.ledger().limit());
        l1.put("evictions", gauges.l1Evictions().getAsLong());
        l1.put("errors", 0);
        tiers.put("l1", l1);
        RemoteTier.State state = gauges.l2().get();
        if (state == null) {
            tiers.put("l2", null);
            return tiers;
        }
        Map<String, Object> l2 = new LinkedHashMap<>();
        l2.put("connected", state.connected());
        l2.put("hits", state.hits());
        l2.put("misses", state.misses());
        l2.put("hit_ratio", ratio(state.hits(), state.misses()));
        Map<String, String> info = state.info() == null ? Map.of() : state.info();
        l2.put("entries", keys(info)); // of the whole Redis, as it tells
        l2.put("bytes", number(info.get("used_memory")));
        l2.put("evictions", number(info.get("evicted_keys")));
        l2.put("errors", state.errors());
        l2.put("writes", state.writes());
        l2.put("writes_dropped", state.writesDropped());
        for (String field : INFO) {
            String value = state.info() == null ? null : state.info().get(field);
            l2.put(field, value);
        }
        tiers.put("l2", l2);
        return tiers;
    }

    /** {@code db0:keys=12,expires=12,avg_ttl=0}, a line for each database that has any. */
    private static @Nullable Long keys(Map<String, String> info) {
        if (info.isEmpty()) {
            return null;
        }
        long sum = 0;
        for (Map.Entry<String, String> line : info.entrySet()) {
            Matcher keys = KEYS.matcher(line.getValue());
            if (line.getKey().matches("db[0-9]+") && keys.lookingAt()) {
                sum += Long.parseLong(keys.group(1));
            }
        }
        return sum;
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null || !text.matches("[0-9]{1,18}") ? null : Long.valueOf(text);
    }

    private static double ratio(long hits, long misses) {
        return hits + misses == 0 ? 0 : rounded((double) hits / (hits + misses));
    }

    private static double rounded(double ratio) {
        return Math.round(ratio * 10_000) / 10_000.0;
    }

    private Map<String, Object> grouped(Function<Counts.Key, String> by, Map<String, Usage> usage) {
        Map<String, Object> groups = new TreeMap<>();
        for (Counts.Key key : counts.requests().keySet()) {
            String name = by.apply(key);
            groups.computeIfAbsent(name, of -> {
                Map<String, Object> group = summary(each -> by.apply(each).equals(name));
                Usage used = usage.get(name);
                group.put("entries", used == null ? 0 : used.entries());
                group.put("bytes", used == null ? 0 : used.bytes());
                group.put("evictions", used == null ? 0 : used.evictions());
                return group;
            });
        }
        return groups;
    }

    private Map<String, Object> summary(Predicate<Counts.Key> wanted) {
        Summary sum = Summary.of(counts, wanted);
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("requests", sum.requests());
        out.put("hits", sum.hits());
        out.put("misses", sum.misses());
        out.put("hit_ratio", rounded(sum.hitRatio()));
        out.put("stale", sum.stale());
        out.put("bypassed", sum.bypassed());
        out.put("errors", sum.errors());
        return out;
    }
}
