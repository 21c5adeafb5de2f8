package io.lacquer.rules;

import io.lacquer.config.Origin;
import io.lacquer.config.Policy;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.http.TargetedControl;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The fields of a request on its way to the origin, and of a response on its way back (RFC 9110 §7.6). */
public final class ForwardRule {
    /** How this proxy calls itself in {@code Via}. */
    public static final String PSEUDONYM = "lacquer";

    /** What is replaced by our own. */
    private static final Set<String> FORWARDING =
            Set.of("forwarded", "surrogate-capability", "x-forwarded-for", "x-forwarded-proto", "x-real-ip");

    /** Room for what is sent besides. */
    private static final int ADDED = 10;

    private ForwardRule() {}

    /**
     * Who is asking.
     *
     * @param address the peer's address, as text
     * @param trusted whether its forwarding and override fields are believed
     */
    public record Client(String address, boolean trusted) {}

    /**
     * The end-to-end fields to send, without framing fields.
     *
     * @param host the {@code Host} to send
     * @param upgrade whether a WebSocket handshake passes
     */
    public static Headers.Builder request(
            RequestHead request, Target target, Client client, String host, Policy policy, boolean upgrade) {
        Headers given = request.headers();
        Predicate<String> hopByHop = Fields.hopByHop(given);
        List<String> keyed = client.trusted() ? List.of() : KeyRule.headers(policy);
        Headers.Builder sent = Headers.builder(given.size() + ADDED).add("Host", host);
        sent.addUnless(
                given,
                name -> hopByHop.test(name)
                        || name.equalsIgnoreCase("Host")
                        || name.equalsIgnoreCase("Content-Length")
                        || (!client.trusted() && isUnkeyed(name, keyed)));
        sent.append("X-Forwarded-For", client.address());
        sent.set("X-Forwarded-Proto", target.scheme());
        if (!sent.has("X-Forwarded-Host") && !target.host().isEmpty()) {
            sent.add("X-Forwarded-Host", target.host());
        }
        sent.append("Forwarded", forwarded(client.address(), target));
        sent.append("Surrogate-Capability", TargetedControl.DEVICE + "=\"Surrogate/1.0\""); // Edge Architecture 1.0 §2
        sent.append("Via", request.minor() == 0 ? "1.0 " + PSEUDONYM : "1.1 " + PSEUDONYM);
        if (given.hasToken("TE", "trailers")) {
            sent.add("TE", "trailers").append("Connection", "TE"); // RFC 9110 §10.1.4
        }
        if (upgrade) {
            sent.append("Connection", "Upgrade").add("Upgrade", "websocket");
        }
        return sent;
    }

    /** A stranger's word on who asks for what, or another spelling of what is in the key. */
    private static boolean isUnkeyed(String name, List<String> keyed) {
        String plain = Fields.hyphenated(name);
        if (FORWARDING.contains(plain)) {
            return true;
        }
        boolean isKeyed = keyed.contains(plain);
        return (!isKeyed && Fields.isOverride(plain))
                || (isKeyed && name.indexOf('_') >= 0 && !keyed.contains(Fields.lowerCase(name)));
    }

    /** {@code Host} for the origin: what its configuration says, else the client's, else the server's own. */
    public static String host(Origin origin, Target target) {
        String configured = origin.host();
        if (configured != null) {
            return configured;
        }
        return target.host().isEmpty() ? origin.servers().getFirst().authority() : target.host();
    }

    private static String forwarded(String address, Target target) {
        String node = address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address;
        String host = target.host().isEmpty() ? "" : ";host=" + quoteIfNeeded(target.host());
        return "for=" + node + host + ";proto=" + target.scheme();
    }

    private static String quoteIfNeeded(String host) {
        return host.indexOf(':') >= 0 ? '"' + host + '"' : host;
    }

    /** The end-to-end fields of a response; connection fields and framing are gone. */
    public static Headers response(Headers origin) {
        return Fields.withoutHopByHop(origin).build();
    }
}
