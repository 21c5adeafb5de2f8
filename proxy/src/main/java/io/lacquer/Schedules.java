package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.Scheduled;
import io.lacquer.exchange.PurgeUrls;
import io.lacquer.http.Clock;
import io.lacquer.purge.Audit;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Purges at the times that {@code schedule} names. All nodes do, and the log takes each once. */
final class Schedules {
    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
    private static final Duration LATEST = Duration.ofMinutes(5);
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration LONGEST_TRIED = Duration.ofHours(1);
    private static final int MOST_UNDONE = 1_000;

    private final Supplier<Config> config;
    private final Invalidations invalidations;
    private final Audit audit;
    private final Clock clock;
    private final Queue<Undone> undone = new ConcurrentLinkedQueue<>();
    private Instant since;

    private record Undone(Scheduled what, Instant due, Instant again) {}

    Schedules(Supplier<Config> config, Invalidations invalidations, Audit audit, Clock clock) {
        this.audit = audit;
        this.config = config;
        this.invalidations = invalidations;
        this.clock = clock;
        this.since = Instant.ofEpochMilli(clock.wallMillis());
    }

    /** Makes those that have come due, and again those that could not be made; to be called now and then, on one thread. */
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
        Undone first = undone.peek();
        if (first != null && !now.isBefore(first.again())) {
            undone.remove();
            attempt(first.what(), first.due());
        }
    }

    /** What is wrong with one keeps none of the others from their time. */
    private void attempt(Scheduled each, Instant due) {
        try {
            purge(each, due);
        } catch (RuntimeException failure) {
            LOG.error("the purge {} scheduled for {} failed", each.names(), due, failure);
        }
    }

    /** The log takes an occasion once, so trying it again is safe. */
    private void tryLater(Scheduled each, Instant due, @Nullable String why) {
        Instant now = Instant.ofEpochMilli(clock.wallMillis());
        boolean late = due.isBefore(now.minus(LONGEST_TRIED));
        LOG.error(
                "the purge {} scheduled for {} is not done: {}; {}",
                each.names(),
                due,
                why,
                late || undone.size() >= MOST_UNDONE ? "it is given up" : "it is tried again");
        if (!late && undone.size() < MOST_UNDONE) {
            undone.add(new Undone(each, due, now.plus(AGAIN)));
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
                tryLater(each, due, failure.getMessage());
                return;
            }
            switch (receipt.outcome()) {
                case NO_LOG, NOT_KEPT, TOO_MUCH -> tryLater(each, due, receipt.why());
                case DONE, DRY_RUN, LOCAL_ONLY, NOT_EVERYWHERE -> {
                    audit.done("schedule", "id=" + receipt.id() + ";" + each.names());
                    LOG.info(
                            "the purge {} scheduled for {} is done, {}: {} of the entries here",
                            each.names(),
                            due,
                            receipt.id(),
                            receipt.hit().entries());
                }
            }
        });
    }
}
