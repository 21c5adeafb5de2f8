package io.lacquer.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads sums of whole numbers with units.
 *
 * @param what is read, for messages
 * @param example of a well-formed text
 * @param all units, the largest first
 */
record Units(String what, String example, List<Unit> all) {
    /** A unit and how many of the smallest it is. */
    record Unit(String name, long factor) {}

    /** The sum in the smallest unit; fails with a {@link Malformed}. */
    long sum(String text) {
        String trimmed = text.strip();
        if (trimmed.equals("0")) {
            return 0;
        }
        if (trimmed.isEmpty()) {
            throw new Malformed("the " + what + " is empty", "write one such as " + example);
        }
        if (trimmed.startsWith("-")) {
            throw new Malformed("the " + what + " " + Text.quote(text) + " is negative", "write 0 or more");
        }
        long total = 0;
        int smallest = -1;
        for (int at = 0; at < trimmed.length(); ) {
            int digitsEnd = span(trimmed, at, true);
            int unitStart = skipSpaces(trimmed, digitsEnd);
            int unitEnd = span(trimmed, unitStart, false);
            Unit unit = unit(text, trimmed.substring(at, digitsEnd), trimmed.substring(unitStart, unitEnd));
            int rank = all.indexOf(unit);
            if (rank <= smallest) {
                throw new Malformed(
                        "the " + what + " " + Text.quote(text) + " has its units out of order or twice",
                        "write each unit once, the largest first");
            }
            smallest = rank;
            total = add(text, total, trimmed.substring(at, digitsEnd), unit);
            at = skipSpaces(trimmed, unitEnd);
        }
        return total;
    }

    private Unit unit(String text, String digits, String name) {
        if (digits.isEmpty()) {
            throw new Malformed(
                    Text.quote(text) + " is not a " + what, "write a whole number and a unit, such as " + example);
        }
        if (name.isEmpty()) {
            String suggestion = digits.length() < 8
                    ? digits + all.get(all.size() - (bytes() ? 1 : 2)).name()
                    : example;
            throw new Malformed("the " + what + " " + Text.quote(text) + " needs a unit", "write " + suggestion);
        }
        Unit unit = find(name);
        if (unit == null) {
            String known = all.reversed().stream().map(Unit::name).collect(Collectors.joining(", "));
            throw new Malformed(
                    "the " + what + " " + Text.quote(text) + " has the unknown unit " + Text.quote(name),
                    "the units are " + known);
        }
        return unit;
    }

    private @Nullable Unit find(String name) {
        for (Unit each : all) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        return null;
    }

    private boolean bytes() {
        return all.getLast().name().equals("B");
    }

    private long add(String text, long total, String digits, Unit unit) {
        try {
            return Math.addExact(total, Math.multiplyExact(Long.parseLong(digits), unit.factor()));
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw new Malformed("the " + what + " " + Text.quote(text) + " is too large", "write a smaller one");
        }
    }

    /** The end of the run of digits, or of anything but digits and spaces, that starts at an index. */
    private static int span(String text, int from, boolean digits) {
        int at = from;
        while (at < text.length() && text.charAt(at) != ' ' && isDigit(text.charAt(at)) == digits) {
            at++;
        }
        return at;
    }

    private static int skipSpaces(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
