package io.lacquer.exchange;

import io.lacquer.http.KeyProbe;

/** The head of one GET or HEAD as the fast lane has read it: where its parts stand in the bytes. Reused, for one thread. */
public final class Lines {
    private static final int MOST = 32;

    private final int[] ids = new int[MOST];
    private final int[] froms = new int[MOST];
    private final int[] tos = new int[MOST];
    private final KeyProbe probe = new KeyProbe();
    private byte[] bytes = new byte[0];
    private int count;
    private boolean toHead;
    private boolean https;

    /** Begins with another head: of a HEAD, or of a GET. */
    public void begin(byte[] of, boolean isHead) {
        bytes = of;
        toHead = isHead;
        count = 0;
        https = false;
    }

    /** Adds the value of a field that must be equal; false if there are too many. */
    public boolean add(int id, int from, int to) {
        if (count == MOST) {
            return false;
        }
        ids[count] = id;
        froms[count] = from;
        tos[count++] = to;
        return true;
    }

    /** The effective scheme, {@code http} unless said. */
    public void https(boolean is) {
        https = is;
    }

    /** Host and target, once all is read. */
    public void target(int hostFrom, int hostTo, int from, int to) {
        probe.rest(bytes, hostFrom, hostTo, from, to);
    }

    boolean isHead() {
        return toHead;
    }

    boolean isHttps() {
        return https;
    }

    KeyProbe probe() {
        return probe;
    }

    /** Whether the fields of a mask are, in their order, what a text says. */
    boolean matches(long mask, String text) {
        int at = 0;
        for (int i = 0; i < count; i++) {
            if ((mask & (1L << ids[i])) == 0) {
                continue;
            }
            int length = tos[i] - froms[i];
            if (at + length + 2 > text.length() || text.charAt(at) != ids[i]) {
                return false;
            }
            at++;
            for (int j = froms[i]; j < tos[i]; j++) {
                if (text.charAt(at++) != (char) (bytes[j] & 0xff)) {
                    return false;
                }
            }
            if (text.charAt(at++) != '\n') {
                return false;
            }
        }
        return at == text.length();
    }
}
