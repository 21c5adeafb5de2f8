package io.lacquer.config;

/** Reads the URL of an origin's server. */
final class OriginUrl {
    private static final String HTTP = "http://";
    private static final String REMEDY = "write http://host:port";

    private OriginUrl() {}

    /** The address of {@code http://host[:port][/]}; fails with a {@link Malformed}. */
    static HostPort parse(String url, int defaultPort) {
        if (url.indexOf('@') >= 0) {
            throw new Malformed("the URL of a server has a user or password", "remove it; " + REMEDY);
        }
        String lower = Text.lower(url);
        if (lower.startsWith("https://")) {
            throw new Malformed(
                    Text.quote(url) + ": TLS to origins is not supported by this version",
                    "use http:// within a private network, or a TLS sidecar");
        }
        if (!lower.startsWith(HTTP)) {
            String remedy = url.contains("://") ? REMEDY : "write http:// before it";
            throw new Malformed(Text.quote(url) + " is not a URL with http://", remedy);
        }
        String authority = url.substring(HTTP.length());
        if (authority.endsWith("/")) {
            authority = authority.substring(0, authority.length() - 1);
        }
        if (authority.indexOf('/') >= 0 || authority.indexOf('?') >= 0 || authority.indexOf('#') >= 0) {
            throw new Malformed(Text.quote(url) + " has a path or query", "remove it; the client's path is passed on");
        }
        return address(url, authority, defaultPort);
    }

    private static HostPort address(String url, String authority, int defaultPort) {
        int afterHost = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        String host = afterHost < 0 ? authority : authority.substring(0, afterHost);
        String rest = authority.substring(host.length());
        if (HostPort.isBracketed(host)) {
            host = host.substring(1, host.length() - 1);
        }
        if (!HostPort.isHost(host)) {
            throw new Malformed(Text.quote(url) + " has no proper host", REMEDY);
        }
        int port = rest.isEmpty() ? defaultPort : rest.startsWith(":") ? HostPort.port(rest.substring(1)) : -1;
        if (port < 1) {
            throw new Malformed(Text.quote(url) + " has no port from 1 to 65535", REMEDY);
        }
        return new HostPort(Text.lower(host), port);
    }
}
