package io.lacquer.config;

/** A host name or address literal (IPv6 without brackets) and a port, 0 to 65535; 0 asks the system for a free one. */
public record HostPort(String host, int port) {
    private static final int LARGEST_PORT = 65_535;

    /**
     * Reads {@code host:port}, {@code :port} or a port alone; without a host it is every IPv4 address.
     *
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    public static HostPort parse(String text) {
        String remedy = "write host:port, such as 0.0.0.0:8080";
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (isBracketed(host)) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new Malformed(
                    Text.quote(text) + " has several colons", "write an IPv6 address in brackets: [::1]:8080");
        }
        int port = port(text.substring(colon + 1));
        if (port < 0) {
            throw new Malformed(Text.quote(text) + " has no port from 0 to " + LARGEST_PORT, remedy);
        }
        if (!isHost(host) && !host.isEmpty()) {
            throw new Malformed(Text.quote(text) + " has a host that is no name or address", remedy);
        }
        return new HostPort(host.isEmpty() ? "0.0.0.0" : Text.lower(host), port);
    }

    /** A port, or -1 if the text is none. */
    static int port(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = digits ? Integer.parseInt(text) : -1;
        return port > LARGEST_PORT ? -1 : port;
    }

    /** Whether a text can be a host name or an address without brackets; IPv6 only if it is a true address. */
    static boolean isHost(String text) {
        if (text.indexOf(':') >= 0) {
            return isAddress(text);
        }
        return !text.isEmpty()
                && text.length() <= 253
                && text.chars().allMatch(c -> Text.isLetterOrDigit(c) || c == '.' || c == '-' || c == '_')
                && !text.startsWith(".")
                && !text.contains("..");
    }

    /** Whether a text is an IPv6 address in brackets. */
    static boolean isBracketed(String text) {
        return text.startsWith("[")
                && text.endsWith("]")
                && text.indexOf(':') > 0
                && isAddress(text.substring(1, text.length() - 1));
    }

    private static boolean isAddress(String text) {
        try {
            Cidr.parse(text);
            return text.indexOf('/') < 0;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
