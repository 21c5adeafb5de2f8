package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The house: layers whose arrows point down only, and what each may not touch. */
class ArchitectureTest {
    private static final String ROOT = "io.lacquer";

    /** Lowest first; packages of one row do not see each other, unless named in {@link #SIDEWAYS}. */
    private static final List<Set<String>> LAYERS = List.of(
            Set.of("config"),
            Set.of("http", "redis"),
            Set.of("rules"),
            Set.of("store"),
            Set.of("store.memory", "store.redis"),
            Set.of("purge"),
            Set.of("purge.redis"),
            Set.of("exchange"),
            Set.of("transport"),
            Set.of("transport.http1"),
            Set.of("transport.server", "transport.origin"),
            Set.of("observe"),
            Set.of("admin"),
            Set.of("", "demo"));

    /** Packages of one row, or wired at the root, that see each other with reason. */
    private static final Set<String> SIDEWAYS = Set.of(">demo", "demo>");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.asURI().toString().contains(tests()))
            .importPackages(ROOT);

    private static String tests() {
        return ArchitectureTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
    }

    private static String packageOf(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    private static int layer(String name) {
        for (int i = 0; i < LAYERS.size(); i++) {
            if (LAYERS.get(i).contains(name)) {
                return i;
            }
        }
        throw new AssertionError("package " + name + " has no layer; give it one in LAYERS");
    }

    private static List<JavaClass> in(String... packages) {
        Set<String> wanted = Set.of(packages);
        return CLASSES.stream().filter(type -> wanted.contains(packageOf(type))).toList();
    }

    private static List<String> dependencies(List<JavaClass> from, Predicate<String> forbidden) {
        return from.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(dependency -> forbidden.test(dependency.getTargetClass().getFullName()))
                .map(Dependency::getDescription)
                .distinct()
                .toList();
    }

    private static List<String> calls(List<JavaClass> from, Predicate<String> forbidden) {
        return from.stream()
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(access -> forbidden.test(access.getTargetOwner().getFullName() + "."
                        + access.getTarget().getName()))
                .map(JavaAccess::getDescription)
                .distinct()
                .toList();
    }

    private static List<JavaClass> all() {
        return CLASSES.stream().toList();
    }

    private static List<JavaClass> notIn(String... prefixes) {
        return CLASSES.stream()
                .filter(type -> {
                    String name = packageOf(type);
                    for (String prefix : prefixes) {
                        if (name.equals(prefix) || (!prefix.isEmpty() && name.startsWith(prefix + "."))) {
                            return false;
                        }
                    }
                    return true;
                })
                .toList();
    }

    private static Predicate<String> startsWith(String... prefixes) {
        return name -> {
            for (String prefix : prefixes) {
                if (name.startsWith(prefix)) {
                    return true;
                }
            }
            return false;
        };
    }

    @Test
    void arrowsPointDownOnly() {
        assertThat(all()).hasSizeGreaterThan(100);
        List<String> upwards = all().stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(dependency -> isOurs(dependency.getTargetClass()))
                .filter(dependency -> {
                    String from = packageOf(dependency.getOriginClass());
                    String to = packageOf(dependency.getTargetClass());
                    boolean down = from.equals(to) || layer(to) < layer(from);
                    return !down && !SIDEWAYS.contains(from + ">" + to);
                })
                .map(Dependency::getDescription)
                .toList();
        assertThat(upwards).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"observe", "admin"})
    void whatOperatorsSeeIsFreeOfTransport(String name) {
        assertThat(dependencies(in(name), startsWith(ROOT + ".transport", "io.netty")))
                .isEmpty();
    }

    @Test
    void theJourneyAndItsTransportsKnowNoTierByName() {
        assertThat(dependencies(
                        notIn("", "demo", "store.memory", "store.redis"),
                        startsWith(ROOT + ".store.memory", ROOT + ".store.redis")))
                .isEmpty();
    }

    @Test
    void rulesArePure() {
        assertThat(dependencies(
                        in("rules"),
                        startsWith(
                                "io.netty",
                                "org.slf4j",
                                "java.io.",
                                "java.nio.",
                                "java.net.",
                                "java.time.Clock",
                                "java.time.Instant",
                                "java.time.LocalDate",
                                "java.util.Random",
                                "java.util.concurrent",
                                ROOT + ".http.Clock",
                                ROOT + ".store")))
                .isEmpty();
        assertThat(calls(in("rules"), startsWith("java.lang.System.", "java.lang.Thread.")))
                .isEmpty();
    }

    @Test
    void httpIsValuesAndParsers() {
        assertThat(dependencies(
                        in("http"),
                        startsWith(
                                "io.netty",
                                "org.slf4j",
                                "java.net.Inet",
                                "java.net.Socket",
                                "java.net.ServerSocket",
                                "java.net.URL.",
                                "java.net.http",
                                ROOT + ".config")))
                .isEmpty();
        assertThat(calls(
                        in("http"),
                        startsWith(
                                "java.time.Instant.now",
                                "java.lang.System.nano",
                                "java.lang.System.current",
                                "java.lang.System.get",
                                "java.lang.Thread.")))
                .isEmpty();
    }

    @Test
    void theJourneyKnowsNoNetty() {
        assertThat(dependencies(in("exchange", "purge", "store", "store.memory"), startsWith("io.netty")))
                .isEmpty();
    }

    @Test
    void librariesOfATierStayInIt() {
        assertThat(dependencies(notIn("store.redis", "purge.redis", "redis"), startsWith("io.lettuce")))
                .isEmpty();
        assertThat(dependencies(notIn("store.redis"), startsWith("com.github.luben")))
                .isEmpty();
        assertThat(dependencies(notIn("store.memory"), startsWith("com.github.benmanes.caffeine")))
                .isEmpty();
        assertThat(dependencies(notIn("observe"), startsWith("io.micrometer", "io.prometheus")))
                .isEmpty();
    }

    @Test
    void clocksAreReadOnlyByTheRootAndTransport() {
        assertThat(calls(
                        notIn("", "demo", "transport"),
                        startsWith(
                                "java.lang.System.currentTimeMillis",
                                "java.lang.System.nanoTime",
                                "java.time.Instant.now",
                                "java.time.LocalDateTime.now",
                                "java.time.Clock.system")))
                .isEmpty();
    }

    @Test
    void nothingBlocksALoop() {
        assertThat(calls(
                        notIn("", "demo", "config", "observe", "admin"),
                        startsWith(
                                "java.lang.Thread.sleep",
                                "java.lang.Object.wait",
                                "java.util.concurrent.CompletableFuture.join",
                                "java.util.concurrent.CompletableFuture.get",
                                "java.util.concurrent.Future.get",
                                "java.util.concurrent.CountDownLatch.await",
                                "java.util.concurrent.locks.LockSupport.park",
                                "io.netty.util.concurrent.Future.sync",
                                "io.netty.util.concurrent.Future.await",
                                "io.lettuce.core.api.sync")))
                .allMatch(
                        call -> call.contains(".Loops.close()")
                                || call.contains(".RedisLink.awaitFirstAttempt(")
                                || call.contains(".RedisLog.awaitFirstAttempt(")
                                || call.contains(".RedisLog.close("),
                        "only at the start and the end of the process");
    }

    @Test
    void nobodyWritesToTheConsoleOrEndsTheProcessButTheRoot() {
        assertThat(calls(
                        notIn("", "demo"),
                        startsWith("java.lang.System.exit", "java.lang.System.out", "java.lang.System.err")))
                .isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIs() {
        Set<String> described = CLASSES.stream()
                .filter(type -> type.getSimpleName().equals("package-info"))
                .map(ArchitectureTest::packageOf)
                .collect(Collectors.toSet());
        assertThat(described)
                .containsAll(CLASSES.stream().map(ArchitectureTest::packageOf).collect(Collectors.toSet()));
    }
}
