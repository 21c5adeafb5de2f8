package io.lacquer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Asks an admin listener.
 *
 * @param base its URL
 * @param token what to present, or null
 * @param tokenSource where the token came from, for messages
 */
record AdminClient(URI base, @Nullable String token, String tokenSource) {
    private static final Duration TO_CONNECT = Duration.ofSeconds(5);
    private static final long LONGEST_ANSWER = 16L << 20;
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * An answer.
     *
     * @param body as it came
     * @param document the body as JSON; a missing node where it is none
     */
    record Reply(int status, String body, JsonNode document) {}

    /**
     * Posts a JSON document.
     *
     * @param patience how long the answer may take
     * @throws IOException where there is no answer; the message says what to do
     */
    Reply post(String path, Object document, Duration patience) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address() + path))
                .timeout(patience)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(document)));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        // No redirects and no proxy: the token is for this listener only.
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(TO_CONNECT)
                .build()) {
            return reply(http.send(
                    request.build(),
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), LONGEST_ANSWER)));
        } catch (HttpConnectTimeoutException slow) {
            throw new IOException(unreachable("no connection within " + TO_CONNECT.toSeconds() + "s"), slow);
        } catch (HttpTimeoutException slow) {
            throw new IOException(
                    "no answer from " + address() + " within " + patience.toSeconds()
                            + "s; whether it was done is not known, asking again does no harm",
                    slow);
        } catch (ConnectException refused) {
            boolean unknown = refused.getCause() instanceof ConnectException inner
                            && inner.getCause() instanceof UnresolvedAddressException
                    || refused.getCause() instanceof UnresolvedAddressException;
            throw new IOException(unreachable(unknown ? "no such host" : "connection refused"), refused);
        } catch (IOException broken) {
            throw new IOException(
                    "no HTTP answer from " + address() + " (" + broken.getMessage()
                            + "); is that the admin listener? name it with --admin URL",
                    broken);
        }
    }

    /** The URL without a slash at its end. */
    String address() {
        String text = base.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    private String unreachable(String why) {
        return "can't reach " + address() + " (" + why
                + "); start Lacquer there, or name its admin listener with --admin URL";
    }

    private static Reply reply(HttpResponse<byte[]> answer) {
        JsonNode document;
        try {
            document = JSON.readTree(answer.body());
        } catch (JacksonException noJson) {
            document = MissingNode.getInstance();
        }
        return new Reply(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8).strip(), document);
    }
}
