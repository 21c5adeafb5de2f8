package io.lacquer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public cache test-suite, in the release that npm has, against the packaged Lacquer. */
class ConformanceTest {
    private static final Path ROOT = root();
    private static final Path SUITE = ROOT.resolve("bench/cache-tests/node_modules/http-cache-tests");
    private static final Path RECORDED = ROOT.resolve("bench/cache-tests/expected.json");
    private static final Path JAR = ROOT.resolve("proxy/target/lacquer.jar");
    private static final String INSTALL = "(cd bench/cache-tests && npm ci --omit=dev)";

    @TempDir
    Path folder;

    @Test
    void noOutcomeIsWorseThanRecorded() throws IOException, InterruptedException {
        leaveOutUnless(nodeVersion() >= 18, "needs Node.js 18 or newer; install it, then run " + INSTALL);
        leaveOutUnless(Files.exists(SUITE), "the suite is not installed; run " + INSTALL);
        leaveOutUnless(Files.exists(JAR), "Lacquer is not packaged; run mvn verify in the root folder");

        Path screen = folder.resolve("screen");
        ProcessBuilder command = new ProcessBuilder(
                ROOT.resolve("bench/conformance").toString(),
                "--expect",
                RECORDED.toString(),
                "--out",
                folder.resolve("results.json").toString(),
                SUITE.toString());
        command.environment().put("LACQUER_JAR", JAR.toString());
        command.environment().put("LACQUER_JAVA_HOME", System.getProperty("java.home"));
        Process run = command.redirectErrorStream(true)
                .redirectOutput(screen.toFile())
                .start();
        boolean ended = run.waitFor(120, TimeUnit.SECONDS);
        if (!ended) {
            run.destroy(); // by TERM, so that it ends what it has started
            run.waitFor(20, TimeUnit.SECONDS);
        }

        String said = Files.readString(screen);
        assertThat(ended).as("it ends in time; it said:%n%s", said).isTrue();
        assertThat(run.exitValue()).as("its exit code; it said:%n%s", said).isZero();
        said.lines()
                .dropWhile(line -> !line.startsWith("Against what was recorded"))
                .takeWhile(line -> !line.isEmpty())
                .forEach(line -> System.out.println("conformance: " + line));
    }

    private static void leaveOutUnless(boolean possible, String why) {
        if (!possible) {
            System.out.println("conformance: left out: " + why);
            abort(why);
        }
    }

    /** The major version of the Node.js on the PATH, or 0. */
    private static int nodeVersion() throws InterruptedException {
        try {
            Process node = new ProcessBuilder("node", "-p", "parseInt(process.versions.node)").start();
            String version = new String(node.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return node.waitFor() == 0 ? Integer.parseInt(version.strip()) : 0;
        } catch (IOException | NumberFormatException absent) {
            return 0;
        }
    }

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("lacquer")) ? here : here.getParent();
    }
}
