package io.lacquer.config;

import java.util.List;

/** Sizes as operators write them: {@code 256MiB} is 256 × 1024², {@code 256MB} is 256 × 1000². */
public final class Sizes {
    private static final Units UNITS = new Units(
            "size",
            "64KiB",
            List.of(
                    new Units.Unit("TiB", 1L << 40),
                    new Units.Unit("TB", 1_000_000_000_000L),
                    new Units.Unit("GiB", 1L << 30),
                    new Units.Unit("GB", 1_000_000_000L),
                    new Units.Unit("MiB", 1L << 20),
                    new Units.Unit("MB", 1_000_000L),
                    new Units.Unit("KiB", 1L << 10),
                    new Units.Unit("kB", 1_000L),
                    new Units.Unit("B", 1L)));

    private Sizes() {}

    /**
     * Reads a size in bytes: a whole number with a unit, or {@code 0}.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static long parse(String text) {
        return UNITS.sum(text);
    }

    /** The shortest exact text with one unit that {@link #parse} reads back as this many bytes. */
    public static String format(long bytes) {
        if (bytes == 0) {
            return "0";
        }
        for (Units.Unit unit : UNITS.all()) {
            if (bytes % unit.factor() == 0) {
                return bytes / unit.factor() + unit.name();
            }
        }
        return bytes + "B";
    }
}
