package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.statistics.Statistics;

/** A cron comes next when a walk from minute to minute first meets it. */
class CronProperties {
    private static final long DAYS = 40;

    @Property(tries = 300)
    void aWalkFromMinuteToMinuteMeetsItThere(
            @ForAll("times") Times times,
            @ForAll("zones") ZoneId zone,
            @ForAll @LongRange(min = 1_600_000_000, max = 1_800_000_000) long second) {
        Instant after = Instant.ofEpochSecond(second);
        check(times, zone, after);
    }

    @Property(tries = 300)
    void alsoWhenClocksChange(
            @ForAll("times") Times times,
            @ForAll("zones") ZoneId zone,
            @ForAll @LongRange(min = -240, max = 90) long minutes) {
        ZoneOffsetTransition change = zone.getRules().nextTransition(Instant.ofEpochSecond(1_700_000_000L + minutes));
        Instant at = change == null ? Instant.EPOCH : change.getInstant();
        check(times, zone, at.plus(minutes, ChronoUnit.MINUTES));
    }

    private static void check(Times times, ZoneId zone, Instant after) {
        Instant last = after.plus(DAYS, ChronoUnit.DAYS);
        Instant walked = after.truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
        while (walked.isBefore(last) && !times.takes(walked, zone)) {
            walked = walked.plus(1, ChronoUnit.MINUTES);
        }
        Instant next = Cron.parse(times.text(), zone).next(after);
        boolean met = walked.isBefore(last);
        Statistics.label("met").collect(met);
        if (met) {
            assertThat(next).isEqualTo(walked);
        } else {
            assertThat(next).isAfterOrEqualTo(last);
        }
    }

    /** Values of each field; of a day field none stand for {@code *}. */
    record Times(
            Set<Integer> minutes, Set<Integer> hours, Set<Integer> days, Set<Integer> months, Set<Integer> weekdays) {
        String text() {
            return list(minutes) + " " + list(hours) + " " + list(days) + " " + list(months) + " " + list(weekdays);
        }

        boolean takes(Instant instant, ZoneId zone) {
            LocalDateTime local = LocalDateTime.ofInstant(instant, zone);
            ZoneOffsetTransition change = zone.getRules().getTransition(local);
            if (change != null && change.isOverlap() && !instant.isBefore(change.getInstant())) {
                return false; // the hour for the second time
            }
            ZoneOffsetTransition now = zone.getRules().nextTransition(instant.minusNanos(1));
            if (now != null && now.isGap() && now.getInstant().equals(instant)) {
                long skipped = now.getDuration().toMinutes();
                return IntStream.rangeClosed(0, (int) skipped)
                        .anyMatch(minute -> takes(now.getDateTimeBefore().plusMinutes(minute)));
            }
            return takes(local);
        }

        private boolean takes(LocalDateTime local) {
            boolean ofMonth = days.contains(local.getDayOfMonth());
            boolean ofWeek = weekdays.contains(local.getDayOfWeek().getValue() % 7);
            boolean day = (days.isEmpty() && weekdays.isEmpty()) || ofMonth || ofWeek;
            return minutes.contains(local.getMinute())
                    && hours.contains(local.getHour())
                    && months.contains(local.getMonthValue())
                    && day;
        }

        private static String list(Set<Integer> values) {
            return values.isEmpty()
                    ? "*"
                    : new TreeSet<>(values).stream().map(String::valueOf).collect(Collectors.joining(","));
        }
    }

    @Provide
    Arbitrary<Times> times() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 59).set().ofMinSize(1).ofMaxSize(4),
                        Arbitraries.oneOf(
                                Arbitraries.integers()
                                        .between(0, 23)
                                        .set()
                                        .ofMinSize(1)
                                        .ofMaxSize(4),
                                Arbitraries.integers().between(1, 3).set().ofMinSize(1)),
                        Arbitraries.integers().between(1, 28).set().ofMaxSize(3),
                        Arbitraries.integers().between(1, 12).set().ofMinSize(1).ofMaxSize(12),
                        Arbitraries.integers().between(0, 6).set().ofMaxSize(2))
                .as(Times::new);
    }

    @Provide
    Arbitrary<ZoneId> zones() {
        return Arbitraries.of(
                        "UTC",
                        "Europe/Berlin",
                        "America/New_York",
                        "America/Santiago",
                        "Australia/Lord_Howe",
                        "Asia/Kathmandu",
                        "Pacific/Chatham")
                .map(ZoneId::of);
    }
}
