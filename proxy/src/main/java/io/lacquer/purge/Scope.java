package io.lacquer.purge;

import io.lacquer.config.Glob;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a purge concerns: whatever any of its parts names.
 *
 * @param tags whole tags
 * @param urls {@code scheme://host/path?query} as keys have them
 * @param tagPatterns globs on tags
 * @param prefixes beginnings of {@code host/path?query}
 * @param patterns globs on {@code host/path}
 * @param namespaces of policies
 * @param all everything
 */
public record Scope(
        Set<String> tags,
        List<String> urls,
        List<String> tagPatterns,
        List<String> prefixes,
        List<String> patterns,
        List<String> namespaces,
        boolean all) {

    /** Everything. */
    public static final Scope ALL = new Scope(Set.of(), List.of(), List.of(), List.of(), List.of(), List.of(), true);

    /** Tags and URLs alone. */
    public static Scope of(Set<String> tags, List<String> urls) {
        return new Scope(tags, urls, List.of(), List.of(), List.of(), List.of(), false);
    }

    /** The same with these URLs. */
    public Scope withUrls(List<String> others) {
        return new Scope(tags, others, tagPatterns, prefixes, patterns, namespaces, all);
    }

    /** Whether it names nothing. */
    public boolean isEmpty() {
        return size() == 0;
    }

    /** How many things it names. */
    public int size() {
        return tags.size()
                + urls.size()
                + tagPatterns.size()
                + prefixes.size()
                + patterns.size()
                + namespaces.size()
                + (all ? 1 : 0);
    }

    /** Whether a stored response is among what it names. */
    public boolean concerns(Subject subject) {
        String place = Pattern.place(subject.url());
        return all
                || namespaces.contains(subject.namespace())
                || urls.contains(subject.url())
                || any(subject.tags(), tags::contains)
                || any(tagPatterns, glob -> any(subject.tags(), tag -> Pattern.isGiven(tag) && Glob.matches(glob, tag)))
                || any(prefixes, place::startsWith)
                || any(patterns, glob -> Glob.matches(glob, Pattern.withoutQuery(place)));
    }

    private static boolean any(List<String> all, Predicate<String> is) {
        for (String one : all) {
            if (is.test(one)) {
                return true;
            }
        }
        return false;
    }
}
