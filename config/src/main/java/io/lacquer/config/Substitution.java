package io.lacquer.config;

import java.util.Map;

/**
 * Fills <code>${X}</code> and <code>${X:-default}</code> into one scalar. As in a shell, the default stands
 * in for an unset or empty variable and may hold further references; <code>$${</code> is a literal
 * <code>${</code>. What a variable holds is never read again as YAML or as a reference.
 */
final class Substitution {
    private static final int DEEPEST = 16;

    private final String text;
    private final Map<String, String> env;
    private int at;

    private Substitution(String text, Map<String, String> env) {
        this.text = text;
        this.env = env;
    }

    /** Whether a text has anything to fill in. */
    static boolean isIn(String text) {
        return text.contains("${");
    }

    /** The filled text; fails with a {@link Malformed} for an unset variable or a bad reference. */
    static String fill(String text, Map<String, String> env) {
        return isIn(text) ? new Substitution(text, env).run(0, true) : text;
    }

    /** Reads up to the end, or within a default up to its closing brace; an unused default is read but not resolved. */
    private String run(int depth, boolean used) {
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            if (text.startsWith("$${", at)) {
                out.append("${");
                at += 3;
            } else if (text.startsWith("${", at)) {
                out.append(reference(depth + 1, used));
            } else if (depth > 0 && text.charAt(at) == '}') {
                return out.toString();
            } else {
                out.append(text.charAt(at++));
            }
        }
        if (depth > 0) {
            throw new Malformed(
                    Text.quote(text) + " has a ${ that is not closed", "add the }, or write $${ for a literal ${");
        }
        return out.toString();
    }

    private String reference(int depth, boolean used) {
        if (depth > DEEPEST) {
            throw new Malformed(Text.quote(text) + " nests ${…} too deeply", "use at most " + DEEPEST + " levels");
        }
        int start = at + 2;
        int end = start;
        while (end < text.length() && (Text.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        String name = text.substring(start, end);
        boolean hasDefault = text.startsWith(":-", end);
        at = hasDefault ? end + 2 : end;
        String value = env.get(name);
        boolean fallBack = hasDefault && (value == null || value.isEmpty());
        String fallback = hasDefault ? run(depth, used && fallBack) : "";
        if (!Names.isVariable(name) || at >= text.length() || text.charAt(at) != '}') {
            throw new Malformed(
                    Text.quote(text) + " has a bad reference",
                    "write ${NAME} or ${NAME:-default}, or $${ for a literal ${");
        }
        at++;
        if (fallBack || !used) {
            return fallback;
        }
        if (value == null) {
            throw new Malformed("the variable " + name + " is not set", "set it, or write ${" + name + ":-default}");
        }
        return value;
    }
}
