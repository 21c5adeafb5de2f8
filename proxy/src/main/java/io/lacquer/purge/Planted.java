package io.lacquer.purge;

/**
 * Mistakes that can be planted with {@code -Dlacquer.plant=NAME}, so that {@code bench/purge-check} can show that it
 * finds them. None unless asked for; the JIT compiler leaves nothing of them.
 */
public final class Planted {
    private static final String NAME = System.getProperty("lacquer.plant", "");

    /** What was fetched before a purge is stored after it. */
    static final boolean FENCE = NAME.equals("fence");

    /** A node that is cut off serves on. */
    static final boolean LEASE = NAME.equals("lease");

    /** Who came after a purge gets what was fetched before it. */
    public static final boolean WAITER = NAME.equals("waiter");

    /** What L2 holds is believed. */
    static final boolean PROMOTION = NAME.equals("promotion");

    /** What was purged since it was looked up is renewed by a 304. */
    public static final boolean RENEWAL = NAME.equals("renewal");

    /** A node that was cut off believes a log that has begun anew meanwhile. */
    public static final boolean DOUBT = NAME.equals("doubt");

    private Planted() {}

    /** What is planted, or nothing. */
    public static String name() {
        return NAME;
    }
}
