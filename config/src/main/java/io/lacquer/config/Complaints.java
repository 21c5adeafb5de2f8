package io.lacquer.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one file. */
final class Complaints {
    private final String file;
    private final List<Complaint> all = new ArrayList<>();
    private int errors;

    Complaints(String file) {
        this.file = file;
    }

    /** The file cannot be used. */
    void error(Place place, String problem, String remedy) {
        errors++;
        add(place, Severity.ERROR, problem, remedy);
    }

    /** The file can be used, but surely not as meant. */
    void warn(Place place, String problem, String remedy) {
        add(place, Severity.WARNING, problem, remedy);
    }

    /** How many errors were found so far. */
    int errors() {
        return errors;
    }

    /** All of them by place, without repetitions (an alias may be read more than once). */
    List<Complaint> sorted() {
        return all.stream()
                .distinct()
                .sorted(Comparator.comparingInt(Complaint::line).thenComparingInt(Complaint::column))
                .toList();
    }

    private void add(Place place, Severity severity, String problem, String remedy) {
        all.add(new Complaint(file, place.line(), place.column(), severity, problem, remedy));
    }
}
