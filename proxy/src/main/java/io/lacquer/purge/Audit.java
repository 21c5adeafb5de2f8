package io.lacquer.purge;

import io.lacquer.http.Clock;
import java.net.InetAddress;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each act that changes something, or was to: who, from where, what, and the answer's status. Refused
 * ones are cut to ten a second, with a count of what was left out.
 */
public final class Audit {
    private static final int LONGEST_WHAT = 4_000;
    private static final Logger LOG = LoggerFactory.getLogger("io.lacquer.audit");
    private static final int REFUSED_A_SECOND = 10;
    private static final long SECOND = 1_000_000_000L;
    private static final int LONGEST = 200;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Clock clock;
    private long secondStart;
    private int refused;
    private long left;

    /** Counts by a clock. */
    public Audit(Clock clock) {
        this.clock = clock;
        this.secondStart = clock.nanos();
    }

    /** An act that was let through, and what it was about, in the caller's words or nothing. */
    public void done(String who, InetAddress peer, String method, String path, int status, String what) {
        String about = what.isEmpty() ? "" : " what=" + word(what, LONGEST_WHAT);
        LOG.info("{}{}", line(who, peer, method, path, status), about);
    }

    /** An act that nobody asked for when it came, and what it was about. */
    public void done(String who, String what) {
        LOG.info("who={} what={}", word(who), word(what, LONGEST_WHAT));
    }

    /** An act that was refused; logged unless there were too many this second. */
    public void refused(String who, InetAddress peer, String method, String path, int status) {
        long untold = admit();
        if (untold >= 0) {
            String more = untold == 0 ? "" : " (" + untold + " refused before it are not logged)";
            LOG.info("{} refused{}", line(who, peer, method, path, status), more);
        }
    }

    /** How many were left out since the last line, or -1 where this one is left out too. */
    private synchronized long admit() {
        long now = clock.nanos();
        if (now - secondStart >= SECOND) {
            secondStart = now;
            refused = 0;
        }
        if (refused >= REFUSED_A_SECOND) {
            left++;
            return -1;
        }
        refused++;
        long untold = left;
        left = 0;
        return untold;
    }

    private static String line(String who, InetAddress peer, String method, String path, int status) {
        return "who=" + word(who) + " peer=" + peer.getHostAddress() + " " + word(method) + " " + word(path) + " "
                + status;
    }

    /** One word whatever it holds: all but visible ASCII is escaped, so that nothing passes for another field. */
    static String word(String text) {
        return word(text, LONGEST);
    }

    private static String word(String text, int longest) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < text.length() && word.length() < longest; i++) {
            char c = text.charAt(i);
            if (c > ' ' && c < 0x7f && c != '\\') {
                word.append(c);
            } else {
                word.append("\\u").append(HEX.toHexDigits(c));
            }
        }
        return word.length() < longest ? word.toString() : word + "…";
    }
}
