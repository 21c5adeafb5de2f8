package io.lacquer.transport.server;

import io.lacquer.config.Config;
import io.lacquer.exchange.FastHits;
import io.lacquer.exchange.LargeHit;
import io.lacquer.exchange.Lines;
import io.lacquer.exchange.Sameness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The short way for the common hit: a GET or HEAD whose head is here whole is read in its bytes and answered in one write. It
 * decides nothing by itself: what it does not know, or is not sure of, is left untouched for the full path, and what it
 * gives was given by the full path before. One for each loop.
 */
@SuppressWarnings("ReferenceEquality") // the configuration is told apart by identity
final class FastLane {
    private static final int MOST_BYTES = 4096;
    private static final int LEAST_BYTES = 18;
    private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HTTPS = "https".getBytes(StandardCharsets.US_ASCII);
    private static final boolean[] VALUE = new boolean[256];
    private static final byte[] LOWER = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            VALUE[c] = (c >= ' ' || c == '\t') && c != 0x7f;
            boolean token = c < 128 && io.lacquer.http.Fields.isToken(String.valueOf((char) c));
            LOWER[c] = (byte) (!token ? 0 : c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }

    private final FastHits hits;
    private final Lines lines = new Lines();
    private final byte[] bytes = new byte[MOST_BYTES];
    private byte[] head = new byte[1024];
    private @Nullable Sameness sameness;
    private @Nullable LargeHit large;
    private Names names = new Names(Map.of());

    FastLane(FastHits hits) {
        this.hits = hits;
    }

    /** What tells requests apart now. */
    Sameness sameness() {
        return hits.sameness();
    }

    /**
     * The answer to the request that the bytes begin with, which are read then; null leaves them as they are. Of a large
     * one it is the head, and {@link #large} the rest.
     *
     * @param trusted whether the peer's word on the scheme is believed
     * @param client the peer's address, for the log
     */
    @Nullable
    ByteBuf answer(ByteBuf in, Config.Limits limits, boolean trusted, String client, ByteBufAllocator allocator) {
        Sameness now = hits.sameness();
        if (now != sameness) {
            sameness = now;
            names = new Names(now.ids());
        }
        int length = Math.min(in.readableBytes(), MOST_BYTES);
        if (length < LEAST_BYTES || !mayBeHere(in.getByte(in.readerIndex()))) {
            return null;
        }
        in.getBytes(in.readerIndex(), bytes, 0, length);
        int end = read(length, limits, trusted);
        if (end < 0 || !hits.find(lines)) {
            return null;
        }
        int room = hits.headRoom();
        if (room < 0) {
            return null;
        }
        if (room > head.length) {
            head = new byte[2 * room];
        }
        int headLength = hits.writeHead(head);
        byte[] body = hits.body();
        large = body == null ? hits.large(client) : null;
        if (body == null && large == null) {
            return null;
        }
        in.skipBytes(end);
        if (body == null) {
            return allocator.ioBuffer(headLength).writeBytes(head, 0, headLength);
        }
        ByteBuf out = allocator.ioBuffer(headLength + body.length);
        out.writeBytes(head, 0, headLength).writeBytes(body);
        hits.given(client);
        return out;
    }

    /** The body that belongs to the last answer, if that was a head only. */
    @Nullable
    LargeHit large() {
        return large;
    }

    private static boolean mayBeHere(byte first) {
        return first == 'G' || first == 'H';
    }

    private static boolean isGet(byte[] b) {
        return b[0] == 'G' && b[1] == 'E' && b[2] == 'T' && b[3] == ' ';
    }

    private static boolean isHead(byte[] b) {
        return b[0] == 'H' && b[1] == 'E' && b[2] == 'A' && b[3] == 'D' && b[4] == ' ';
    }

    /** Reads a head; where it ends, or -1 where it is not whole or not for here. */
    private int read(int length, Config.Limits limits, boolean trusted) {
        byte[] b = bytes;
        boolean isHead = b[0] == 'H';
        int targetFrom = isHead ? 5 : 4;
        if (!(isHead ? isHead(b) : isGet(b)) || b[targetFrom] != '/') {
            return -1;
        }
        int at = targetFrom + 1;
        while (at < length && b[at] > ' ' && b[at] < 0x7f) {
            at++;
        }
        int targetTo = at;
        if (!isVersion(b, at, length) || at + 9 > limits.requestLine()) {
            return -1;
        }
        at += 11;
        lines.begin(b, isHead);
        int hostFrom = -1;
        int hostTo = -1;
        int count = 0;
        boolean schemeSeen = false;
        int fieldsFrom = at;
        while (at + 1 < length && b[at] != '\r') {
            int nameFrom = at;
            int hash = 0;
            int c = at < length ? LOWER[b[at] & 0xff] : 0;
            while (c != 0) {
                hash = 31 * hash + c;
                at++;
                c = at < length ? LOWER[b[at] & 0xff] : 0;
            }
            if (at >= length || b[at] != ':' || at == nameFrom) {
                return -1;
            }
            int nameTo = at++;
            while (at < length && (b[at] == ' ' || b[at] == '\t')) {
                at++;
            }
            int from = at;
            while (at < length && VALUE[b[at] & 0xff]) {
                at++;
            }
            if (at + 1 >= length || b[at] != '\r' || b[at + 1] != '\n' || ++count > limits.headerCount()) {
                return -1;
            }
            int to = at;
            while (to > from && (b[to - 1] == ' ' || b[to - 1] == '\t')) {
                to--;
            }
            at += 2;
            int id = names.id(b, nameFrom, nameTo, hash);
            if (id == Sameness.FREE) {
                continue;
            }
            if (id == Sameness.HOST && hostFrom < 0) {
                hostFrom = from;
                hostTo = to;
            } else if (id == Names.CONNECTION) {
                if (!is(b, from, to, KEEP_ALIVE)) {
                    return -1;
                }
            } else if (id == Sameness.SCHEME && !schemeSeen) {
                schemeSeen = true;
                lines.https(trusted && is(b, from, to, HTTPS));
            } else if (id < 0 || id <= Sameness.SCHEME || !lines.add(id, from, to)) {
                return -1;
            }
        }
        boolean whole = at + 1 < length && b[at] == '\r' && b[at + 1] == '\n';
        if (!whole || hostFrom < 0 || !isHost(b, hostFrom, hostTo) || at + 2 - fieldsFrom > limits.headerBytes()) {
            return -1;
        }
        lines.target(hostFrom, hostTo, targetFrom, targetTo);
        return at + 2;
    }

    /** Nothing that could be read as the beginning of a target; what else is no host name, the full path refuses. */
    private static boolean isHost(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            int c = b[i];
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && c != '.' && c != '-' && c != '_' && c != ':' && c != '[' && c != ']') {
                return false;
            }
        }
        return to > from;
    }

    /** {@code " HTTP/1.1\r\n"}. */
    private static boolean isVersion(byte[] b, int at, int length) {
        return at + 11 <= length
                && b[at] == ' '
                && b[at + 1] == 'H'
                && b[at + 2] == 'T'
                && b[at + 3] == 'T'
                && b[at + 4] == 'P'
                && b[at + 5] == '/'
                && b[at + 6] == '1'
                && b[at + 7] == '.'
                && b[at + 8] == '1'
                && b[at + 9] == '\r'
                && b[at + 10] == '\n';
    }

    private static boolean is(byte[] b, int from, int to, byte[] word) {
        if (to - from != word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (LOWER[b[from + i] & 0xff] != word[i]) {
                return false;
            }
        }
        return true;
    }

    /** Names to ids, looked up in bytes. */
    private static final class Names {
        static final int CONNECTION = -3;

        private final byte[][] names;
        private final int[] ids;
        private final int mask;

        Names(Map<String, Integer> known) {
            int size = Integer.highestOneBit(known.size() * 4 + 8);
            names = new byte[size][];
            ids = new int[size];
            mask = size - 1;
            known.forEach(this::put);
            put("connection", CONNECTION);
        }

        private void put(String name, int id) {
            int place = spread(name.hashCode()) & mask;
            while (names[place] != null) {
                place = (place + 1) & mask;
            }
            names[place] = name.getBytes(StandardCharsets.US_ASCII);
            ids[place] = id;
        }

        /** The id of a name whose lower-case form has a hash. */
        int id(byte[] b, int from, int to, int hash) {
            int place = spread(hash) & mask;
            while (names[place] != null) {
                if (is(b, from, to, names[place])) {
                    return ids[place];
                }
                place = (place + 1) & mask;
            }
            return Sameness.FREE;
        }

        private static int spread(int hash) {
            return hash ^ (hash >>> 15);
        }
    }
}
