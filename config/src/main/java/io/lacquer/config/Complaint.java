package io.lacquer.config;

/**
 * One thing wrong with a file.
 *
 * @param file as the operator named it
 * @param line from 1
 * @param column from 1, of the offending key or value
 * @param severity whether the file can be used all the same
 * @param problem what is wrong, naming the key and the value
 * @param remedy what to do about it
 */
public record Complaint(String file, int line, int column, Severity severity, String problem, String remedy) {
    /** {@code file:line:column: what is wrong; what to do}, with {@code warning:} before a warning. */
    @Override
    public String toString() {
        String kind = severity == Severity.WARNING ? "warning: " : "";
        return file + ":" + line + ":" + column + ": " + kind + problem + "; " + remedy;
    }
}
