package io.lacquer.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finders by anchor. Asks those whose anchor a text has; that takes the time of a few comparisons, however many there
 * are, and allocates nothing.
 */
final class Affixes {
    /** Whole texts and beginnings. */
    private final Sorted forwards;
    /** Ends, each from its last character to its first. */
    private final Sorted backwards;

    /** Of these finders. */
    Affixes(Map<Anchor, ? extends Finder> finders) {
        Map<String, Finder> wholes = new HashMap<>();
        Map<String, Finder> heads = new HashMap<>();
        Map<String, Finder> tails = new HashMap<>();
        finders.forEach((anchor, finder) -> {
            switch (anchor.kind()) {
                case WHOLE -> wholes.put(anchor.text(), finder);
                case HEAD -> heads.put(anchor.text(), finder);
                case TAIL -> tails.put(reversed(anchor.text()), finder);
            }
        });
        this.forwards = new Sorted(wholes, heads, false);
        this.backwards = new Sorted(Map.of(), tails, true);
    }

    /** Asks every finder whose anchor the text from {@code start} to before {@code end} has, each once. */
    void find(String text, int start, int end, Search search, int at) {
        forwards.find(text, start, end, search, at);
        backwards.find(text, start, end, search, at);
    }

    /** Character by character, also what only a pair of them means. */
    private static String reversed(String text) {
        char[] characters = new char[text.length()];
        for (int i = 0; i < characters.length; i++) {
            characters[i] = text.charAt(characters.length - 1 - i);
        }
        return new String(characters);
    }

    /** What belongs to one text: if it is the whole, if others begin with it, and the next shorter line that it begins with. */
    private record Line(
            String text,
            @Nullable Finder whole,
            @Nullable Finder head,
            @Nullable Line shorter) {}

    /**
     * Lines in order. Whatever stands between a text and one that it begins with begins with that too; so all that a
     * text begins with are found by going from its place to ever shorter ones.
     */
    private static final class Sorted {
        private final Line[] lines;
        private final boolean reverse;

        Sorted(Map<String, Finder> wholes, Map<String, Finder> heads, boolean reverse) {
            TreeSet<String> texts = new TreeSet<>(wholes.keySet());
            texts.addAll(heads.keySet());
            List<Line> inOrder = new ArrayList<>(texts.size());
            Line before = null;
            for (String text : texts) {
                Line shorter = before;
                while (shorter != null && (shorter.head == null || !text.startsWith(shorter.text))) {
                    shorter = shorter.shorter;
                }
                before = new Line(text, wholes.get(text), heads.get(text), shorter);
                inOrder.add(before);
            }
            this.lines = inOrder.toArray(Line[]::new);
            this.reverse = reverse;
        }

        void find(String text, int start, int end, Search search, int at) {
            int place = lastUpTo(text, start, end);
            if (place < 0) {
                return;
            }
            Line line = lines[place];
            if (line.whole != null && line.text.length() == end - start && begins(line, text, start, end)) {
                line.whole.find(search, at);
            }
            for (Line each = line; each != null; each = each.shorter) {
                if (each.head != null && begins(each, text, start, end)) {
                    each.head.find(search, at);
                }
            }
        }

        /** The place of the last line that does not stand behind the text; -1 where all do. */
        private int lastUpTo(String text, int start, int end) {
            int low = 0;
            int high = lines.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (compare(lines[middle].text, text, start, end) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        }

        private int compare(String line, String text, int start, int end) {
            int shared = Math.min(line.length(), end - start);
            for (int i = 0; i < shared; i++) {
                int difference = line.charAt(i) - text.charAt(reverse ? end - 1 - i : start + i);
                if (difference != 0) {
                    return difference;
                }
            }
            return line.length() - (end - start);
        }

        private boolean begins(Line line, String text, int start, int end) {
            int length = line.text.length();
            if (length > end - start) {
                return false;
            }
            return reverse
                    ? compare(line.text, text, end - length, end) == 0
                    : compare(line.text, text, start, start + length) == 0;
        }
    }
}
