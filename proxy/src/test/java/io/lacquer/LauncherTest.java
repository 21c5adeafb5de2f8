package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, a copy of it in folders of its own, with a {@code java} and a {@code mvn} that only say how they were called. */
class LauncherTest {
    private static final String SAYS_HOW = "#!/bin/sh\necho \"java of ${0%/bin/java}\"\nfor a; do echo \"$a\"; done\n";

    @TempDir
    private Path folder;

    private Path home;

    /** What a run came to. */
    private record Ran(int code, String out, String err) {}

    @BeforeEach
    void copy() throws IOException {
        folder = folder.toRealPath();
        home = Files.createDirectory(folder.resolve("home"));
        executable(home.resolve("lacquer"), Files.readString(checkout().resolve("lacquer")));
    }

    private static Path checkout() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("policies.yaml")) ? here : here.getParent();
    }

    private static void executable(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path java(String name, String version) throws IOException {
        Path jdk = folder.resolve(name);
        executable(jdk.resolve("bin/java"), SAYS_HOW);
        executable(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        return jdk;
    }

    /** A packaged Lacquer: no pom.xml, a jar below lib. */
    private void packaged() throws IOException {
        Files.writeString(Files.createDirectory(home.resolve("lib")).resolve("lacquer.jar"), "");
    }

    private Ran run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(home.resolve("lacquer").toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", "/usr/bin:/bin", "HOME", folder.toString(), "LACQUER_AOT", "off"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void argumentsReachTheJarAsTheyAreWithTheFlagsThatItNeeds() throws Exception {
        packaged();
        Path jdk = java("jdk", "25.0.1");
        Ran ran = run(Map.of("LACQUER_JAVA_HOME", jdk.toString()), "run", "--config", "my file.yaml", "*");
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).isEmpty();
        List<String> lines = ran.out().lines().toList();
        assertThat(lines).startsWith("java of " + jdk).endsWith("run", "--config", "my file.yaml", "*");
        assertThat(lines)
                .containsSequence("-jar", home.resolve("lib/lacquer.jar").toString(), "run")
                .contains(
                        "-XX:MaxRAMPercentage=50",
                        "-XX:+UseG1GC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dio.netty.leakDetection.level=disabled");
    }

    @Test
    void optionsOfTheUserWin() throws Exception {
        packaged();
        Ran ran = run(
                Map.of("LACQUER_JAVA_HOME", java("jdk", "25").toString(), "LACQUER_JAVA_OPTS", "-Xmx64m -XX:+UseZGC"),
                "check");
        assertThat(ran.out()).contains("-Xmx64m\n-XX:+UseZGC\n").doesNotContain("MaxRAMPercentage", "UseG1GC");
    }

    @Test
    void aJavaThatIsTooOldIsPassedOver() throws Exception {
        packaged();
        Path old = java("old", "17.0.9");
        Path right = java("right", "25.0.1");
        Ran ofPath =
                run(Map.of("JAVA_HOME", old.toString(), "PATH", right.resolve("bin") + ":/usr/bin:/bin"), "--version");
        assertThat(ofPath.out()).startsWith("java of " + right);
        Ran ofHome =
                run(Map.of("JAVA_HOME", right.toString(), "PATH", old.resolve("bin") + ":/usr/bin:/bin"), "--version");
        assertThat(ofHome.out()).startsWith("java of " + right);
    }

    @Test
    void withoutAJdkOneLineSaysWhatToInstall() throws Exception {
        packaged();
        Ran named = run(Map.of("LACQUER_JAVA_HOME", java("old", "17.0.9").toString()), "run");
        assertThat(named.code()).isEqualTo(1);
        assertThat(named.err().lines())
                .singleElement()
                .asString()
                .startsWith("lacquer: LACQUER_JAVA_HOME=")
                .contains("is no JDK 25");
        // as on a machine that has none in the usual folders either
        Path launcher = home.resolve("lacquer");
        String text = Files.readString(launcher);
        assertThat(text).contains("/usr/lib/jvm/* /opt/*", "/Library/Java/");
        Files.writeString(
                launcher,
                text.replace("/usr/lib/jvm/* /opt/*", folder + "/none/*").replace("/Library/Java/", folder + "/none/"));
        Path bin = Files.createDirectory(folder.resolve("bin"));
        for (String tool : new String[] {"find", "readlink"}) {
            executable(bin.resolve(tool), "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
        }
        Ran none = run(Map.of("PATH", bin.toString()), "run");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.out()).isEmpty();
        assertThat(none.err().lines())
                .singleElement()
                .asString()
                .startsWith("lacquer: needs a JDK 25 or newer: install one")
                .contains("JAVA_HOME");
    }

    @Test
    void aCheckoutIsBuiltOnFirstUseAndWhenSourcesAreNewerAndNotOtherwise() throws Exception {
        Path source = Files.createDirectories(home.resolve("proxy/src/main")).resolve("A.java");
        Files.createDirectories(home.resolve("config/src/main"));
        for (String file : new String[] {"pom.xml", "config/pom.xml", "proxy/pom.xml", "proxy/src/main/A.java"}) {
            Path old = Files.writeString(home.resolve(file), "");
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(1000)));
        }
        Path jdk = java("jdk", "25.0.1");
        executable(
                folder.resolve("bin/mvn"),
                "#!/bin/sh\necho x >>'" + folder + "/builds'\nmkdir -p '" + home + "/proxy/target'\n" + "touch '" + home
                        + "/proxy/target/lacquer.jar'\n");
        Map<String, String> environment =
                Map.of("LACQUER_JAVA_HOME", jdk.toString(), "PATH", folder.resolve("bin") + ":/usr/bin:/bin");
        Ran first = run(environment, "check");
        assertThat(first.code()).isZero();
        assertThat(first.err()).isEqualTo("lacquer: building (first use) ...\n");
        assertThat(first.out()).endsWith("check\n");
        assertThat(run(environment, "check").err()).as("nothing to do").isEmpty();
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
        Ran second = run(environment, "check");
        assertThat(second.err()).isEqualTo("lacquer: building (sources changed) ...\n");
        assertThat(second.out()).endsWith("check\n");
        assertThat(Files.readAllLines(folder.resolve("builds"))).hasSize(2);

        executable(folder.resolve("bin/mvn"), "#!/bin/sh\necho '[ERROR] A.java:[1,2] wrong'\nexit 1\n");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));
        Ran broken = run(environment, "check");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).isEmpty();
        assertThat(broken.err())
                .contains("A.java:[1,2] wrong", "the build failed; its log: " + home.resolve("target/build.log"));
    }
}
