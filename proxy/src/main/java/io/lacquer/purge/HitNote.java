package io.lacquer.purge;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a node tells the others of its hits: an even sample, as text. A line says since when it is so, each further one
 * how long before that a hit was, for how many it stands, whether a purge has concerned it since, and what it was about.
 *
 * @param sinceMillis wall-clock time of the node that tells
 * @param hits the sample
 */
record HitNote(long sinceMillis, List<Hit> hits) {
    private static final String FORM = "1";
    private static final String FIELD = "\t";
    private static final int MOST_HITS = 4_096;
    private static final double MOST_WEIGHT = 1e15;
    private static final HitNote UNKNOWN = new HitNote(Long.MAX_VALUE, List.of());

    /**
     * A hit of the sample.
     *
     * @param weight how many hits it stands for, positive
     * @param ageMillis when the note was made, 0 or more
     * @param purged whether a purge has concerned it since
     */
    record Hit(Subject subject, double weight, long ageMillis, boolean purged) {}

    /** The text of it. */
    String toText() {
        StringBuilder text = new StringBuilder(64 * (hits.size() + 1));
        text.append(FORM).append(FIELD).append(sinceMillis).append('\n');
        for (Hit hit : hits) {
            text.append(hit.ageMillis()).append(FIELD);
            text.append(String.format(Locale.ROOT, "%.3f", hit.weight())).append(FIELD);
            text.append(hit.purged() ? '1' : '0').append(FIELD);
            text.append(hit.subject().namespace())
                    .append(FIELD)
                    .append(hit.subject().url());
            hit.subject().tags().forEach(tag -> text.append(FIELD).append(tag));
            text.append('\n');
        }
        return text.toString();
    }

    /** Reads one; a text that is not understood, as a later release may write it, tells of no hits. */
    static HitNote parse(String text) {
        String[] lines = text.split("\n", MOST_HITS + 2);
        String[] first = lines[0].split(FIELD, -1);
        List<Hit> hits = new ArrayList<>();
        if (first.length != 2 || !first[0].equals(FORM)) {
            return UNKNOWN;
        }
        try {
            long since = Long.parseLong(first[1]);
            for (int i = 1; i < Math.min(lines.length, MOST_HITS + 1); i++) {
                if (!lines[i].isEmpty()) {
                    hits.add(hit(lines[i].split(FIELD, -1)));
                }
            }
            return new HitNote(since, hits);
        } catch (IllegalArgumentException odd) {
            return UNKNOWN;
        }
    }

    private static Hit hit(String[] fields) {
        if (fields.length < 5) {
            throw new IllegalArgumentException("a hit of " + fields.length + " fields (expected: 5 or more)");
        }
        long age = Long.parseLong(fields[0]);
        double weight = Double.parseDouble(fields[1]);
        if (age < 0 || !(weight > 0) || weight > MOST_WEIGHT) {
            throw new IllegalArgumentException("an age of " + age + " and a weight of " + weight);
        }
        List<String> tags = List.of(fields).subList(5, fields.length);
        return new Hit(new Subject(fields[4], tags, fields[3]), weight, age, fields[2].equals("1"));
    }
}
