package io.lacquer.e2e;

import io.lacquer.ManualClock;
import io.lacquer.Proxy;
import io.lacquer.http.HttpDate;
import org.junit.jupiter.api.AfterEach;

/** A scripted origin, a proxy and a clock in hand; closed after each test. */
abstract class EndToEnd {
    /** A file with one origin and no policies. */
    static final String PLAIN = """
        version: 1
        origins: {api: {servers: ["${ORIGIN}"]}}
        """;

    final ManualClock clock = new ManualClock();
    final Origin origin = new Origin();
    private Proxy proxy;

    /** Starts the proxy, once. */
    Proxy proxy(String yaml) {
        proxy = Proxy.start(yaml, origin.url(), clock);
        return proxy;
    }

    /** The proxy. */
    Proxy current() {
        return proxy;
    }

    /** A policies file with these policies. */
    static String policies(String policies) {
        return PLAIN + "policies:\n" + policies.indent(2);
    }

    /** GET; once it is back, what it began has settled. */
    Client.Response get(String path, String... fields) {
        return send("GET", path, "", fields);
    }

    /** Any method; once it is back, what it began has settled. */
    Client.Response send(String method, String path, String body, String... fields) {
        Client.Response answer = Client.once(proxy.port(), method, path, body, fields);
        settle();
        return answer;
    }

    /** Waits until what was begun over connections of the test's own has settled. */
    void settle() {
        proxy.settle(origin::held);
    }

    /** A Date field with the test's time. */
    String date() {
        return "Date: " + HttpDate.format(clock.wallMillis());
    }

    @AfterEach
    void closeAll() {
        if (proxy != null) {
            proxy.close();
        }
        origin.close();
    }
}
