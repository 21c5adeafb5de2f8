package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named upstream.
 *
 * @param name as policies refer to it
 * @param servers tried in turn
 * @param host the {@code Host} sent to the origin, or null to pass the client's on
 * @param connect limit for a connection to be made
 * @param firstByte limit from the request's last byte to the answer's first
 * @param betweenBytes limit between two reads of an answer's body
 * @param maxConnections open connections a server
 * @param maxQueue requests that may wait for a connection, a server; beyond it 503
 * @param keepAlive how long an idle connection is kept
 */
public record Origin(
        String name,
        List<Server> servers,
        @Nullable String host,
        Duration connect,
        Duration firstByte,
        Duration betweenBytes,
        int maxConnections,
        int maxQueue,
        Duration keepAlive) {

    /** One server of an origin; plain HTTP. */
    public record Server(String host, int port) {
        private static final int DEFAULT_PORT = 80;

        /**
         * Reads {@code http://host[:port]}.
         *
         * @throws IllegalArgumentException saying what is wrong and what to write
         */
        public static Server parse(String url) {
            HostPort address = OriginUrl.parse(url, DEFAULT_PORT);
            return new Server(address.host(), address.port());
        }

        /** The authority for a {@code Host} field: the default port is left out. */
        public String authority() {
            String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
            return port == 80 ? name : name + ":" + port;
        }
    }
}
