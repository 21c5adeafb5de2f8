package io.lacquer.config;

/** How grave a {@link Complaint} is: an error keeps a file from being used, a warning does not. */
public enum Severity {
    ERROR,
    WARNING
}
