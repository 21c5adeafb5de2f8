package io.lacquer.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A block of addresses: {@code 10.0.0.0/8}, {@code fd00::/8}, or one address. */
public final class Cidr {
    private static final int MAPPED_BITS = 96;

    private final byte[] network;
    private final int bits;

    private Cidr(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /**
     * Reads a block; bits after the prefix are ignored. Never asks a name server.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        byte[] bytes = address(literal, text).getAddress();
        int width = bytes.length * Byte.SIZE;
        int prefix = slash < 0 ? width : prefix(text, text.substring(slash + 1));
        if (slash >= 0 && width == 32 && literal.indexOf(':') >= 0) {
            prefix -= MAPPED_BITS;
        }
        if (prefix < 0 || prefix > width) {
            throw new Malformed(Text.quote(text) + " has an impossible prefix", "write one from 0 to " + width);
        }
        return new Cidr(masked(bytes, prefix), prefix);
    }

    /** Whether the address is in the block; an IPv4-mapped IPv6 address counts as IPv4. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] != network[i]) {
                return false;
            }
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (bytes[whole] & mask(rest)) == network[whole];
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + bits;
        } catch (java.net.UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr that && bits == that.bits && Arrays.equals(network, that.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + bits;
    }

    private static InetAddress address(String literal, String text) {
        String remedy = "write one such as 10.0.0.0/8 or ::1";
        if (literal.indexOf('%') >= 0 || literal.indexOf('[') >= 0) {
            throw new Malformed(Text.quote(text) + " is not a plain address", remedy);
        }
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            boolean short4 = address instanceof Inet4Address
                    && literal.indexOf(':') < 0
                    && literal.chars().filter(c -> c == '.').count() != 3;
            if (!short4) {
                return address;
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Said below, with what to write instead.
        }
        throw new Malformed(Text.quote(text) + " is not an IP address or block", remedy);
    }

    private static int prefix(String text, String digits) {
        boolean number =
                !digits.isEmpty() && digits.length() <= 3 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number) {
            throw new Malformed(Text.quote(text) + " has no number after the /", "write a prefix such as /24");
        }
        return Integer.parseInt(digits);
    }

    private static byte[] masked(byte[] bytes, int prefix) {
        byte[] masked = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefix - (long) i * Byte.SIZE, 0, Byte.SIZE);
            masked[i] = (byte) (bytes[i] & mask(kept));
        }
        return masked;
    }

    private static int mask(int leadingOnes) {
        return (0xFF00 >> leadingOnes) & 0xFF;
    }
}
