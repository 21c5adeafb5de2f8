package io.lacquer.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DemoApiTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final AtomicInteger restarts = new AtomicInteger();
    private DemoApi api;

    @BeforeEach
    void start() throws IOException {
        api = DemoApi.start(Map.of("/_restart", restarts::incrementAndGet));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @AfterAll
    static void closeClient() {
        CLIENT.close();
    }

    @Test
    void theProductListIsSlowAndHasAnEtag() throws Exception {
        long start = System.nanoTime();
        HttpResponse<String> list = send("GET", "/api/products", null);
        assertThat(System.nanoTime() - start).isGreaterThan(DemoApi.LIST_MILLIS * 1_000_000);
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(list.body()).startsWith("[{\"id\":1,").contains("\"id\":20");
        assertThat(list.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(list.headers().firstValue("Cache-Control")).isEmpty();
        String etag = list.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> same = send("GET", "/api/products", null, "If-None-Match", etag);
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.headers().firstValue("ETag")).hasValue(etag);
        assertThat(api.count("GET /api/products")).isEqualTo(2);
    }

    @Test
    void headHasTheHeadersOnly() throws Exception {
        HttpResponse<String> get = send("GET", "/api/products/3", null);
        HttpResponse<String> head = send("HEAD", "/api/products/3", null);
        assertThat(get.body()).contains("\"id\":3");
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Length"))
                .hasValue(String.valueOf(get.body().length()));
        assertThat(head.headers().firstValue("ETag")).isEqualTo(get.headers().firstValue("ETag"));
    }

    @Test
    void theReportIsSlowAndSaysWhenItWasMade() throws Exception {
        long start = System.nanoTime();
        assertThat(send("GET", "/api/report", null).body()).contains("\"generated\":\"20", "\"products\":20");
        assertThat(System.nanoTime() - start).isGreaterThan(DemoApi.REPORT_MILLIS * 1_000_000);
    }

    @Test
    void aUsersVersionRisesWithEachWrite() throws Exception {
        assertThat(send("GET", "/api/users", null).body()).contains("Ada", "Edsger", "Grace");
        assertThat(send("GET", "/api/users/1", null).body()).contains("\"version\":1");
        assertThat(send("PUT", "/api/users/1", "{\"name\":\"Ada L.\"}").body()).contains("\"version\":2");
        assertThat(send("POST", "/api/users/1", "{\"email\":\"a@example.com\"}").body())
                .contains("\"version\":3", "Ada L.");
        HttpResponse<String> added = send("POST", "/api/users", "{\"name\":\"Barbara\"}");
        assertThat(added.statusCode()).isEqualTo(201);
        String location = added.headers().firstValue("Location").orElseThrow();
        assertThat(send("GET", location, null).body()).contains("Barbara", "barbara@example.com");
        assertThat(send("DELETE", location, null).statusCode()).isEqualTo(204);
        assertThat(send("GET", location, null).statusCode()).isEqualTo(404);
        assertThat(send("DELETE", location, null).statusCode()).isEqualTo(404);
    }

    @Test
    void aSearchFiltersProducts() throws Exception {
        String body = send("POST", "/api/search", "{\"text\":\"a\",\"category\":\"coffee\",\"max_price\":13}")
                .body();
        assertThat(body).contains("Sidamo", "Mandheling").doesNotContain("Kona", "Assam");
        HttpResponse<String> bad = send("POST", "/api/search", "{");
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.body()).contains("\"error\"");
    }

    @ParameterizedTest
    @CsvSource({
        "/static/app.css, text/css; charset=utf-8",
        "/static/app.js, text/javascript; charset=utf-8",
        "/static/logo.svg, image/svg+xml"
    })
    void filesHaveTheirTypeAndAnEtag(String path, String type) throws Exception {
        HttpResponse<String> file = send("GET", path, null);
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.body()).isNotEmpty();
        assertThat(file.headers().firstValue("Content-Type")).hasValue(type);
        assertThat(file.headers().firstValue("ETag")).isPresent();
    }

    @Test
    void meIsWhoeverAsks() throws Exception {
        HttpResponse<String> nobody = send("GET", "/api/me", null);
        assertThat(nobody.statusCode()).isEqualTo(401);
        assertThat(nobody.headers().firstValue("WWW-Authenticate")).isPresent();
        HttpResponse<String> ada = send("GET", "/api/me", null, "Authorization", "Basic YWRhOnNlY3JldA==");
        assertThat(ada.body()).contains("\"ada\"");
        assertThat(ada.headers().firstValue("Cache-Control")).hasValue("private");
        assertThat(send("GET", "/api/me", null, "Authorization", "Bearer grace").body())
                .contains("\"grace\"");
        assertThat(send("GET", "/api/me", null, "Authorization", "Basic %%%").statusCode())
                .isEqualTo(400);
    }

    @Test
    void flakyFailsOnceBrokenUntilMended() throws Exception {
        assertThat(send("GET", "/api/flaky", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/flaky/break", null).statusCode()).isEqualTo(405);
        assertThat(send("POST", "/api/flaky/break", "").statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/flaky", null).statusCode()).isEqualTo(503);
        assertThat(send("POST", "/api/flaky/mend", "").statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/flaky", null).statusCode()).isEqualTo(200);
    }

    @Test
    void eventsComeOneByOne() throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.uri() + "/api/events")).build();
        HttpResponse<java.util.stream.Stream<String>> events = CLIENT.send(request, BodyHandlers.ofLines());
        assertThat(events.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        long start = System.nanoTime();
        List<String> ids = events.body().filter(line -> line.startsWith("id: ")).toList();
        assertThat(ids).containsExactly("id: 1", "id: 2", "id: 3", "id: 4", "id: 5");
        assertThat(System.nanoTime() - start).isGreaterThan(3_000_000_000L);
    }

    @Test
    void whatIsNotThereIsJsonToo() throws Exception {
        for (String path :
                List.of("/nothing", "/api/products/99", "/api/products/x", "/static/no.css", "/api/users/9")) {
            HttpResponse<String> answer = send("GET", path, null);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("{\"error\":\"there is no " + path + "\"}\n");
        }
        HttpResponse<String> deleted = send("DELETE", "/api/products", null);
        assertThat(deleted.statusCode()).isEqualTo(405);
        assertThat(deleted.headers().firstValue("Allow")).hasValue("GET, HEAD");
        assertThat(send("POST", "/api/search", "x".repeat(70_000)).statusCode()).isEqualTo(413);
    }

    @Test
    void countsWhatComes() throws Exception {
        send("GET", "/static/app.css", null);
        send("GET", "/static/app.css?x=1", null);
        send("PUT", "/api/users/1", "{}");
        HttpResponse<String> counts = send("GET", "/_count", null);
        assertThat(counts.body()).isEqualTo("{\"GET /static/app.css\":2,\"PUT /api/users/1\":1}\n");
        assertThat(counts.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(api.count("GET /other")).isZero();
    }

    @Test
    void actsWhenAskedWithoutAProxyBetween() throws Exception {
        assertThat(send("GET", "/_restart", null).statusCode()).isEqualTo(405);
        assertThat(send("POST", "/_restart", "", "Via", "1.1 lacquer").statusCode())
                .isEqualTo(403);
        assertThat(restarts).hasValue(0);
        assertThat(send("POST", "/_restart", "").statusCode()).isEqualTo(200);
        assertThat(restarts).hasValue(1);
    }

    @Test
    void closedItAnswersNoMore() {
        api.close();
        assertThatThrownBy(() -> send("GET", "/_count", null)).isInstanceOf(ConnectException.class);
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api.uri() + path))
                .method(
                        method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }
}
