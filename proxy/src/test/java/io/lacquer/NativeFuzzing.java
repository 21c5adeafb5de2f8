package io.lacquer;

import com.code_intelligence.jazzer.third_party.com.github.fmeum.rules_jni.RulesJni;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fuzz tests, skipped with one line where Jazzer has no native part that loads. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NativeFuzzing.Loads.class)
public @interface NativeFuzzing {
    /** Loads it as Jazzer itself will; what is loaded already is not loaded again. */
    final class Loads implements ExecutionCondition {
        private static final AtomicBoolean TOLD = new AtomicBoolean();

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            try {
                RulesJni.loadLibrary("jazzer_fuzzed_data_provider", "/com/code_intelligence/jazzer/driver");
                return ConditionEvaluationResult.enabled("Jazzer's native part loads");
            } catch (LinkageError | RuntimeException missing) {
                String line = "Fuzz tests are skipped: Jazzer's native part does not load on "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + " (" + missing + ")";
                if (!TOLD.getAndSet(true)) {
                    System.out.println(line.lines().findFirst().orElse(line));
                }
                return ConditionEvaluationResult.disabled(line);
            }
        }
    }
}
