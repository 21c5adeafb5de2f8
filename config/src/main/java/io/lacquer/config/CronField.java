package io.lacquer.config;

import java.util.List;

/**
 * One field of a {@link Cron}: which values it takes, and whether it was written without a {@code *}.
 *
 * @param values a bit for each value that is taken
 * @param restricted whether it says anything of its own
 */
record CronField(long values, boolean restricted) {
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final List<String> WEEKDAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

    /** All fields in their order. */
    static final List<Kind> KINDS = List.of(
            new Kind("minute", 0, 59, 59, List.of()),
            new Kind("hour", 0, 23, 23, List.of()),
            new Kind("day of month", 1, 31, 31, List.of()),
            new Kind("month", 1, 12, 12, MONTHS),
            new Kind("day of week", 0, 6, 7, WEEKDAYS));

    /**
     * A field.
     *
     * @param what it is called
     * @param least value
     * @param end the greatest value that is not the least again
     * @param most the greatest value that may be written
     * @param names for the values from the least on
     */
    record Kind(String what, int least, int end, int most, List<String> names) {
        /** Whether the greatest value is the least again, as Sunday is 0 and 7. */
        boolean isRound() {
            return end < most;
        }

        private String remedy() {
            String named = names.isEmpty() ? "" : ", or " + names.getFirst() + " to " + names.getLast();
            return "write * or " + least + " to " + most + named + ", also 1,2 or 1-5 or */2";
        }
    }

    /** Reads a field: {@code *}, values, ranges, each with a step, separated by commas. */
    static CronField parse(Kind kind, String text) {
        long values = 0;
        for (String item : text.split(",", -1)) {
            values |= item(kind, item);
        }
        if (kind.isRound() && (values & (1L << kind.most)) != 0) {
            values = (values | (1L << kind.least)) & ~(1L << kind.most);
        }
        return new CronField(values, text.indexOf('*') < 0);
    }

    /** Whether a value is taken. */
    boolean takes(int value) {
        return ((values >>> value) & 1) != 0;
    }

    /** The first value from one on that is taken, or -1. */
    int from(int value) {
        long left = (values >>> value) << value;
        return left == 0 ? -1 : Long.numberOfTrailingZeros(left);
    }

    private static long item(Kind kind, String text) {
        int slash = text.indexOf('/');
        String range = slash < 0 ? text : text.substring(0, slash);
        int step = slash < 0 ? 1 : number(kind, text.substring(slash + 1));
        if (step < 1) {
            throw new Malformed("the " + kind.what + " " + Text.quote(text) + " has a step of 0", "write 1 or more");
        }
        int dash = range.indexOf('-');
        int first;
        int last;
        if (range.equals("*")) {
            first = kind.least;
            last = kind.end;
        } else if (dash >= 0) {
            first = value(kind, range.substring(0, dash));
            last = value(kind, range.substring(dash + 1));
            last = kind.isRound() && last == kind.least && first > last ? kind.most : last; // fri-sun
        } else {
            first = value(kind, range);
            last = slash < 0 ? first : Math.max(first, kind.end);
        }
        if (first > last) {
            throw new Malformed(
                    "the " + kind.what + " " + Text.quote(text) + " ends before it begins", "write the lesser first");
        }
        long values = 0;
        for (int value = first; value <= last; value += step) {
            values |= 1L << value;
        }
        return values;
    }

    private static int value(Kind kind, String text) {
        int named = kind.names.indexOf(Text.lower(text));
        int value = named >= 0 ? kind.least + named : number(kind, text);
        if (value < kind.least || value > kind.most) {
            throw new Malformed("the " + kind.what + " " + value + " is out of bounds", kind.remedy());
        }
        return value;
    }

    private static int number(Kind kind, String text) {
        boolean digits = !text.isEmpty() && text.length() <= 4 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits) {
            throw new Malformed("the " + kind.what + " " + Text.quote(text) + " is not known", kind.remedy());
        }
        return Integer.parseInt(text);
    }
}
