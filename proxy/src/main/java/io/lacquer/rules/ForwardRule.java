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

/** The fields of a request on its way to the origin, and of a response on its way back (RFC 9110 §7.6). */
public final class ForwardRule {
    /** How this proxy calls itself in {@code Via}. */
    public static final String PSEUDONYM = "lacquer";

    /** What is replaced by our own. */
    private static final Set<String> FORWARDING =
            Set.of("forwarded", "surrogate-capability", "x-forwarded-for", "x-forwarded-proto", "x-real-ip");

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
        Headers.Builder fields = Fields.withoutHopByHop(request.headers());
        fields.remove("Content-Length").remove("Host");
        if (!client.trusted()) {
            List<String> keyed = KeyRule.headers(policy);
            fields.removeIf(name -> isUnkeyed(name, keyed));
        }
        Headers.Builder sent = Headers.builder().add("Host", host);
        Headers rest = fields.build();
        sent.addAll(rest);
        sent.append("X-Forwarded-For", client.address());
        sent.set("X-Forwarded-Proto", target.scheme());
        if (rest.get("X-Forwarded-Host") == null && !target.host().isEmpty()) {
            sent.set("X-Forwarded-Host", target.host());
        }
        sent.append("Forwarded", forwarded(client.address(), target));
        sent.append("Surrogate-Capability", TargetedControl.DEVICE + "=\"Surrogate/1.0\""); // Edge Architecture 1.0 §2
        sent.append("Via", "1." + request.minor() + " " + PSEUDONYM);
        if (request.headers().hasToken("TE", "trailers")) {
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
        return (Fields.isOverride(name) && !isKeyed)
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
