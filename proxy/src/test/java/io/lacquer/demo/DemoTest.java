package io.lacquer.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Main;
import io.lacquer.e2e.RawRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo in a JVM of its own: what its screen says to try is tried, and what it promises is checked. */
@Timeout(120)
class DemoTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private Process demo;
    private String screen = "";

    @AfterEach
    void end() throws InterruptedException {
        if (demo != null) {
            demo.destroyForcibly().waitFor();
        }
    }

    @Test
    void doesWhatItsScreenSays() throws Exception {
        start("--port", "0", "--admin-port", "0");
        String lacquer = address("Lacquer +(http://\\S+)");
        String api = address("demo API +(http://\\S+)");
        String admin = address("admin +(http://\\S+)");
        int redis = URI.create(address("Redis +(redis://\\S+)")).getPort();
        assertThat(screen).doesNotContain("\u001b").contains("policies.yaml").contains("Ctrl-C ends all of it.");
        assertThat(screen.lines().filter(line -> line.matches(" +(sleep \\d+; )?curl .*")))
                .hasSize(5)
                .allMatch(line -> line.contains(lacquer));

        // 1: a slow list
        HttpResponse<String> first = get(lacquer + "/api/products");
        assertThat(cache(first)).isEqualTo("MISS ORIGIN");
        HttpResponse<String> second = await().until(
                        () -> get(lacquer + "/api/products"),
                        answer -> cache(answer).equals("HIT L1"));
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("Cache-Status").orElse("")).startsWith("lacquer; hit");

        // 4, begun early so that both lifetimes pass at once
        HttpResponse<String> works = get(lacquer + "/api/flaky");
        assertThat(post(lacquer + "/api/flaky/break").statusCode()).isEqualTo(200);

        // 2: stale while it revalidates
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> cache(get(lacquer + "/api/products")).startsWith("STALE"));
        await().atMost(10, TimeUnit.SECONDS)
                .until(() -> cache(get(lacquer + "/api/products")).startsWith("HIT"));
        assertThat(age(get(lacquer + "/api/products"))).isLessThan(DemoScreen.FRESH_SECONDS);

        // 4: the origin fails
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> cache(get(lacquer + "/api/flaky")).startsWith("STALE"));
        HttpResponse<String> stale = get(lacquer + "/api/flaky");
        assertThat(stale.statusCode()).isEqualTo(200);
        assertThat(stale.body()).isEqualTo(works.body());
        assertThat(get(api + "/api/flaky").statusCode()).isEqualTo(503);
        assertThat(post(lacquer + "/api/flaky/mend").statusCode()).isEqualTo(200);
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> !get(lacquer + "/api/flaky").body().equals(works.body()));

        // 3: a write makes what it changed go
        await().until(() -> cache(get(lacquer + "/api/users/1")).equals("HIT L1"));
        assertThat(send("PUT", lacquer + "/api/users/1", "{\"name\":\"Ada L.\"}")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> changed = get(lacquer + "/api/users/1");
        assertThat(cache(changed)).isEqualTo("MISS ORIGIN");
        assertThat(changed.body()).contains("Ada L.", "\"version\":2");

        // 5: a restart
        HttpResponse<String> report = get(lacquer + "/api/report");
        assertThat(cache(report)).isEqualTo("MISS ORIGIN");
        await().until(() -> holds(redis, "/api/report"));
        assertThat(post(api + DemoScreen.RESTART).statusCode()).isEqualTo(200);
        HttpResponse<String> kept = get(lacquer + "/api/report");
        assertThat(cache(kept))
                .as("L1 was empty; it has it where Redis answered just too late and the fetch had not begun")
                .isIn("HIT L2", "HIT L1");
        await().until(() -> Files.readString(folder.resolve("errors")).contains("restarted; L1 is empty"));
        assertThat(kept.body()).isEqualTo(report.body());
        assertThat(age(kept)).isGreaterThanOrEqualTo(age(report));
        assertThat(get(admin + "/readyz").statusCode()).isEqualTo(200);

        assertThat(Files.readAllLines(folder.resolve("errors")))
                .as("no advice about the demo's own Redis")
                .noneMatch(line -> line.contains("maxmemory-policy"));
        assertThat(RedisProcessTest.refuses(redis)).isFalse();
        assertThat(endWith(interrupt())).isZero();
        assertThat(RedisProcessTest.refuses(redis)).isTrue();
        assertThat(RedisProcessTest.refuses(URI.create(lacquer).getPort())).isTrue();
        assertThat(RedisProcessTest.refuses(URI.create(api).getPort())).isTrue();
    }

    @Test
    void takesTheNextFreePortAndEndsOnTerm() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            start("--port", String.valueOf(port), "--admin-port", String.valueOf(port));
            assertThat(address("Lacquer +(http://\\S+)")).isNotEqualTo(address("admin +(http://\\S+)"));
            assertThat(screen).contains("port " + port + " is taken, so Lacquer is on ");
            int redis = URI.create(address("Redis +(redis://\\S+)")).getPort();
            assertThat(endWith("TERM")).isZero();
            assertThat(RedisProcessTest.refuses(redis)).isTrue();
        }
    }

    @Test
    void aFailureIsOneLineAndLeavesNothing() throws Exception {
        Path errors = folder.resolve("errors");
        List<String> command = command("demo");
        Process failing = new ProcessBuilder(command)
                .directory(Files.createDirectory(folder.resolve("empty")).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile())
                .start();
        assertThat(failing.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(failing.exitValue()).isEqualTo(1);
        assertThat(Files.readAllLines(errors))
                .singleElement()
                .asString()
                .startsWith("lacquer: ")
                .contains("policies.yaml");
    }

    @Test
    void aRedisOnThePathIsTakenBeforeTheBundledOne() throws Exception {
        Path server = Files.writeString(
                Files.createDirectory(folder.resolve("bin")).resolve("redis-server"),
                "#!/bin/sh\necho 'the one on the PATH'\nexit 1\n");
        Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path errors = folder.resolve("errors");
        List<String> command = command("demo", "--port", "0", "--admin-port", "0");
        command.add(1, "-Dlacquer.home=" + checkout());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile());
        builder.environment().put("PATH", server.getParent() + ":/usr/bin:/bin");
        demo = builder.start();
        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(1);
        assertThat(Files.readString(errors)).startsWith("lacquer: ").contains("the one on the PATH");
    }

    /** Whether Redis has an answer of this path. */
    private static boolean holds(int redis, String path) {
        try (RawRedis raw = new RawRedis(redis)) {
            return raw.keys().stream().map(key -> RawRedis.text(raw.get(key))).anyMatch(value -> value.contains(path));
        }
    }

    private void start(String... options) throws IOException {
        List<String> command = command("demo", options);
        command.add(1, "-Dlacquer.home=" + checkout());
        Path out = folder.resolve("out");
        demo = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            screen = Files.readString(out);
            return screen.contains("Ctrl-C") || !demo.isAlive();
        });
        assertThat(demo.isAlive()).as(screen).isTrue();
    }

    private static List<String> command(String verb, String... options) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), verb));
        command.addAll(List.of(options));
        return command;
    }

    /** The folder above this one that has the shipped policies. */
    private static Path checkout() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("policies.yaml")) ? here : here.getParent();
    }

    private String address(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(screen);
        assertThat(matcher.find()).as(pattern + " in " + screen).isTrue();
        return matcher.group(1);
    }

    /** INT, unless this JVM's parent had it ignored, as a shell does with what runs in the background. */
    private static String interrupt() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (Files.exists(status)) {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("SigIgn:")
                        && (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0) {
                    return "TERM";
                }
            }
        }
        return "INT";
    }

    private int endWith(String signal) throws Exception {
        Process sent = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + demo.pid()).start();
        assertThat(sent.waitFor()).isZero();
        assertThat(demo.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return demo.exitValue();
    }

    private static String cache(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Cache").orElse("-") + " "
                + answer.headers().firstValue("X-Cache-Level").orElse("-");
    }

    private static long age(HttpResponse<String> answer) {
        return answer.headers().firstValueAsLong("Age").orElse(0);
    }

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String url) throws IOException, InterruptedException {
        return send("POST", url, "");
    }

    private static HttpResponse<String> send(String method, String url, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .method(method, BodyPublishers.ofString(body))
                .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }
}
