package io.lacquer.http;

/** Bytes of a representation, both ends included; {@code 0 <= first <= last}. */
public record Span(long first, long last) {
    /** The number of bytes. */
    public long length() {
        return last - first + 1;
    }

    /** Whether every byte of the other one is in this one. */
    public boolean holds(Span other) {
        return first <= other.first && other.last <= last;
    }

    /** {@code bytes=0-9}, as {@code Range} has it. */
    public String asRange() {
        return "bytes=" + first + "-" + last;
    }
}
