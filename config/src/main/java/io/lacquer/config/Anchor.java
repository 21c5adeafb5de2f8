package io.lacquer.config;

/** What every text that a pattern takes has for certain: all of it, its beginning, or its end. */
record Anchor(Kind kind, String text) {
    /** Where the text stands. */
    enum Kind {
        WHOLE,
        HEAD,
        TAIL
    }

    /** Nothing is certain. */
    static final Anchor ANY = new Anchor(Kind.HEAD, "");

    /** Of a text between wildcards, of which only both ends are known; the beginning is preferred. */
    static Anchor of(String head, String tail) {
        return head.isEmpty() && !tail.isEmpty() ? new Anchor(Kind.TAIL, tail) : new Anchor(Kind.HEAD, head);
    }

    /** Of a {@link Glob}. */
    static Anchor ofGlob(String glob) {
        int star = glob.indexOf('*');
        return star < 0
                ? new Anchor(Kind.WHOLE, glob)
                : of(glob.substring(0, star), glob.substring(glob.lastIndexOf('*') + 1));
    }

    /** Of a host of {@code match}. */
    static Anchor ofHost(String host) {
        return host.startsWith("*.") ? new Anchor(Kind.TAIL, host.substring(1)) : new Anchor(Kind.WHOLE, host);
    }

    /** Whether it leaves out any text. */
    boolean tells() {
        return kind == Kind.WHOLE || !text.isEmpty();
    }
}
