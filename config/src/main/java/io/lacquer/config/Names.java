package io.lacquer.config;

/** The names that operators give to things. */
final class Names {
    /** What a gap that holds a request's header begins with. */
    static final String HEADER = "header:";
    /** What a gap that holds a parameter of the query begins with. */
    static final String QUERY = "query:";

    private static final int LONGEST = 64;

    private Names() {}

    /** The index of the brace that closes a gap opened at {@code open}; fails unless there is a name between. */
    static int endOfGap(String text, int open) {
        return endOfGap(text, open, false);
    }

    /** As {@link #endOfGap(String, int)}; {@code ofRequest} tells whether headers and parameters may be named too. */
    static int endOfGap(String text, int open, boolean ofRequest) {
        int end = text.indexOf('}', open);
        if (end < 0) {
            throw new Malformed(Text.quote(text) + " has a { that is not closed", "write {name}");
        }
        String name = text.substring(open + 1, end);
        if (ofRequest && isOfRequest(name)) {
            check(name, text);
        } else if (isOfRequest(name)) {
            throw new Malformed(
                    Text.quote(text) + " has " + Text.quote("{" + name + "}") + ", which can stand in tags only",
                    "capture a part of the path");
        } else if (!isVariable(name)) {
            throw new Malformed(
                    Text.quote(text) + " has " + Text.quote("{" + name + "}") + ", which is not a name",
                    "use letters, digits and _ between the braces, a letter first");
        }
        return end;
    }

    /** Whether a gap is for a header or a parameter. */
    static boolean isOfRequest(String name) {
        return name.startsWith(HEADER) || name.startsWith(QUERY);
    }

    /** A gap's name as it is looked up: a header's in lower case. */
    static String ofGap(String name) {
        return name.startsWith(HEADER) ? Text.lower(name) : name;
    }

    private static void check(String name, String text) {
        boolean header = name.startsWith(HEADER);
        String of = name.substring(name.indexOf(':') + 1);
        boolean good = header ? Text.isToken(of) : !of.isEmpty() && of.indexOf('{') < 0;
        if (!good) {
            throw new Malformed(
                    Text.quote(text) + " has " + Text.quote("{" + name + "}") + ", which names no "
                            + (header ? "header" : "parameter"),
                    "write one such as " + (header ? "{header:X-Tenant}" : "{query:id}"));
        }
    }

    /** Letters, digits and underscores, not a digit first. */
    static boolean isVariable(String name) {
        return !name.isEmpty()
                && name.length() <= LONGEST
                && !Character.isDigit(name.charAt(0))
                && name.chars().allMatch(c -> Text.isLetterOrDigit(c) || c == '_');
    }

    /** Letters, digits, {@code _}, {@code -} and, unless {@code strict}, {@code .}; 1 to 64 of them. */
    static boolean isLabel(String name, boolean strict) {
        return !name.isEmpty()
                && name.length() <= LONGEST
                && name.chars().allMatch(c -> Text.isLetterOrDigit(c) || c == '_' || c == '-' || (!strict && c == '.'));
    }
}
