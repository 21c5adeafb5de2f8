package io.lacquer.config;

/** The names that operators give to things. */
final class Names {
    private static final int LONGEST = 64;

    private Names() {}

    /** The index of the brace that closes a gap opened at {@code open}; fails unless there is a name between. */
    static int endOfGap(String text, int open) {
        int end = text.indexOf('}', open);
        if (end < 0) {
            throw new Malformed(Text.quote(text) + " has a { that is not closed", "write {name}");
        }
        String name = text.substring(open + 1, end);
        if (!isVariable(name)) {
            throw new Malformed(
                    Text.quote(text) + " has " + Text.quote("{" + name + "}") + ", which is not a name",
                    "use letters, digits and _ between the braces, a letter first");
        }
        return end;
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
