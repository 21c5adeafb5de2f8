package io.lacquer.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pattern for paths. Its segments are literals, with {@code *} or <code>{name}</code> for one or more
 * characters within a segment, or {@code **} for any number of whole segments, none included. Matching is
 * case-sensitive, on the normalised form, in time linear in the path.
 */
public final class PathPattern {
    /** No pattern has more named parts. */
    static final int MOST_CAPTURES = 16;

    private static final int MOST_SEGMENTS = 64;

    private final String source;
    private final Segment[] segments;
    /** For each segment, how many named parts stand before it. */
    private final int[] firstCapture;

    private final List<String> names;

    private PathPattern(String source, List<Segment> segments, List<String> names) {
        this.source = source;
        this.segments = segments.toArray(Segment[]::new);
        this.names = List.copyOf(names);
        this.firstCapture = new int[this.segments.length];
        for (int i = 1; i < this.segments.length; i++) {
            firstCapture[i] = firstCapture[i - 1] + this.segments[i - 1].names().size();
        }
    }

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static PathPattern parse(String text) {
        if (!text.startsWith("/")) {
            throw new Malformed(
                    "the path " + Text.quote(text) + " does not start with /", "write /… or /** for all paths");
        }
        refuse(text, "?", "a query", "match the query under match.query");
        refuse(text, "#", "a fragment", "remove it; clients never send it");
        refuse(text, "\\", "a backslash", "write /; paths with a backslash are never cached");
        List<Segment> segments = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String each : text.substring(1).split("/", -1)) {
            Segment segment = Segment.parse(each, text);
            if (segment != Segment.DEEP && (isDots(segment, ".") || isDots(segment, ".."))) {
                throw new Malformed(
                        "the path " + Text.quote(text) + " has a dot segment", "remove it; paths are resolved first");
            }
            segments.add(segment);
            names.addAll(segment.names());
        }
        if (segments.size() > MOST_SEGMENTS || names.size() > MOST_CAPTURES) {
            throw new Malformed(
                    "the path " + Text.quote(text) + " is too long",
                    "use at most " + MOST_SEGMENTS + " segments and " + MOST_CAPTURES + " {names}");
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new Malformed("the path " + Text.quote(text) + " has a {name} twice", "give each its own name");
        }
        return new PathPattern(text, segments, names);
    }

    /**
     * Whether the pattern takes this normalised path; the named parts are then in {@code out}. The content of
     * {@code out} means nothing after a mismatch.
     */
    public boolean matches(String normalisedPath, Captures out) {
        if (!normalisedPath.startsWith("/")) {
            return false;
        }
        out.begin(normalisedPath, names);
        int segment = 0;
        int at = 1;
        int deep = -1;
        int resume = 0;
        int past = normalisedPath.length() + 1;
        while (at < past) {
            int end = endOfSegment(normalisedPath, at);
            if (segment < segments.length && segments[segment] == Segment.DEEP) {
                deep = segment++;
                resume = at;
            } else if (segment < segments.length
                    && segments[segment].matches(normalisedPath, at, end, out, firstCapture[segment])) {
                segment++;
                at = end + 1;
            } else if (deep >= 0) {
                segment = deep + 1;
                resume = endOfSegment(normalisedPath, resume) + 1;
                at = resume;
            } else {
                return false;
            }
        }
        while (segment < segments.length && segments[segment] == Segment.DEEP) {
            segment++;
        }
        return segment == segments.length;
    }

    /** The names between braces, in the order of the path. */
    public List<String> captureNames() {
        return names;
    }

    /** Whether this surely matches every path that {@code other} matches; false when in doubt. */
    public boolean covers(PathPattern other) {
        int mine = segments.length;
        int theirs = other.segments.length;
        boolean[] below = new boolean[theirs + 1];
        below[theirs] = true;
        for (int i = mine - 1; i >= 0; i--) {
            boolean[] row = new boolean[theirs + 1];
            boolean deep = segments[i] == Segment.DEEP;
            row[theirs] = deep && below[theirs];
            for (int j = theirs - 1; j >= 0; j--) {
                row[j] = deep ? below[j] || row[j + 1] : below[j + 1] && coversSegment(segments[i], other.segments[j]);
            }
            below = row;
        }
        return below[0];
    }

    private static boolean coversSegment(Segment mine, Segment theirs) {
        return theirs != Segment.DEEP && mine.covers(theirs);
    }

    /** How many segments it has. */
    int size() {
        return segments.length;
    }

    /** One of its segments. */
    Segment segment(int index) {
        return segments[index];
    }

    /** As it was written. */
    @Override
    public String toString() {
        return source;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PathPattern that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /** Where a segment ends that begins at {@code from}: before a slash, or at the end. */
    static int endOfSegment(String path, int from) {
        int slash = path.indexOf('/', from);
        return slash < 0 ? path.length() : slash;
    }

    private static boolean isDots(Segment segment, String dots) {
        return segment.isLiteral() && segment.matches(dots, 0, dots.length(), null, 0);
    }

    private static void refuse(String path, String mark, String what, String remedy) {
        if (path.contains(mark)) {
            throw new Malformed("the path " + Text.quote(path) + " has " + what, remedy);
        }
    }
}
