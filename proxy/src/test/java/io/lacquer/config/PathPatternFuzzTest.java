package io.lacquer.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;

/** Patterns as operators write them, against paths as strangers ask for them. */
@NativeFuzzing
public class PathPatternFuzzTest {
    @FuzzTest
    public void patterns(FuzzedDataProvider data) {
        String text = data.consumeString(60);
        String path = data.consumeRemainingAsString();
        try {
            PathPattern pattern = PathPattern.parse(text);
            Captures captures = new Captures();
            if (pattern.matches(path, captures)) {
                assertThat(path).startsWith("/");
                assertThat(captures.asSent().keySet()).isSubsetOf(pattern.captureNames());
                assertThat(PathPattern.parse("/**").matches(path, new Captures()))
                        .isTrue();
            }
            assertThat(pattern.covers(pattern)).isTrue();
            assertThat(PathPattern.parse(pattern.toString())).isEqualTo(pattern);
        } catch (Malformed refused) {
            assertThat(refused).hasMessageContaining("; "); // what is wrong; what to do
        }
    }
}
