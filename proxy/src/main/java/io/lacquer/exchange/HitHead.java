package io.lacquer.exchange;

import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the head of a hit is put together: lines of the stored head, texts between them, and the few numbers that follow
 * its age. It is learned from heads that the full path makes at two moments, and used only for what it makes the same
 * of; so it can be wrong only about a head that changes with its age in another way than by seconds.
 */
final class HitHead {
    private static final byte[] CRLF = {'\r', '\n'};
    private static final int DIGITS = 18; // of a long
    private static final int NUMBER_ROOM = 20;

    /** What a head depends on beside what is stored: seconds of age and of lifetime left. */
    record Moment(long ageSeconds, long ttlSeconds) {}

    /** So far apart, and each number differently, that it can be seen which one a text follows. */
    private static final Moment ONE = new Moment(7, 100_003);

    private static final Moment OTHER = new Moment(1_016, 230_014);

    /** Makes the head at a moment as the full path does. */
    interface Maker {
        /** That head. */
        ResponseHead at(Moment moment);
    }

    private enum Op {
        LINES,
        START_OF_LINE,
        TEXT,
        AGE,
        TTL,
        BODY_LENGTH
    }

    private final Op[] ops;
    private final long[] firsts; // a line or a place in the texts, or what is added to a number
    private final int[] seconds; // before which line or place it ends
    private final byte[] texts;

    private HitHead(Learner of) {
        ops = of.ops.toArray(new Op[0]);
        firsts = of.firsts.stream().mapToLong(Long::longValue).toArray();
        seconds = of.seconds.stream().mapToInt(Integer::intValue).toArray();
        texts = of.texts.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * What makes the heads of a hit.
     *
     * @param known one that may do, from a hit that is alike
     * @param latest the last moment for which it is asked
     * @return null where a head changes in another way
     */
    static @Nullable HitHead of(
            @Nullable HitHead known, StoredHead stored, long bodyLength, Moment latest, Maker maker) {
        ResponseHead one = maker.at(ONE);
        ResponseHead other = maker.at(OTHER);
        if (known != null
                && known.makes(one, ONE, stored, bodyLength)
                && known.makes(other, OTHER, stored, bodyLength)) {
            return known;
        }
        Learner learner = new Learner(stored, bodyLength);
        if (!learner.learn(one, other)) {
            return null;
        }
        HitHead learned = new HitHead(learner);
        return learned.makes(one, ONE, stored, bodyLength)
                        && learned.makes(other, OTHER, stored, bodyLength)
                        && learned.makes(maker.at(latest), latest, stored, bodyLength)
                ? learned
                : null;
    }

    private boolean makes(ResponseHead head, Moment moment, StoredHead stored, long bodyLength) {
        byte[] made = new byte[room(stored)];
        int length = write(stored, bodyLength, moment.ageSeconds(), moment.ttlSeconds(), made);
        byte[] wanted = text(head).getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.equals(made, 0, length, wanted, 0, wanted.length);
    }

    /** As it is sent (RFC 9112 §2.1). */
    private static String text(ResponseHead head) {
        StringBuilder text = new StringBuilder(statusLine(head));
        Headers fields = head.headers();
        for (int i = 0; i < fields.size(); i++) {
            text.append(line(fields, i));
        }
        return text.append("\r\n").toString();
    }

    private static String statusLine(ResponseHead head) {
        return "HTTP/1.1 " + head.status() + " " + head.reason() + "\r\n";
    }

    private static String line(Headers fields, int i) {
        return fields.name(i) + ": " + fields.value(i) + "\r\n";
    }

    /** The most bytes that {@link #write} writes. */
    int room(StoredHead stored) {
        int room = texts.length + CRLF.length;
        for (int i = 0; i < ops.length; i++) {
            room += switch (ops[i]) {
                case LINES, START_OF_LINE -> stored.length((int) firsts[i], seconds[i]);
                case AGE, TTL, BODY_LENGTH -> NUMBER_ROOM;
                case TEXT -> 0; // counted already
            };
        }
        return room;
    }

    /** Writes the head of a moment; its length. */
    int write(StoredHead stored, long bodyLength, long ageSeconds, long ttlSeconds, byte[] into) {
        int at = 0;
        for (int i = 0; i < ops.length; i++) {
            int first = (int) firsts[i];
            at = switch (ops[i]) {
                case LINES -> stored.copy(first, seconds[i], into, at);
                case START_OF_LINE -> stored.copy(first, seconds[i], into, at) - CRLF.length;
                case TEXT -> {
                    int length = seconds[i] - first;
                    System.arraycopy(texts, first, into, at, length);
                    yield at + length;
                }
                case AGE -> number(ageSeconds + firsts[i], into, at);
                case TTL -> number(ttlSeconds + firsts[i], into, at);
                case BODY_LENGTH -> number(bodyLength, into, at);
            };
        }
        return at;
    }

    private static int number(long value, byte[] into, int from) {
        int at = from;
        long left = value;
        if (left < 0) {
            into[at++] = '-';
            left = -left;
        }
        int end = at + 1;
        for (long of = left; of >= 10; of /= 10) {
            end++;
        }
        at = end;
        do {
            into[--at] = (byte) ('0' + left % 10);
            left /= 10;
        } while (left > 0);
        return end;
    }

    /** Finds out what a head consists of. */
    private static final class Learner {
        private final List<Op> ops = new ArrayList<>();
        private final List<Long> firsts = new ArrayList<>();
        private final List<Integer> seconds = new ArrayList<>();
        private final StringBuilder texts = new StringBuilder();
        private final Headers stored;
        private final long bodyLength;

        Learner(StoredHead stored, long bodyLength) {
            this.stored = stored.head().headers();
            this.bodyLength = bodyLength;
        }

        boolean learn(ResponseHead one, ResponseHead other) {
            Headers fields = one.headers();
            Headers others = other.headers();
            if (fields.size() != others.size() || !statusLine(one).equals(statusLine(other))) {
                return false;
            }
            text(statusLine(one));
            for (int i = 0; i < fields.size(); i++) {
                if (!fields.name(i).equals(others.name(i))
                        || !field(fields.name(i), fields.value(i), others.value(i))) {
                    return false;
                }
            }
            text("\r\n");
            return true;
        }

        private boolean field(String name, String value, String atOther) {
            int whole = find(name, value, false);
            if (whole >= 0 && value.equals(atOther)) {
                lines(whole);
                return true;
            }
            int start = find(name, value, true);
            if (start >= 0 && atOther.startsWith(stored.value(start))) {
                add(Op.START_OF_LINE, start, start + 1);
                int from = stored.value(start).length();
                return parts(value.substring(from), atOther.substring(from));
            }
            text(name + ": ");
            if (name.equalsIgnoreCase("Content-Length") && value.equals(Long.toString(bodyLength))) {
                add(Op.BODY_LENGTH, 0, 0);
                text("\r\n");
                return value.equals(atOther);
            }
            return parts(value, atOther);
        }

        /** The stored line that this one is, or begins with; -1 where there is none. */
        private int find(String name, String value, boolean longer) {
            for (int i = 0; i < stored.size(); i++) {
                String known = stored.value(i);
                boolean fits = longer ? !known.isEmpty() && value.startsWith(known + ", ") : value.equals(known);
                if (fits && stored.name(i).equals(name)) {
                    return i;
                }
            }
            return -1;
        }

        /** The rest of a line: what is the same at both moments, and numbers that are not. */
        private boolean parts(String one, String other) {
            int i = 0;
            int j = 0;
            while (i < one.length() && j < other.length()) {
                int iTo = run(one, i);
                int jTo = run(other, j);
                String of = one.substring(i, iTo);
                String ofOther = other.substring(j, jTo);
                if (of.equals(ofOther)) {
                    text(of);
                } else if (!isNumber(of)
                        || !isNumber(ofOther)
                        || !follows(Long.parseLong(of), Long.parseLong(ofOther))) {
                    return false;
                }
                i = iTo;
                j = jTo;
            }
            text("\r\n");
            return i == one.length() && j == other.length();
        }

        private boolean follows(long one, long other) {
            if (other - one == OTHER.ageSeconds() - ONE.ageSeconds()) {
                add(Op.AGE, one - ONE.ageSeconds(), 0);
            } else if (other - one == OTHER.ttlSeconds() - ONE.ttlSeconds()) {
                add(Op.TTL, one - ONE.ttlSeconds(), 0);
            } else {
                return false;
            }
            return true;
        }

        /** Where a run of digits, or of what is none, ends. */
        private static int run(String text, int from) {
            boolean digits = isDigit(text.charAt(from));
            int to = from + 1;
            while (to < text.length() && isDigit(text.charAt(to)) == digits) {
                to++;
            }
            return to;
        }

        private static boolean isDigit(char c) {
            return c >= '0' && c <= '9';
        }

        private static boolean isNumber(String run) {
            return isDigit(run.charAt(0)) && run.length() <= DIGITS;
        }

        private void lines(int i) {
            int last = ops.size() - 1;
            if (ops.get(last) == Op.LINES && seconds.get(last) == i) {
                seconds.set(last, i + 1);
            } else {
                add(Op.LINES, i, i + 1);
            }
        }

        private void text(String text) {
            int last = ops.size() - 1;
            texts.append(text);
            if (last >= 0 && ops.get(last) == Op.TEXT) {
                seconds.set(last, texts.length());
            } else {
                add(Op.TEXT, texts.length() - text.length(), texts.length());
            }
        }

        private void add(Op op, long first, int second) {
            ops.add(op);
            firsts.add(first);
            seconds.add(second);
        }
    }
}
