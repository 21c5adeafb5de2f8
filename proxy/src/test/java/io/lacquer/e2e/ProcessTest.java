package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process from outside: signals, exit codes, files that change under it. */
class ProcessTest extends EndToEnd {
    private static final List<String> JVM = List.of("-Xmx128m");

    @TempDir
    private Path folder;

    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
    }

    private String yaml(String more) {
        return "version: 1\norigins: {api: {servers: [\"" + origin.url() + "\"]}}\ntiers: {l1: {size: 16MiB}}\n" + more;
    }

    private static String lifetime(String ttl) {
        return "policies:\n  - {name: a, match: {path: /a}, ttl: " + ttl + "}\n";
    }

    private Path write(String name, String yaml) throws IOException {
        return Files.writeString(folder.resolve(name), yaml);
    }

    private Child run(Path file) {
        return Child.ready(JVM, "--config", file.toString());
    }

    private void originIsSlow() {
        origin.on("/slow", call -> {
            call.raw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
            gate.await();
            call.raw("cd");
        });
        origin.on("/later", call -> {
            gate.await();
            call.reply(200, "later", date());
        });
        origin.on("/a", call -> call.reply(200, "a", "ETag: \"1\""));
    }

    private static int readyz(Child child) {
        return Client.get(child.adminPort(), "/readyz", "Host: 127.0.0.1:" + child.adminPort())
                .status();
    }

    @Test
    void termLetsAnswersInFlightFinishThenExits0() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml(""));
        try (Child child = run(file);
                Client slow = new Client(child.port());
                Client later = new Client(child.port());
                Client idle = new Client(child.port())) {
            assertThat(readyz(child)).isEqualTo(200);
            idle.send("GET", "/a", "").read("GET");
            slow.send("GET", "/slow", "").readHead();
            later.send("GET", "/later", "");
            await().until(() -> origin.count("/later") == 1);
            child.signal("TERM");
            child.awaitLine("draining");
            await().until(() -> readyz(child) == 503);
            assertThat(idle.isClosedByPeer()).as("idle connections end").isTrue();
            await().untilAsserted(() -> assertThatThrownBy(() -> new Client(child.port()))
                    .hasRootCauseInstanceOf(java.net.ConnectException.class));
            assertThat(child.isAlive()).isTrue();
            gate.countDown();
            assertThat(slow.input().readNBytes(4)).asString().isEqualTo("abcd");
            assertThat(slow.isClosedByPeer()).isTrue();
            Client.Response last = later.read("GET");
            assertThat(last.text()).isEqualTo("later");
            assertThat(last.header("Connection")).isEqualTo("close");
            assertThat(child.exit()).isZero();
        }
    }

    @Test
    void whatTakesLongerThanTheDrainIsCutOffAndTheExitSaysSo() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml("drain: {timeout: 500ms}\n"));
        try (Child child = run(file);
                Client slow = new Client(child.port())) {
            slow.send("GET", "/slow", "").readHead();
            child.signal("TERM");
            assertThat(child.exit()).isEqualTo(1);
            assertThat(String.join("\n", child.lines())).contains("drain.timeout");
        }
    }

    @Test
    void aSecondTermEndsAtOnce() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml("drain: {timeout: 50s}\n"));
        try (Child child = run(file);
                Client slow = new Client(child.port())) {
            slow.send("GET", "/slow", "").readHead();
            child.signal("TERM");
            child.awaitLine("draining");
            long before = System.nanoTime();
            child.signal("TERM");
            assertThat(child.exit()).isNotZero();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void intEndsAtOnce() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml("drain: {timeout: 50s}\n"));
        try (Child child = run(file);
                Client slow = new Client(child.port())) {
            slow.send("GET", "/slow", "").readHead();
            child.signal("INT");
            assertThat(child.exit()).isNotZero();
        }
    }

    private static void awaitHit(Child child) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Client.get(child.port(), "/a").cache().equals("HIT"));
    }

    private static void awaitNoHit(Child child) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !Client.get(child.port(), "/a").cache().equals("HIT"));
    }

    @Test
    void hupReloads() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml(""));
        try (Child child = run(file)) {
            child.signal("HUP");
            child.awaitLine("configuration 2 is in force");
            assertThat(child.isAlive()).isTrue();
        }
    }

    private String told(String browser) {
        return yaml("policies:\n  - {name: all, match: {path: \"/**\"}, ttl: {browser: " + browser + ", proxy: 1h}}\n");
    }

    /** Of a text of the same length, so that the watch of the file sees no change: what comes, HUP has brought. */
    private static void editUnseen(Path file, String yaml) throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        Files.writeString(file, yaml);
        Files.setLastModifiedTime(file, before);
    }

    /** What a browser is told of something that nobody has asked for before. */
    private static String toldBy(Client client) throws IOException {
        return client.send("GET", "/seen" + System.nanoTime(), "").read("GET").header("Cache-Control");
    }

    @Test
    void underLoadHupBringsAnotherPolicyABadFileChangesNothingAndNoRequestFails() throws Exception {
        origin.forgetful().on("*", call -> call.reply(200, call.target));
        Path file = write("p.yaml", told("9m"));
        try (Child child = run(file);
                Client kept = new Client(child.port());
                Load load = new Load(child.port(), 4, n -> n % 3 == 0 ? "/new" + n : "/old" + n % 10)) {
            assertThat(toldBy(kept)).isEqualTo("max-age=540");
            for (int i = 1; i <= 5; i++) {
                String control = "max-age=" + 60 * i;
                load.more(50);
                editUnseen(file, told(i + "m"));
                child.signal("HUP");
                await().atMost(Duration.ofSeconds(30)).until(() -> toldBy(kept).equals(control));
                load.more(50);
                long refused = child.count("the last good configuration stays");
                editUnseen(file, told(i + "x"));
                child.signal("HUP");
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> child.count("the last good configuration stays") > refused);
                load.more(50);
                assertThat(toldBy(kept)).isEqualTo(control);
                assertThat(child.count("p.yaml:5:")).as("says where").isEqualTo(i);
            }
            assertThat(child.lines()).noneMatch(line -> line.contains("has changed")); // which the watch says
        }
    }

    @Test
    void aFileReplacedByARenameIsReadAgainAndABadOneIsReportedAndIgnored() throws Exception {
        originIsSlow();
        Path file = write("p.yaml", yaml(""));
        try (Child child = run(file)) {
            awaitNoHit(child);
            Files.move(write("next", yaml(lifetime("1h"))), file, StandardCopyOption.ATOMIC_MOVE);
            awaitHit(child);
            Files.move(write("next", yaml(lifetime("1"))), file, StandardCopyOption.ATOMIC_MOVE);
            child.awaitLine("p.yaml:5:");
            child.awaitLine("the last good configuration stays");
            assertThat(Client.get(child.port(), "/a").cache()).isEqualTo("HIT");
            Files.writeString(file, yaml(""));
            awaitNoHit(child);
            Files.delete(file);
            child.awaitLine("p.yaml is gone; the last good configuration stays");
        }
    }

    @Test
    void aSymbolicLinkThatIsSwappedAsKubernetesDoesIsFollowed() throws Exception {
        originIsSlow();
        Path one = Files.createDirectory(folder.resolve("..one"));
        Path two = Files.createDirectory(folder.resolve("..two"));
        Files.writeString(one.resolve("p.yaml"), yaml(""));
        Files.writeString(two.resolve("p.yaml"), yaml(lifetime("1h")));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), one);
        Path file = Files.createSymbolicLink(folder.resolve("p.yaml"), data.resolve("p.yaml"));
        try (Child child = run(file)) {
            awaitNoHit(child);
            Files.move(
                    Files.createSymbolicLink(folder.resolve("..tmp"), two),
                    data,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            awaitHit(child);
        }
    }

    private void assertExit(int code, List<String> parts, String... arguments) throws Exception {
        try (Child child = Child.start(arguments)) {
            assertThat(child.exit()).as(String.join(" ", arguments)).isEqualTo(code);
            await().untilAsserted(
                            () -> assertThat(String.join("\n", child.lines())).contains(parts));
        }
    }

    @Test
    void aBadConfigurationAtStartIs78WithItsPlace() throws Exception {
        Path file = write("p.yaml", yaml(lifetime("10")));
        assertExit(78, List.of(file + ":5:"), "run", "--config", file.toString());
        Path missing = folder.resolve("none.yaml");
        assertExit(78, List.of("none.yaml"), "run", "--config", missing.toString());
        Path large = write("large.yaml", yaml("").replace("16MiB", "900GiB"));
        assertExit(
                78,
                List.of(large + ":3:", ": tiers.l1.size is 921600MiB, more than the"),
                "run",
                "--config",
                large.toString());
    }

    @Test
    void checkIs0ForAGoodFileAnd78ForABadOne() throws Exception {
        Path good = write("good.yaml", yaml(lifetime("10s")));
        assertExit(0, List.of("good.yaml: ok, 1 policy"), "check", "--config", good.toString());
        Path bad = write("bad.yaml", yaml(lifetime("10")) + "nonsense: 1\n");
        assertExit(78, List.of("bad.yaml:5:", "bad.yaml:6:1: "), "check", "--config", bad.toString());
    }

    @Test
    void whatIsNoCommandLineIs2() throws Exception {
        assertExit(2, List.of("--nonsense"), "run", "--nonsense");
        assertExit(2, List.of("Exit codes:"), "nonsense");
        assertExit(2, List.of("--listen"), "run", "--listen", "not an address");
        assertExit(0, List.of("lacquer "), "--version");
    }

    @Test
    void withoutAFileTheOriginsHeadersDecideAndWithOneItsServersAreReplaced() throws Exception {
        origin.on("/a", call -> call.reply(200, "a", "Cache-Control: max-age=60"));
        origin.on("/b", call -> call.reply(200, "b"));
        try (Child child = Child.ready(List.of("-Xmx512m"), "--origin", origin.url())) {
            assertThat(child.lines())
                    .singleElement()
                    .asString()
                    .contains("http://127.0.0.1:" + child.port(), "http://127.0.0.1:" + child.adminPort())
                    .contains("L1 only, no Redis configured");
            assertThat(Client.get(child.port(), "/a").cache()).isEqualTo("MISS");
            awaitHit(child);
            for (int i = 0; i < 2; i++) {
                assertThat(Client.get(child.port(), "/b").cache()).isEqualTo("MISS");
            }
            assertThat(origin.count("/a")).isEqualTo(1);
        }
        Path file = write("p.yaml", yaml(lifetime("1h")).replace(origin.url(), "http://127.0.0.1:1"));
        try (Child child = Child.ready(JVM, "--config", file.toString(), "--origin", origin.url())) {
            Client.get(child.port(), "/a");
            assertThat(Client.get(child.port(), "/a").text()).isEqualTo("a");
            child.signal("HUP");
            child.awaitLine("configuration 2 is in force");
            assertThat(Client.get(child.port(), "/b").text())
                    .as("after a reload too")
                    .isEqualTo("b");
        }
    }

    @Test
    void aPortThatIsTakenIs1WithOneClearLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"));
                Child child = Child.start(
                        "run",
                        "--config",
                        write("p.yaml", yaml("")).toString(),
                        "--listen",
                        "127.0.0.1:" + taken.getLocalPort(),
                        "--admin",
                        "127.0.0.1:0")) {
            assertThat(child.exit()).isEqualTo(1);
            await().untilAsserted(() -> assertThat(child.lines())
                    .hasSize(1)
                    .allMatch(line ->
                            line.startsWith("lacquer: can't listen on 127.0.0.1:" + taken.getLocalPort() + ": ")));
        }
    }
}
