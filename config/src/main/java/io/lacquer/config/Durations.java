package io.lacquer.config;

import java.time.Duration;
import java.util.List;

/** Durations as operators write them: {@code 1d}, {@code 1h30m}, {@code 10s 500ms}, {@code 0}. */
public final class Durations {
    /** No duration in a file is longer: ten years. */
    public static final Duration LONGEST = Duration.ofDays(3650);

    private static final Units UNITS = new Units(
            "duration",
            "60s",
            List.of(
                    new Units.Unit("d", 86_400_000L),
                    new Units.Unit("h", 3_600_000L),
                    new Units.Unit("m", 60_000L),
                    new Units.Unit("s", 1_000L),
                    new Units.Unit("ms", 1L)));

    private Durations() {}

    /**
     * Reads a duration: whole numbers with units from {@code d h m s ms}, the longest first, or {@code 0}.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static Duration parse(String text) {
        Duration duration = Duration.ofMillis(UNITS.sum(text));
        if (duration.compareTo(LONGEST) > 0) {
            throw new Malformed(
                    "the duration " + Text.quote(text) + " is longer than ten years", "write 3650d or less");
        }
        return duration;
    }

    /** The shortest text that {@link #parse} reads back as this duration; fractions of a millisecond are cut. */
    public static String format(Duration duration) {
        long left = duration.toMillis();
        if (left == 0) {
            return "0";
        }
        StringBuilder text = new StringBuilder();
        for (Units.Unit unit : UNITS.all()) {
            if (left / unit.factor() > 0) {
                text.append(left / unit.factor()).append(unit.name());
                left %= unit.factor();
            }
        }
        return text.toString();
    }
}
