package io.lacquer.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lacquer.NativeFuzzing;
import io.lacquer.http.Headers;
import java.util.List;
import java.util.Map;

/** The values that a variant is told by. */
@NativeFuzzing
public class VaryFuzzTest {
    private static final String[] FIELDS = {"accept-encoding", "accept-language", "accept", "cookie", "x"};

    @FuzzTest
    public void nominated(FuzzedDataProvider data) {
        String field = data.pickValue(FIELDS);
        String one = data.consumeString(80).replace('\n', ' ');
        String other = data.consumeRemainingAsString().replace('\n', ' ');
        Map<String, String> first = VaryRule.nominated(List.of(field), Headers.of(field, one));
        Map<String, String> second = VaryRule.nominated(List.of(field), Headers.of(field, other));
        assertThat(first.get(field)).matches("(?s)[=~].*").doesNotContain("\n");
        assertThat(VaryRule.variantText(first).equals(VaryRule.variantText(second)))
                .isEqualTo(first.equals(second));
        if (one.equals(other)) {
            assertThat(first).isEqualTo(second);
        }
        VaryRule.isPreferred(first, "de", "gzip", Headers.of(field, other));
    }
}
