package io.lacquer.config;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Times of day on days of the calendar, as crontab(5) writes them: minute, hour, day of month, month, day of week.
 * Where both day fields are given without a {@code *}, a day that either takes is taken; else both must take it.
 */
public final class Cron {
    /** The days of the week and month fall the same way every so many years. */
    private static final int CALENDAR_YEARS = 400;

    private static final LocalDate ANY_DAY = LocalDate.of(2000, 1, 1);
    private static final Map<String, String> NICKNAMES = Map.of(
            "@hourly", "0 * * * *",
            "@daily", "0 0 * * *",
            "@weekly", "0 0 * * 0",
            "@monthly", "0 0 1 * *",
            "@yearly", "0 0 1 1 *");

    private final String source;
    private final ZoneId zone;
    private final CronField minutes;
    private final CronField hours;
    private final CronField days;
    private final CronField months;
    private final CronField weekdays;

    private Cron(String source, ZoneId zone, List<CronField> fields) {
        this.source = source;
        this.zone = zone;
        this.minutes = fields.get(0);
        this.hours = fields.get(1);
        this.days = fields.get(2);
        this.months = fields.get(3);
        this.weekdays = fields.get(4);
    }

    /**
     * Reads five fields, or one of {@code @hourly @daily @weekly @monthly @yearly}; the times are those of the zone.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static Cron parse(String text, ZoneId zone) {
        String plain = text.strip();
        String[] parts = fields(plain).split(" +", -1);
        if (parts.length != CronField.KINDS.size()) {
            throw new Malformed(
                    Text.quote(text) + " has " + parts.length + " fields, not 5",
                    "write minute, hour, day of month, month and day of week, such as 30 4 * * mon");
        }
        List<CronField> fields = IntStream.range(0, parts.length)
                .mapToObj(i -> CronField.parse(CronField.KINDS.get(i), parts[i]))
                .toList();
        Cron cron = new Cron(plain, zone, fields);
        if (cron.dayFrom(ANY_DAY) == null) {
            throw new Malformed(
                    Text.quote(text) + " names a day that no year has", "write a day that the month has, such as 28");
        }
        return cron;
    }

    /** The same times in another zone. */
    public Cron in(ZoneId other) {
        return new Cron(source, other, List.of(minutes, hours, days, months, weekdays));
    }

    /**
     * The first time after an instant. A time that the clocks skip is at the moment they are put forward; one that
     * they show twice is the first of both.
     */
    public Instant next(Instant after) {
        LocalDateTime local = after.atZone(zone).toLocalDateTime();
        Instant next;
        do {
            local = following(local);
            next = instant(local);
        } while (!next.isAfter(after)); // only while the clocks repeat an hour
        return next;
    }

    private Instant instant(LocalDateTime local) {
        ZoneOffsetTransition change = zone.getRules().getTransition(local);
        if (change != null && change.isGap()) {
            return change.getInstant();
        }
        return local.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
    }

    private LocalDateTime following(LocalDateTime local) {
        LocalDateTime from = local.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
        LocalDate day = from.toLocalDate();
        LocalTime time = takes(day) ? timeFrom(from.toLocalTime()) : null;
        if (time == null) {
            day = dayFrom(day.plusDays(1));
            time = timeFrom(LocalTime.MIDNIGHT);
        }
        if (day == null || time == null) {
            throw new IllegalStateException(source + " has no time after " + local);
        }
        return day.atTime(time);
    }

    private @Nullable LocalTime timeFrom(LocalTime from) {
        if (hours.takes(from.getHour())) {
            int minute = minutes.from(from.getMinute());
            if (minute >= 0) {
                return LocalTime.of(from.getHour(), minute);
            }
        }
        int hour = hours.from(from.getHour() + 1);
        return hour < 0 ? null : LocalTime.of(hour, minutes.from(0));
    }

    private @Nullable LocalDate dayFrom(LocalDate from) {
        LocalDate last = from.plusYears(CALENDAR_YEARS);
        LocalDate day = from;
        while (day.isBefore(last)) {
            if (!months.takes(day.getMonthValue())) {
                day = day.withDayOfMonth(1).plusMonths(1);
            } else if (takes(day)) {
                return day;
            } else {
                day = day.plusDays(1);
            }
        }
        return null;
    }

    private boolean takes(LocalDate day) {
        boolean ofMonth = days.takes(day.getDayOfMonth());
        boolean ofWeek = weekdays.takes(day.getDayOfWeek().getValue() % 7);
        boolean either = days.restricted() && weekdays.restricted();
        return months.takes(day.getMonthValue()) && (either ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    private static String fields(String text) {
        if (!text.startsWith("@")) {
            return text;
        }
        String fields = NICKNAMES.get(Text.lower(text));
        if (fields == null) {
            List<String> names = NICKNAMES.keySet().stream().sorted().toList();
            throw new Malformed(
                    Text.quote(text) + " is not known",
                    Spelling.nearest(text, names)
                            .map(name -> "did you mean " + name + "?")
                            .orElse("write five fields, or one of " + String.join(", ", names)));
        }
        return fields;
    }

    /** As it was written. */
    @Override
    public String toString() {
        return source;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cron that && source.equals(that.source) && zone.equals(that.zone);
    }

    @Override
    public int hashCode() {
        return 31 * source.hashCode() + zone.hashCode();
    }
}
