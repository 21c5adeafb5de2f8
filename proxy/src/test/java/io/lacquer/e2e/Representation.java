package io.lacquer.e2e;

import io.lacquer.ManualClock;
import io.lacquer.http.HttpDate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A resource of an origin that knows conditions and ranges by the letter. Every byte tells version and place, so that a
 * byte of another version, or from another place, is seen.
 */
final class Representation implements Origin.Handler {
    /** What tells one version from another. */
    enum Validator {
        /** A strong entity tag. */
        STRONG,
        /** A weak entity tag, another one for each version. */
        WEAK,
        /** One weak entity tag for all versions. */
        LOOSE,
        /** A {@code Last-Modified} a day ago. */
        DATED,
        /** A {@code Last-Modified} of now: no strong one. */
        JUST_NOW,
        /** Nothing. */
        NONE
    }

    private static final long DAY_MILLIS = 86_400_000;

    private final LongSupplier wallMillis;
    private final Validator validator;
    private final int length;
    private final long born;
    private volatile int version = 1;
    private volatile String[] fields = {"Cache-Control: max-age=60"};
    private volatile boolean knowsRanges = true;

    Representation(ManualClock clock, Validator validator, int length) {
        this(clock::wallMillis, validator, length);
    }

    Representation(LongSupplier wallMillis, Validator validator, int length) {
        this.wallMillis = wallMillis;
        this.validator = validator;
        this.length = length;
        this.born = wallMillis.getAsLong();
    }

    /** More fields, in the place of the lifetime of a minute. */
    Representation with(String... fields) {
        this.fields = fields;
        return this;
    }

    /** Ignores {@code Range} from now on. */
    Representation withoutRanges() {
        knowsRanges = false;
        return this;
    }

    /** Changes, between answers: each is of one version. */
    synchronized int change() {
        return ++version;
    }

    int version() {
        return version;
    }

    /** The length of a version: no two versions are of one length. */
    int length(int of) {
        return length + 7 * (of - 1);
    }

    /** All bytes of a version. */
    byte[] bytes(int of) {
        byte[] all = new byte[length(of)];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (((of * 1_000_003L + i) * 0x9E3779B97F4A7C15L) >>> 56);
        }
        return all;
    }

    /** All bytes now. */
    byte[] bytes() {
        return bytes(version);
    }

    /** Some bytes of a version, both ends included. */
    byte[] bytes(int of, int first, int last) {
        return Arrays.copyOfRange(bytes(of), first, last + 1);
    }

    /** Some bytes now, both ends included. */
    byte[] slice(int first, int last) {
        return bytes(version, first, last);
    }

    /** The entity tag of a version, or null. */
    String tag(int of) {
        return switch (validator) {
            case STRONG -> "\"v" + of + "\"";
            case WEAK -> "W/\"v" + of + "\"";
            case LOOSE -> "W/\"v\"";
            case DATED, JUST_NOW, NONE -> null;
        };
    }

    /** The {@code Last-Modified} of a version, or null. */
    String changed(int of) {
        return switch (validator) {
            case STRONG, WEAK, LOOSE, NONE -> null;
            case DATED -> HttpDate.format(born - DAY_MILLIS + of * 1000L);
            case JUST_NOW -> HttpDate.format(wallMillis.getAsLong());
        };
    }

    /** The head of an answer now, with more fields. */
    String[] head(String... more) {
        List<String> all = new ArrayList<>(List.of(fields));
        all.add("Date: " + HttpDate.format(wallMillis.getAsLong()));
        all.add("Content-Type: text/x-" + version);
        String tag = tag(version);
        if (tag != null) {
            all.add("ETag: " + tag);
        }
        String changed = changed(version);
        if (changed != null) {
            all.add("Last-Modified: " + changed);
        }
        all.addAll(List.of(more));
        return all.toArray(new String[0]);
    }

    /** {@code Content-Range} of some bytes now. */
    String contentRange(int first, int last) {
        return "Content-Range: bytes " + first + "-" + last + "/" + length(version);
    }

    @Override
    public synchronized void handle(Origin.Call call) throws IOException {
        String noneMatch = call.header("If-None-Match");
        String since = call.header("If-Modified-Since");
        boolean tagged = noneMatch != null && noneMatch.equals(tag(version));
        boolean unchanged = noneMatch == null && since != null && since.equals(changed(version));
        if (tagged || unchanged) {
            List<String> head = new ArrayList<>(List.of(head()));
            head.removeIf(field -> field.startsWith("Content-Type")); // which would name another version than is stored
            call.reply(304, "", head.toArray(new String[0]));
            return;
        }
        String range = call.header("Range");
        String ifRange = call.header("If-Range");
        boolean holds = ifRange == null
                || (validator == Validator.STRONG && ifRange.equals(tag(version)))
                || (validator == Validator.DATED && ifRange.equals(changed(version)));
        if (range == null || !knowsRanges || !holds || !call.method.equals("GET")) {
            call.reply(200, bytes(), head());
            return;
        }
        partial(call, range.substring("bytes=".length()).split(","));
    }

    private void partial(Origin.Call call, String[] specs) throws IOException {
        byte[] all = bytes();
        List<int[]> spans = new ArrayList<>();
        for (String spec : specs) {
            String[] ends = spec.strip().split("-", -1);
            boolean suffix = ends[0].isEmpty();
            int first = suffix ? Math.max(0, all.length - Integer.parseInt(ends[1])) : Integer.parseInt(ends[0]);
            int last = suffix || ends[1].isEmpty() ? all.length - 1 : Integer.parseInt(ends[1]);
            if (first < all.length) {
                spans.add(new int[] {first, Math.min(last, all.length - 1)});
            }
        }
        if (spans.isEmpty()) {
            call.reply(416, "", head("Content-Range: bytes */" + all.length));
        } else if (spans.size() == 1) {
            int[] span = spans.getFirst();
            call.reply(206, slice(span[0], span[1]), head(contentRange(span[0], span[1])));
        } else {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int[] span : spans) {
                body.writeBytes(("--cut\r\n" + contentRange(span[0], span[1]) + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
                body.writeBytes(slice(span[0], span[1]));
                body.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
            body.writeBytes("--cut--\r\n".getBytes(StandardCharsets.ISO_8859_1));
            List<String> head = new ArrayList<>(List.of(head()));
            head.removeIf(field -> field.startsWith("Content-Type"));
            head.add("Content-Type: multipart/byteranges; boundary=cut");
            call.reply(206, body.toByteArray(), head.toArray(new String[0]));
        }
    }
}
