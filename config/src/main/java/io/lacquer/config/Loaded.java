package io.lacquer.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading a file.
 *
 * @param config null exactly when one of the complaints is an error
 * @param complaints errors and warnings in the order of their places
 */
public record Loaded(@Nullable Config config, List<Complaint> complaints) {
    /** Copies the list and holds the two parts to their promise. */
    public Loaded {
        complaints = List.copyOf(complaints);
        boolean failed = complaints.stream().anyMatch(each -> each.severity() == Severity.ERROR);
        if (failed != (config == null)) {
            throw new IllegalStateException("a configuration is given exactly when there is no error: " + complaints);
        }
    }
}
