package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file under {@code golden} gives exactly the complaints beside it. */
class GoldenTest {
    static List<Path> good() {
        return Golden.files("good");
    }

    static List<Path> warned() {
        return Golden.files("warned");
    }

    static List<Path> bad() {
        return Golden.files("bad");
    }

    @ParameterizedTest
    @MethodSource
    void good(Path file) {
        Loaded loaded = Golden.load(file);
        assertThat(loaded.complaints()).isEmpty();
        assertThat(loaded.config()).isNotNull();
    }

    @ParameterizedTest
    @MethodSource
    void warned(Path file) {
        Loaded loaded = Golden.load(file);
        assertThat(text(loaded)).isEqualTo(expected(file));
        assertThat(loaded.config()).isNotNull();
    }

    @ParameterizedTest
    @MethodSource
    void bad(Path file) {
        Loaded loaded = Golden.load(file);
        assertThat(text(loaded)).isEqualTo(expected(file)).isNotEmpty();
        assertThat(loaded.config()).isNull();
    }

    @Test
    void thereAreManyBadOnes() {
        assertThat(bad()).hasSizeGreaterThan(60);
    }

    private static String expected(Path file) {
        return Golden.read(Path.of(file.toString().replace(".yaml", ".expected")));
    }

    private static String text(Loaded loaded) {
        return loaded.complaints().stream().map(each -> each + "\n").collect(Collectors.joining());
    }
}
