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

    private HttpDate() {}

    /** Milliseconds since 1970, or {@link #INVALID}; a two-digit year is read as RFC 9110 says, from 1970 to 2069. */
    public static long parse(@Nullable String text) {
        if (text == null || text.length() > 64) {
            return INVALID;
        }
        String[] parts = text.strip().split("[ ,]+", -1);
        try {
            if (parts.length == 6 && parts[5].equals("GMT")) { // Sun, 06 Nov 1994 08:49:37 GMT
                return millis(parts[3], parts[2], parts[1], parts[4]);
            }
            if (parts.length == 4 && parts[3].equals("GMT")) { // Sunday, 06-Nov-94 08:49:37 GMT
                String[] date = parts[1].split("-", -1);
                return date.length == 3 ? millis(date[2], date[1], date[0], parts[2]) : INVALID;
            }
            if (parts.length == 5) { // Sun Nov  6 08:49:37 1994
                return millis(parts[4], parts[1], parts[2], parts[3]);
            }
        } catch (NumberFormatException | DateTimeException unreadable) {
            return INVALID;
        }
        return INVALID;
    }

    private static long millis(String year, String month, String day, String time) {
        int m = MONTHS.indexOf(month.toLowerCase(Locale.ROOT)) + 1;
        String[] clock = time.split(":", -1);
        if (m == 0 || clock.length != 3 || day.length() > 2 || year.length() > 4) {
            return INVALID;
        }
        int y = digits(year);
        if (year.length() == 2) {
            y += y < 70 ? 2000 : 1900;
        }
        int second = Math.min(digits(clock[2]), 59); // a leap second is the second before it
        return LocalDateTime.of(y, m, digits(day), digits(clock[0]), digits(clock[1]), second)
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
