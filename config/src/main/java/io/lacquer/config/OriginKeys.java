package io.lacquer.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys under {@code origins.<name>}. */
final class OriginKeys {
    private static final int MOST = 1_000_000;

    private static final Key<Duration> CONNECT =
            Key.of("connect", Scalars.TIMEOUT, "1s", "for a connection to be made");
    private static final Key<Duration> FIRST_BYTE =
            Key.of("first_byte", Scalars.TIMEOUT, "15s", "from the request's last byte to the answer's first");
    private static final Key<Duration> BETWEEN_BYTES =
            Key.of("between_bytes", Scalars.TIMEOUT, "30s", "between two reads of an answer");

    private record Timeouts(Duration connect, Duration firstByte, Duration betweenBytes) {}

    private static final Section<Timeouts> TIMEOUT_SECTION = new Section<>(
            List.of(CONNECT, FIRST_BYTE, BETWEEN_BYTES),
            fields -> new Timeouts(fields.get(CONNECT), fields.get(FIRST_BYTE), fields.get(BETWEEN_BYTES)));

    private static final Key<List<Origin.Server>> SERVERS = Key.required(
            "servers",
            "[\"http://127.0.0.1:3000\"]",
            ListOf.of(Scalars.string("a URL", "write http://host:port", Origin.Server::parse)),
            "`http://host:port` of each server, tried in turn");
    private static final Key<String> HOST = Key.optional(
            "host",
            Scalars.string("a host", "write host or host:port", OriginKeys::host),
            "the `Host` that the origin gets; else the client's is passed on");
    private static final Key<Timeouts> TIMEOUTS =
            Key.mapping("timeouts", TIMEOUT_SECTION, "how long the origin may take");
    private static final Key<Integer> MAX_CONNECTIONS =
            Key.of("max_connections", Scalars.integer(1, MOST), "256", "open connections, for each server");
    private static final Key<Integer> MAX_QUEUE = Key.of(
            "max_queue",
            Scalars.integer(0, MOST),
            "10000",
            "requests that may wait for a connection, for each server; then 503");
    private static final Key<Duration> KEEP_ALIVE =
            Key.of("keep_alive", Scalars.TIMEOUT, "30s", "how long an idle connection is kept");

    private static final Section<Origin> ORIGIN =
            new Section<>(List.of(SERVERS, HOST, TIMEOUTS, MAX_CONNECTIONS, MAX_QUEUE, KEEP_ALIVE), OriginKeys::origin);

    /** All of them by name; the origins do not know their names yet. */
    static final Dict<Origin> DICT = new Dict<>("name", name -> Scalars.label(name, false), ORIGIN);

    private OriginKeys() {}

    /** The origins with their names. */
    static Map<String, Origin> named(Map<String, Origin> origins) {
        Map<String, Origin> named = new LinkedHashMap<>();
        origins.forEach((name, each) -> named.put(
                name,
                new Origin(
                        name,
                        each.servers(),
                        each.host(),
                        each.connect(),
                        each.firstByte(),
                        each.betweenBytes(),
                        each.maxConnections(),
                        each.maxQueue(),
                        each.keepAlive())));
        return Collections.unmodifiableMap(named);
    }

    private static Origin origin(Fields fields) {
        List<Origin.Server> servers = fields.get(SERVERS);
        if (servers.isEmpty()) {
            fields.error(SERVERS, "is empty", "add at least one, such as http://127.0.0.1:3000");
        }
        Timeouts timeouts = fields.get(TIMEOUTS);
        return new Origin(
                "",
                servers,
                fields.find(HOST),
                timeouts.connect(),
                timeouts.firstByte(),
                timeouts.betweenBytes(),
                fields.get(MAX_CONNECTIONS),
                fields.get(MAX_QUEUE),
                fields.get(KEEP_ALIVE));
    }

    private static String host(String text) {
        try {
            HostPort.parse(text.indexOf(':') < 0 ? text + ":80" : text);
            return text;
        } catch (Malformed notAnAddress) {
            throw new Malformed(Text.quote(text) + " is not a host", "write host or host:port");
        }
    }
}
