package io.lacquer.observe;

import io.lacquer.exchange.ActiveConfig;
import io.lacquer.purge.PurgeLog;
import io.lacquer.store.Leases;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The metrics in Prometheus' text format, folded from counts and gauges when scraped. */
public final class MetricsPage {
    private final Counts counts;
    private final Gauges gauges;
    private final String version;
    private final Set<Object> known = new HashSet<>();
    private @Nullable PrometheusMeterRegistry registry;

    /** Nothing is registered before the first scrape, which keeps start-up short. */
    public MetricsPage(Counts counts, Gauges gauges, String version) {
        this.counts = counts;
        this.gauges = gauges;
        this.version = version;
    }

    /** The page. */
    public synchronized String scrape() {
        PrometheusMeterRegistry into = registry;
        if (into == null) {
            into = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            registry = into;
            fixed(into);
        }
        register(into);
        StringBuilder page = new StringBuilder(into.scrape());
        latency(page);
        return page.toString();
    }

    private void fixed(PrometheusMeterRegistry into) {
        new JvmMemoryMetrics().bindTo(into);
        new JvmThreadMetrics().bindTo(into);
        try (JvmGcMetrics gc = new JvmGcMetrics()) {
            gc.bindTo(into);
        }
        gauge(
                into,
                "lacquer.memory.used",
                "Bytes on the memory ledger: bodies, heads, index, flights",
                "bytes",
                g -> g.ledger().used());
        gauge(
                into,
                "lacquer.memory.peak",
                "The most bytes that were ever on the ledger at once",
                "bytes",
                g -> g.ledger().peak());
        gauge(
                into,
                "lacquer.memory.limit",
                "The ceiling of the ledger",
                "bytes",
                g -> g.ledger().limit());
        gauge(
                into,
                "lacquer.memory.file",
                "Bytes of large bodies outside the heap, of those on the ledger",
                "bytes",
                g -> g.movedBytes().getAsLong());
        gauge(
                into,
                "lacquer.l1.entries",
                "Entries in L1",
                null,
                g -> g.l1Entries().getAsLong());
        gauge(
                into,
                "lacquer.flights",
                "Shared fetches under way",
                null,
                g -> g.flights().underWay());
        gauge(
                into,
                "lacquer.client.connections",
                "Open client connections",
                null,
                g -> g.clientConnections().getAsInt());
        gauge(
                into,
                "lacquer.origin.connections",
                "Open connections to origins",
                null,
                g -> g.originConnections().getAsInt());
        gauge(
                into,
                "lacquer.config.generation",
                "Rises with each reload",
                null,
                g -> g.configGeneration().getAsLong());
        purges(into);
        counter(
                into,
                "lacquer.fast.hits",
                "Hits that took the short way, of all hits",
                g -> g.fastHits().getAsLong());
        counter(
                into,
                "lacquer.l1.evictions",
                "Entries that left L1 for want of space",
                g -> g.l1Evictions().getAsLong());
        counter(
                into,
                "lacquer.collapsed",
                "Requests that waited for another's fetch",
                g -> g.flights().collapsed());
        counter(
                into,
                "lacquer.access.log.dropped",
                "Access log lines dropped because the log could not keep up",
                g -> g.logDropped().getAsLong());
        counter(
                into,
                "lacquer.reloads.failed",
                "Reloads that were refused; the last good configuration stayed",
                g -> g.reloadsFailed().getAsLong());
        FunctionCounter.builder("lacquer.response.body.bytes", counts, Counts::bytes)
                .description("Body bytes sent to clients")
                .register(into);
        if (gauges.l2().get() != null) {
            l2(into);
        }
        Gauge.builder("lacquer.build.info", () -> 1)
                .tags("version", version)
                .description("The running version")
                .register(into);
    }

    private void purges(PrometheusMeterRegistry into) {
        gauge(
                into,
                "lacquer.purge.applied",
                "Purges applied on this node since start",
                null,
                g -> g.purges().applications());
        gauge(
                into,
                "lacquer.purge.generation",
                "Generation of the purge log up to which this node is",
                null,
                g -> g.purges().position().generation());
        gauge(
                into,
                "lacquer.purge.position",
                "Position within that generation",
                null,
                g -> g.purges().position().sequence());
        gauge(
                into,
                "lacquer.purge.floor.generation",
                "Generation of the position below which all counts as purged",
                null,
                g -> g.purges().floor().generation());
        gauge(
                into,
                "lacquer.purge.floor.position",
                "That position within its generation",
                null,
                g -> g.purges().floor().sequence());
        counter(
                into,
                "lacquer.purge.floor.raised",
                "How often this node could not know what was purged, its start included",
                g -> g.purges().floorsRaised());
        gauge(
                into,
                "lacquer.purge.pending",
                "Purges in force here that the log does not have yet",
                null,
                g -> g.purges().pending());
        gauge(
                into,
                "lacquer.purge.log.reachable",
                "Whether the purge log can be written to",
                null,
                g -> status(g).reachable() ? 1 : 0);
        gauge(
                into,
                "lacquer.purge.log.length",
                "Records in the purge log",
                null,
                g -> status(g).length());
        gauge(
                into,
                "lacquer.purge.members",
                "Nodes that the purge log knows of and that may serve",
                null,
                g -> status(g).members().stream()
                        .filter(node -> node.state() != PurgeLog.State.LEASE_EXPIRED)
                        .count());
        gauge(
                into,
                "lacquer.purge.lag",
                "From the last purge's appending to its application here",
                "seconds",
                g -> status(g).lagSeconds());
        gauge(
                into,
                "lacquer.purge.lag.max",
                "The largest such lag since start",
                "seconds",
                g -> status(g).maxLagSeconds());
        gauge(
                into,
                "lacquer.purge.confirmed.ago",
                "Since all of the log was last known to be applied here",
                "seconds",
                g -> g.purges().confirmedAgo() / 1e9);
        counter(
                into,
                "lacquer.purge.cut.off",
                "How often this node lost touch with the purge log",
                g -> status(g).cutOff());
        counter(
                into,
                "lacquer.purge.unconfirmed",
                "Writes answered before all nodes had confirmed the purge",
                g -> g.invalidations().unconfirmed());
        counter(
                into,
                "lacquer.tags.dropped",
                "Tags of answers that were not kept: too many or too long",
                g -> ActiveConfig.tagsNotKept());
    }

    private static PurgeLog.Status status(Gauges gauges) {
        return gauges.invalidations().log().status();
    }

    private void l2(PrometheusMeterRegistry into) {
        gauge(into, "lacquer.l2.up", "Whether Redis can be asked", null, g -> value(g, s -> s.connected() ? 1 : 0));
        counter(into, "lacquer.l2.hits", "Look-ups in Redis that found something", g -> value(g, s -> s.hits()));
        counter(into, "lacquer.l2.misses", "Look-ups in Redis that found nothing", g -> value(g, s -> s.misses()));
        gauge(
                into,
                "lacquer.l2.leases.held",
                "Fetches that this node makes for all",
                null,
                g -> leases(g).held());
        counter(
                into,
                "lacquer.l2.leases.taken",
                "Leases that this node took, to fetch for all",
                g -> leases(g).taken());
        counter(
                into,
                "lacquer.l2.leases.waited",
                "How often another node's fetch was waited for",
                g -> leases(g).waited());
        counter(into, "lacquer.l2.errors", "Look-ups and writes that failed", g -> value(g, s -> s.errors()));
        counter(into, "lacquer.l2.writes", "Values written to Redis", g -> value(g, s -> s.writes()));
        counter(
                into,
                "lacquer.l2.writes.dropped",
                "Values not written because Redis was away or slow",
                g -> value(g, s -> s.writesDropped()));
    }

    private static Leases.Tally leases(Gauges gauges) {
        Leases.Tally tally = gauges.leases().get();
        return tally == null ? new Leases.Tally(0, 0, 0) : tally;
    }

    private static double value(Gauges gauges, ToDoubleFunction<io.lacquer.store.RemoteTier.State> of) {
        io.lacquer.store.RemoteTier.State state = gauges.l2().get();
        return state == null ? Double.NaN : of.applyAsDouble(state);
    }

    private void gauge(
            PrometheusMeterRegistry into,
            String name,
            String text,
            @Nullable String unit,
            ToDoubleFunction<Gauges> of) {
        Gauge.builder(name, gauges, of).description(text).baseUnit(unit).register(into);
    }

    private void counter(PrometheusMeterRegistry into, String name, String text, ToDoubleFunction<Gauges> of) {
        FunctionCounter.builder(name, gauges, of).description(text).register(into);
    }

    /** Label sets appear as they happen. */
    private void register(PrometheusMeterRegistry into) {
        counts.requests().forEach((key, count) -> {
            if (known.add(key)) {
                FunctionCounter.builder("lacquer.requests", count, LongAdder::sum)
                        .description("Requests by policy, where the answer came from, and why")
                        .tags(Tags.of(
                                "policy", key.policy(),
                                "namespace", key.namespace(),
                                "result", lower(key.result()),
                                "level", lower(key.level()),
                                "reason", key.detail(),
                                "status", key.statusClass() + "xx"))
                        .register(into);
            }
            if (known.add("namespace:" + key.namespace())) {
                byNamespace(into, key.namespace());
            }
        });
        gauges.invalidations().counts().forEach((key, count) -> {
            if (known.add(key)) {
                FunctionCounter.builder("cache.invalidations", count, LongAdder::sum)
                        .description("Purges that this node was asked for")
                        .tags("namespace", key.namespace(), "reason", key.reason())
                        .register(into);
            }
        });
        counts.refused().forEach((word, count) -> {
            if (known.add("refused:" + word)) {
                FunctionCounter.builder("lacquer.refused", count, LongAdder::sum)
                        .description("Requests and connections refused before they were requests")
                        .tags("reason", word)
                        .register(into);
            }
        });
    }

    private void byNamespace(PrometheusMeterRegistry into, String namespace) {
        Tags tags = Tags.of("namespace", namespace);
        FunctionCounter.builder(
                        "cache.hits", counts, all -> Summary.of(all, namespace).hits())
                .description("Answers from the cache")
                .tags(tags)
                .register(into);
        FunctionCounter.builder(
                        "cache.misses",
                        counts,
                        all -> Summary.of(all, namespace).misses())
                .description("Cacheable requests that went to the origin")
                .tags(tags)
                .register(into);
        FunctionCounter.builder(
                        "cache.errors",
                        counts,
                        all -> Summary.of(all, namespace).errors())
                .description("Requests that failed")
                .tags(tags)
                .register(into);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** A histogram by hand: its buckets are folded from per-thread adders. */
    private void latency(StringBuilder page) {
        String name = "lacquer_request_duration_seconds";
        page.append("# HELP ").append(name).append(" From a request's head to the end of its answer\n");
        page.append("# TYPE ").append(name).append(" histogram\n");
        long[] cumulative = counts.latencyCumulative();
        for (int i = 0; i < Counts.BUCKETS_MICROS.length; i++) {
            page.append(name)
                    .append("_bucket{le=\"")
                    .append(Counts.BUCKETS_MICROS[i] / 1e6)
                    .append("\"} ");
            page.append(cumulative[i]).append('\n');
        }
        long all = cumulative[cumulative.length - 1];
        page.append(name).append("_bucket{le=\"+Inf\"} ").append(all).append('\n');
        page.append(name).append("_sum ").append(counts.latencySeconds()).append('\n');
        page.append(name).append("_count ").append(all).append('\n');
    }
}
