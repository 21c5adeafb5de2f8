package io.lacquer.purge;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One purge, as the log, the journal and every node have it.
 *
 * @param id random, so that a second copy of it in the log is known as such
 * @param issuer the name of the node that was asked
 * @param atMillis the issuer's wall clock, for people
 * @param reason who wanted it: {@code api}, {@code mutation}, {@code event}, {@code schedule}, {@code purge-method}
 * @param namespace of the policy that caused it, or {@code *}
 * @param soft whether what it hits is only stale from now on
 * @param hardenMillis after how long a soft purge becomes a hard one; -1 is never
 * @param acked whether the issuer waits until all nodes have applied it
 */
public record Purge(
        String id,
        String issuer,
        long atMillis,
        String reason,
        String namespace,
        Scope scope,
        boolean soft,
        long hardenMillis,
        boolean acked) {

    private static final String NEVER = "-";

    /** The text of it: a line for each fact; no fact holds a line break. */
    public String toText() {
        StringBuilder text = new StringBuilder(128);
        line(text, "id", id);
        line(text, "by", issuer);
        line(text, "at", Long.toString(atMillis));
        line(text, "why", reason);
        line(text, "for", namespace);
        if (soft) {
            line(text, "soft", hardenMillis < 0 ? NEVER : Long.toString(hardenMillis));
        }
        if (acked) {
            line(text, "acked", "");
        }
        scope.tags().forEach(tag -> line(text, "tag", tag));
        scope.urls().forEach(url -> line(text, "url", url));
        scope.tagPatterns().forEach(glob -> line(text, "tagglob", glob));
        scope.prefixes().forEach(prefix -> line(text, "prefix", prefix));
        scope.patterns().forEach(glob -> line(text, "glob", glob));
        scope.namespaces().forEach(name -> line(text, "ns", name));
        if (scope.all()) {
            line(text, "all", "");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String kind, String value) {
        if (value.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a " + kind + " with a line break (expected: none)");
        }
        text.append(kind).append(' ').append(value).append('\n');
    }

    /** The same with a wish to hear from all nodes, or without. */
    public Purge acked(boolean wish) {
        return new Purge(id, issuer, atMillis, reason, namespace, scope, soft, hardenMillis, wish);
    }

    /** Reads it. Of a later release's text that is not understood it makes a purge of everything: rather too much. */
    public static Purge parse(String text) {
        Reader reader = new Reader();
        try {
            for (int from = 0; from < text.length(); ) {
                int end = text.indexOf('\n', from);
                end = end < 0 ? text.length() : end;
                reader.line(text.substring(from, end));
                from = end + 1;
            }
        } catch (NumberFormatException unknown) {
            reader.unknown = true;
        }
        return reader.purge();
    }

    private static final class Reader {
        private String id = "";
        private String issuer = "";
        private long at;
        private String reason = "";
        private String namespace = "*";
        private boolean soft;
        private long harden = -1;
        private boolean acked;
        private boolean all;
        private boolean unknown;
        private final Set<String> tags = new LinkedHashSet<>();
        private final List<String> urls = new ArrayList<>(2);
        private final List<String> tagPatterns = new ArrayList<>(0);
        private final List<String> prefixes = new ArrayList<>(0);
        private final List<String> patterns = new ArrayList<>(0);
        private final List<String> namespaces = new ArrayList<>(0);

        void line(String line) {
            int blank = line.indexOf(' ');
            String kind = blank < 0 ? line : line.substring(0, blank);
            String value = blank < 0 ? "" : line.substring(blank + 1);
            switch (kind) {
                case "id" -> id = value;
                case "by" -> issuer = value;
                case "at" -> at = Long.parseLong(value);
                case "why" -> reason = value;
                case "for" -> namespace = value;
                case "soft" -> {
                    soft = true;
                    harden = NEVER.equals(value) ? -1 : Long.parseLong(value);
                }
                case "acked" -> acked = true;
                case "all" -> all = true;
                case "tag" -> tags.add(value);
                case "url" -> urls.add(value);
                case "tagglob" -> tagPatterns.add(value);
                case "prefix" -> prefixes.add(value);
                case "glob" -> patterns.add(value);
                case "ns" -> namespaces.add(value);
                default -> unknown = true;
            }
        }

        Purge purge() {
            Scope named = new Scope(tags, urls, tagPatterns, prefixes, patterns, namespaces, all);
            boolean lost = unknown || id.isEmpty() || named.isEmpty();
            boolean isSoft = soft && !lost;
            return new Purge(
                    id, issuer, at, reason, namespace, lost ? Scope.ALL : named, isSoft, isSoft ? harden : -1, acked);
        }
    }
}
