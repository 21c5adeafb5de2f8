package io.lacquer.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** HTTP dates: IMF-fixdate and the two obsolete forms (RFC 9110 §5.6.7). */
public final class HttpDate {
    /** What {@link #parse} answers for text that is no date. */
    public static final long INVALID = Long.MIN_VALUE;

    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final String[] DAY_NAMES = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    private static final String[] MONTH_NAMES = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private static final Recent<Long> RECENT = new Recent<>(HttpDate::read);
    private static volatile Second lastFormatted = new Second(0, "Thu, 01 Jan 1970 00:00:00 GMT");

    /** A moment and its text. */
    private record Second(long seconds, String text) {}

    private HttpDate() {}

    /** Milliseconds since 1970, or {@link #INVALID}; a two-digit year is read as RFC 9110 says, from 1970 to 2069. */
    public static long parse(@Nullable String text) {
        return text == null ? INVALID : RECENT.of(text);
    }

    private static long read(String text) {
        try {
            if (text.length() == 29 && text.startsWith(", ", 3)) { // Sun, 06 Nov 1994 08:49:37 GMT
                return separated(text, 7, ' ', 11, ' ', 16, ' ') && gmt(text, 25)
                        ? millis(text.substring(12, 16), text.substring(8, 11), text.substring(5, 7), text, 17)
                        : INVALID;
            }
            int comma = text.indexOf(", ");
            if (comma >= 6 && text.length() == comma + 24) { // Sunday, 06-Nov-94 08:49:37 GMT
                int day = comma + 2;
                return separated(text, day + 2, '-', day + 6, '-', day + 9, ' ') && gmt(text, day + 18)
                        ? millis(
                                text.substring(day + 7, day + 9),
                                text.substring(day + 3, day + 6),
                                text.substring(day, day + 2),
                                text,
                                day + 10)
                        : INVALID;
            }
            if (text.length() == 24) { // Sun Nov  6 08:49:37 1994
                String day = text.charAt(8) == ' ' ? text.substring(9, 10) : text.substring(8, 10);
                return separated(text, 3, ' ', 7, ' ', 10, ' ') && text.charAt(19) == ' '
                        ? millis(text.substring(20), text.substring(4, 7), day, text, 11)
                        : INVALID;
            }
        } catch (NumberFormatException | DateTimeException unreadable) {
            return INVALID;
        }
        return INVALID;
    }

    private static boolean separated(String text, int a, char atA, int b, char atB, int c, char atC) {
        return text.charAt(a) == atA && text.charAt(b) == atB && text.charAt(c) == atC;
    }

    private static boolean gmt(String text, int at) {
        return text.regionMatches(true, at, " GMT", 0, 4);
    }

    private static long millis(String year, String month, String day, String text, int time) {
        int m = MONTHS.indexOf(month.toLowerCase(Locale.ROOT)) + 1;
        if (m == 0 || text.charAt(time + 2) != ':' || text.charAt(time + 5) != ':') {
            return INVALID;
        }
        int y = digits(year);
        if (year.length() == 2) {
            y += y < 70 ? 2000 : 1900;
        }
        int hour = digits(text.substring(time, time + 2));
        int minute = digits(text.substring(time + 3, time + 5));
        int second = Math.min(digits(text.substring(time + 6, time + 8)), 59); // a leap second is the one before it
        return LocalDateTime.of(y, m, digits(day), hour, minute, second)
                .toInstant(ZoneOffset.UTC)
                .toEpochMilli();
    }

    private static int digits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                throw new NumberFormatException(text);
            }
        }
        return Integer.parseInt(text);
    }

    /** IMF-fixdate of milliseconds since 1970, whole seconds. */
    public static String format(long millis) {
        long seconds = Math.floorDiv(millis, 1000L);
        Second last = lastFormatted;
        if (last.seconds != seconds) {
            last = new Second(seconds, write(millis));
            lastFormatted = last;
        }
        return last.text;
    }

    private static String write(long millis) {
        LocalDateTime t = LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(29);
        text.append(DAY_NAMES[t.getDayOfWeek().getValue() - 1]).append(", ");
        two(text, t.getDayOfMonth()).append(' ').append(MONTH_NAMES[t.getMonthValue() - 1]);
        text.append(' ').append(t.getYear()).append(' ');
        two(text, t.getHour()).append(':');
        two(text, t.getMinute()).append(':');
        return two(text, t.getSecond()).append(" GMT").toString();
    }

    private static StringBuilder two(StringBuilder text, int value) {
        return text.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }
}
