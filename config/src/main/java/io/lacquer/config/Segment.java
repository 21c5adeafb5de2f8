package io.lacquer.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One part of a {@link PathPattern} between slashes: literals with gaps between them. A gap takes at least
 * one character and never splits an escape; {@link #DEEP} takes any number of whole segments.
 */
final class Segment {
    /** The segment {@code **}. */
    static final Segment DEEP = new Segment(List.of(), List.of());

    private static final String UNNAMED = "";

    /** One more than there are gaps: the text before the first, between two, after the last. */
    private final List<String> literals;
    /** A name for each gap, or empty for {@code *}. */
    private final List<String> gaps;

    private Segment(List<String> literals, List<String> gaps) {
        this.literals = literals;
        this.gaps = gaps;
    }

    /** Reads a segment; {@code whole} is the path, for messages. */
    static Segment parse(String part, String whole) {
        if (part.equals("**")) {
            return DEEP;
        }
        List<String> literals = new ArrayList<>();
        List<String> gaps = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '}') {
                throw new Malformed("the path " + Text.quote(whole) + " has a } without a {", "write {name}");
            }
            if (c != '*' && c != '{') {
                continue;
            }
            if (i == start && !gaps.isEmpty()) {
                throw new Malformed(
                        "the path " + Text.quote(whole) + " has two wildcards side by side",
                        "write one, put a literal between them, or write ** as a whole segment");
            }
            int end = c == '*' ? i : Names.endOfGap(part, i);
            literals.add(Percent.normalise(part.substring(start, i)));
            gaps.add(c == '*' ? UNNAMED : part.substring(i + 1, end));
            start = end + 1;
            i = end;
        }
        literals.add(Percent.normalise(part.substring(start)));
        return new Segment(List.copyOf(literals), List.copyOf(gaps));
    }

    /** The names of the gaps, in order, without those of {@code *}. */
    List<String> names() {
        return gaps.stream().filter(name -> !name.equals(UNNAMED)).toList();
    }

    /** Whether there is no gap. */
    boolean isLiteral() {
        return gaps.isEmpty() && this != DEEP;
    }

    /** What every text that is matched has; {@link #DEEP} has none. */
    Anchor anchor() {
        return isLiteral()
                ? new Anchor(Anchor.Kind.WHOLE, literals.getFirst())
                : this == DEEP ? Anchor.ANY : Anchor.of(literals.getFirst(), literals.getLast());
    }

    /** Whether every text that is matched has at least one character. */
    boolean isNeverEmpty() {
        return !gaps.isEmpty() || (this != DEEP && !literals.getFirst().isEmpty());
    }

    /**
     * Whether {@code path} from {@code start} to before {@code end} matches. Gaps take as little as they can,
     * from the left. Named ones are noted in {@code captures}, if given, from index {@code first} on.
     */
    boolean matches(String path, int start, int end, @Nullable Captures captures, int first) {
        String head = literals.getFirst();
        if (gaps.isEmpty()) {
            return end - start == head.length() && path.startsWith(head, start);
        }
        String tail = literals.getLast();
        int at = start + head.length();
        int limit = end - tail.length();
        if (at >= limit || !path.startsWith(head, start) || !path.startsWith(tail, limit)) {
            return false;
        }
        if (Percent.splitsEscape(path, limit)) {
            return false;
        }
        int index = first;
        for (int gap = 0; gap < gaps.size(); gap++) {
            boolean last = gap == gaps.size() - 1;
            String next = literals.get(gap + 1);
            int gapEnd = last ? limit : find(path, next, at + 1, limit);
            if (gapEnd <= at) {
                return false;
            }
            if (!gaps.get(gap).equals(UNNAMED)) {
                if (captures != null) {
                    captures.note(index, at, gapEnd);
                }
                index++;
            }
            at = last ? end : gapEnd + next.length();
        }
        return true;
    }

    /** Where {@code literal} next stands, with at least one character after it before {@code limit}; or -1. */
    private static int find(String path, String literal, int from, int limit) {
        for (int at = from; at + literal.length() < limit; at++) {
            if (path.startsWith(literal, at) && !Percent.splitsEscape(path, at)) {
                return at;
            }
        }
        return -1;
    }

    /** Whether this surely matches every text that {@code other} matches; false when in doubt. */
    boolean covers(Segment other) {
        if (other.isLiteral()) {
            String literal = other.literals.getFirst();
            return matches(literal, 0, literal.length(), null, 0);
        }
        if (this == DEEP || other == DEEP || isLiteral()) {
            return false;
        }
        if (literals.equals(other.literals)) {
            return true;
        }
        String otherTail = other.literals.getLast();
        int cut = otherTail.length() - literals.getLast().length();
        return gaps.size() == 1
                && other.literals.getFirst().startsWith(literals.getFirst())
                && otherTail.endsWith(literals.getLast())
                && !Percent.splitsEscape(otherTail, cut);
    }
}
