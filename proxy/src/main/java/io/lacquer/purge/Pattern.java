package io.lacquer.purge;

import io.lacquer.config.Glob;

/**
 * A purge of what can't be looked up by name.
 *
 * @param kind what the text is held against
 * @param text a prefix or a glob
 */
record Pattern(Kind kind, String text) {
    /** What a pattern's text is. */
    enum Kind {
        /** A glob on tags. */
        TAG,
        /** The beginning of {@code host/path?query}. */
        PREFIX,
        /** A glob on {@code host/path}. */
        PLACE
    }

    boolean concerns(Subject subject, String place) {
        return switch (kind) {
            case PREFIX -> place.startsWith(text);
            case PLACE -> Glob.matches(text, withoutQuery(place));
            case TAG -> {
                boolean any = false;
                for (String tag : subject.tags()) {
                    any |= isGiven(tag) && Glob.matches(text, tag);
                }
                yield any;
            }
        };
    }

    /** Whether a tag is an origin's or a policy's, not one of Lacquer's own: they have a blank. */
    static boolean isGiven(String tag) {
        return !tag.startsWith(" ");
    }

    /** A URL without its scheme. */
    static String place(String url) {
        int at = url.indexOf("://");
        return at < 0 ? url : url.substring(at + 3);
    }

    static String withoutQuery(String place) {
        int mark = place.indexOf('?');
        return mark < 0 ? place : place.substring(0, mark);
    }
}
