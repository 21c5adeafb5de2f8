package io.lacquer.purge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this node has acknowledged comes back, whatever ended it and whatever became of the end of the file. */
class JournalTest {
    private static final int KEPT = 2_000;
    private static final int REWRITE_FROM = 4 << 20;

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("purges.journal");
    }

    private static Purge purge(String id) {
        return new Purge(id, "n", 5, "api", "*", Scope.of(Set.of("tag-of-" + id), List.of()), false, -1, false);
    }

    private static boolean append(Journal journal, Purge... purges) {
        try {
            return journal.append(List.of(purges)).toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private static List<String> ids(Journal journal) {
        return journal.entries().stream().map(entry -> entry.purge().id()).toList();
    }

    /** Some purges, of which some are in the log; the bytes of the file. */
    private byte[] written() throws IOException {
        try (Journal journal = Journal.open(file())) {
            for (int i = 0; i < 5; i++) {
                assertThat(append(journal, purge("p" + i))).isTrue();
                if (i % 2 == 0) {
                    journal.done(purge("p" + i), new Position(7, i + 1));
                }
            }
        }
        return Files.readAllBytes(file());
    }

    @Test
    void whatWasWrittenIsThereAgainInItsOrder() throws IOException {
        written();
        try (Journal journal = Journal.open(file())) {
            assertThat(ids(journal)).containsExactly("p0", "p1", "p2", "p3", "p4");
            assertThat(journal.entries().get(0)).isEqualTo(new Journal.Entry(purge("p0"), new Position(7, 1)));
            assertThat(journal.entries().get(1)).isEqualTo(new Journal.Entry(purge("p1"), null));
            journal.done(purge("p1"), new Position(7, 9));
            journal.done(purge("unknown"), new Position(7, 10));
            append(journal, purge("p5"));
        }
        try (Journal journal = Journal.open(file())) {
            assertThat(ids(journal)).containsExactly("p0", "p1", "p2", "p3", "p4", "p5");
            assertThat(journal.entries().get(1).position()).isEqualTo(new Position(7, 9));
        }
    }

    @Test
    void afterItsEndItAcknowledgesNothing() throws IOException {
        Journal journal = Journal.open(file());
        journal.close();
        assertThat(append(journal, purge("late"))).isFalse();
        journal.done(purge("late"), new Position(1, 1));
        try (Journal again = Journal.open(file())) {
            assertThat(again.entries()).isEmpty();
        }
    }

    @Test
    void cutAtAnyByteItHasAllThatWasWholeBefore() throws IOException {
        byte[] whole = written();
        int before = 0;
        for (int length = 0; length <= whole.length; length++) {
            List<String> ids =
                    List.copyOf(Journal.read(Arrays.copyOf(whole, length)).keySet());
            assertThat(ids).isEqualTo(List.of("p0", "p1", "p2", "p3", "p4").subList(0, ids.size()));
            assertThat(ids.size()).as("cut at %d", length).isGreaterThanOrEqualTo(before);
            before = ids.size();
            if (length % 23 != 0) {
                continue;
            }
            Files.write(file(), Arrays.copyOf(whole, length));
            try (Journal journal = Journal.open(file())) {
                assertThat(ids(journal)).isEqualTo(ids);
                assertThat(append(journal, purge("next"))).isTrue();
            }
            assertThat(Journal.read(Files.readAllBytes(file())).keySet())
                    .contains("next")
                    .hasSize(before + 1);
        }
        assertThat(before).isEqualTo(5);
    }

    @Test
    void aFileThatIsNoJournalIsLeftAsItIs() throws IOException {
        byte[] foreign = "# services\nhttp 80/tcp\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Files.write(file(), foreign);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Journal.open(file()))
                .hasMessageContaining("is no purge journal");
        assertThat(Files.readAllBytes(file())).isEqualTo(foreign);
    }

    @Test
    void ofADamagedOneAllThatCanBeReadIsUsedAndTheRestKept() throws IOException {
        byte[] damaged = written();
        damaged[20] ^= 1; // in the text of the first purge
        Files.write(file(), damaged);
        try (Journal journal = Journal.open(file())) {
            assertThat(ids(journal)).contains("p1", "p2", "p3", "p4");
        }
        assertThat(Files.readAllBytes(file().resolveSibling(file().getFileName() + ".bad")))
                .isEqualTo(damaged);
    }

    @Test
    void aFlippedByteMakesNothingUpAndLosesNothingBeforeIt() throws IOException {
        byte[] whole = written();
        Set<Purge> known = new HashSet<>();
        Journal.read(whole).values().forEach(entry -> known.add(entry.purge()));
        for (int at = 0; at < whole.length; at++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) flip;
                var read = Journal.read(damaged);
                assertThat(known)
                        .containsAll(
                                read.values().stream().map(Journal.Entry::purge).toList());
                assertThat(read.keySet())
                        .containsAll(Journal.read(Arrays.copyOf(whole, at)).keySet());
            }
        }
    }

    @Test
    void whatIsNoJournalIsAnEmptyOne() throws IOException {
        for (byte[] odd : List.of(
                new byte[0],
                new byte[1000],
                "PURGE everything".getBytes(StandardCharsets.UTF_8),
                new byte[] {'P', 127, 127, 127, 127, 0, 0, 0, 0},
                new byte[] {'P', -1, -1, -1, -1, 0, 0, 0, 0})) {
            assertThat(Journal.read(odd)).isEmpty();
        }
    }

    @Test
    void aRewriteKeepsAllThatTheLogLacksAndTheLastOfTheRest() throws IOException {
        int done = 2 * KEPT;
        String padding = "x".repeat(1_100);
        try (Journal journal = Journal.open(file())) {
            append(journal, purge("waits-0"));
            List<Purge> many = new ArrayList<>();
            for (int i = 0; i < done; i++) {
                Scope scope = Scope.of(Set.of(padding + i), List.of());
                many.add(new Purge("d" + i, "n", 0, "api", "*", scope, false, -1, false));
            }
            assertThat(append(journal, many.toArray(new Purge[0]))).isTrue();
            for (int i = 0; i < done; i++) {
                journal.done(many.get(i), new Position(1, i + 1));
            }
            assertThat(append(journal, purge("waits-1"))).isTrue();
            assertThat(Files.size(file())).isLessThan(REWRITE_FROM);
            assertThat(append(journal, purge("waits-2")))
                    .as("goes on where it ends now")
                    .isTrue();
        }
        try (Journal journal = Journal.open(file())) {
            assertThat(ids(journal))
                    .contains("waits-0", "waits-1", "waits-2", "d" + (done - 1))
                    .doesNotContain("d0");
            assertThat(journal.entries()).hasSizeBetween(KEPT, KEPT + 3);
            assertThat(journal.entries().stream().filter(entry -> entry.position() == null))
                    .hasSize(3);
        }
        assertThat(folder.resolve("purges.journal.new")).doesNotExist();
    }

    @Test
    void aProcessThatEndedWhileRewritingLeftAllOfIt() throws IOException {
        byte[] whole = written();
        Path copy = folder.resolve("purges.journal.new");
        byte[] old = whole.clone();
        Arrays.fill(old, 0, 40, (byte) 'x');
        for (byte[] midst : List.of(new byte[0], Arrays.copyOf(whole, whole.length / 2), old)) {
            Files.write(copy, whole);
            Files.write(file(), midst);
            try (Journal journal = Journal.open(file())) {
                assertThat(ids(journal)).containsExactly("p0", "p1", "p2", "p3", "p4");
            }
            assertThat(copy).doesNotExist();
        }
        for (int length = 0; length < whole.length; length += 41) { // the copy itself was not finished
            Files.write(copy, Arrays.copyOf(whole, length));
            Files.write(file(), whole);
            try (Journal journal = Journal.open(file())) {
                assertThat(journal.entries())
                        .containsExactlyElementsOf(Journal.read(whole).values());
            }
        }
    }

    @Test
    void whatComesWhileItWritesIsFlushedTogether() throws Exception {
        try (Journal journal = Journal.open(file())) {
            List<CompletionStage<Boolean>> meanwhile = new ArrayList<>();
            for (int attempt = 0; meanwhile.isEmpty(); attempt++) {
                journal.append(List.of(purge("first" + attempt)))
                        .thenRun(() -> {
                            if (Thread.currentThread().getName().equals("purge-journal")) { // it is busy with this
                                for (int i = 0; i < 50; i++) {
                                    meanwhile.add(journal.append(List.of(purge("m" + i))));
                                }
                            }
                        })
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
            }
            assertThat(new HashSet<>(meanwhile)).hasSize(1);
            assertThat(meanwhile.getFirst().toCompletableFuture().get(10, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(Journal.read(Files.readAllBytes(file())).keySet()).contains("m0", "m49");
        }
    }

    @Test
    void twoCannotHaveOneFile() throws Exception {
        try (Journal journal = Journal.open(file())) {
            append(journal, purge("mine"));
            assertThat(elsewhere("", "other")).contains("refused").contains("purge.journal");
            assertThatThrownBy(() -> Journal.open(file()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file().toString())
                    .hasMessageContaining("purge.journal");
            append(journal, purge("mine-too"));
        }
        assertThat(elsewhere("", "other")).contains("other true");
        assertThat(Journal.read(Files.readAllBytes(file())).keySet()).containsExactly("mine", "mine-too", "other");
    }

    @Test
    void aDiskThatWasFullForAWhileLosesNothingThatIsAcknowledgedLater() throws Exception {
        String said = elsewhere("ulimit -f 64; ", "a", "large", "b", "c");
        assertThat(said)
                .contains("a true")
                .contains("large false")
                .contains("b true")
                .contains("c true");
        assertThat(Journal.read(Files.readAllBytes(file())).keySet()).contains("a", "b", "c");
    }

    /** Opens the file in another process, and appends purges there. */
    private String elsewhere(String before, String... ids) throws Exception {
        String java = ProcessHandle.current().info().command().orElseThrow();
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        before + "exec \"$@\"",
                        "bash",
                        java,
                        "-Xmx64m",
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        JournalProcess.class.getName(),
                        file().toString(),
                        String.join(",", ids))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
