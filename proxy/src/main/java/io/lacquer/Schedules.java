package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.Scheduled;
import io.lacquer.exchange.PurgeUrls;
import io.lacquer.http.Clock;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Purges at the times that {@code schedule} names. All nodes do, and the log takes each once. */
final class Schedules {
    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
    private static final Duration LATEST = Duration.ofMinutes(5);

    private final Supplier<Config> config;
    private final Invalidations invalidations;
    private final Clock clock;
    private Instant since;

    Schedules(Supplier<Config> config, Invalidations invalidations, Clock clock) {
        this.config = config;
        this.invalidations = invalidations;
        this.clock = clock;
        this.since = Instant.ofEpochMilli(clock.wallMillis());
    }

    /** Makes those that have come due; to be called now and then, on one thread. */
    void look() {
        Instant now = Instant.ofEpochMilli(clock.wallMillis());
        Instant from = since.isBefore(now.minus(LATEST)) ? now.minus(LATEST) : since;
        since = now.isBefore(since) ? since : now;
        for (Scheduled each : config.get().schedule()) {
            Instant due = each.cron().next(from);
            if (!due.isAfter(now)) {
                attempt(each, due);
            }
        }
    }

    /** What is wrong with one keeps none of the others from their time. */
    private void attempt(Scheduled each, Instant due) {
        try {
            purge(each, due);
        } catch (RuntimeException failure) {
            LOG.error("the purge scheduled for {} failed", due, failure);
        }
    }

    private void purge(Scheduled each, Instant due) {
        Scope scope = new Scope(
                new LinkedHashSet<>(each.tags()),
                PurgeUrls.of(config.get(), each.urls()),
                each.tagPatterns(),
                each.prefixes().stream().map(PurgeUrls::prefix).toList(),
                each.patterns().stream().map(PurgeUrls::pattern).toList(),
                each.namespaces(),
                each.all());
        Invalidations.Wish wish =
                new Invalidations.Wish(scope, each.soft(), false, Duration.ofSeconds(2), false, true, "schedule");
        invalidations.scheduled(wish, each.cron() + " " + due).whenComplete((receipt, failure) -> {
            if (failure != null) {
                LOG.error("the purge scheduled for {} failed", due, failure);
            } else {
                LOG.info(
                        "the purge scheduled for {} is done: {} entries here",
                        due,
                        receipt.hit().entries());
            }
        });
    }
}
