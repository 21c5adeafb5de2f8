package io.lacquer.http;

import org.jspecify.annotations.Nullable;

/**
 * A key that is looked for without being made: hash and equality are those of the text of a {@link CacheKey} that is put
 * together from a prefix (shape and scheme) and the bytes of a request. For look-ups in maps whose keys are such texts;
 * mutable, for one thread.
 */
public final class KeyProbe {
    private byte[] bytes = new byte[0];
    private int hostFrom;
    private int hostTo;
    private int targetFrom;
    private int targetTo;
    private String prefix = "";
    private int restHash;
    private int restPower;
    private int hash;

    /** Takes host and target of a request; the bytes stay the caller's. */
    public void rest(byte[] in, int fromHost, int toHost, int fromTarget, int toTarget) {
        bytes = in;
        hostFrom = fromHost;
        hostTo = toHost;
        targetFrom = fromTarget;
        targetTo = toTarget;
        restHash = 0;
        restPower = 1;
        fold(fromHost, toHost);
        fold(fromTarget, toTarget);
    }

    private void fold(int from, int to) {
        int h = restHash;
        int power = restPower;
        for (int i = from; i < to; i++) {
            h = 31 * h + (bytes[i] & 0xff);
            power *= 31;
        }
        restHash = h;
        restPower = power;
    }

    /** Puts a prefix before it. */
    public KeyProbe under(String before) {
        prefix = before;
        hash = before.hashCode() * restPower + restHash;
        return this;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof String text)) {
            return other == this;
        }
        int head = prefix.length();
        int host = hostTo - hostFrom;
        return text.length() == head + host + targetTo - targetFrom
                && text.startsWith(prefix)
                && matches(text, head, hostFrom, hostTo)
                && matches(text, head + host, targetFrom, targetTo);
    }

    private boolean matches(String text, int at, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(at + i - from) != (char) (bytes[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }
}
