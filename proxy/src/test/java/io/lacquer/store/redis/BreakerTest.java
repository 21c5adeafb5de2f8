package io.lacquer.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** So many failures in a row open it; one success closes it. */
class BreakerTest {
    private final Breaker breaker = new Breaker(3);

    @Test
    void theThirdFailureInARowOpensItAndSaysSoOnce() {
        assertThat(breaker.failed()).isFalse();
        assertThat(breaker.failed()).isFalse();
        assertThat(breaker.isOpen()).isFalse();
        assertThat(breaker.failed()).isTrue();
        assertThat(breaker.isOpen()).isTrue();
        assertThat(breaker.failed()).as("it is open already").isFalse();
    }

    @Test
    void aSuccessBetweenBeginsTheCountAnew() {
        breaker.failed();
        breaker.failed();
        assertThat(breaker.succeeded()).as("was not open").isFalse();
        breaker.failed();
        breaker.failed();
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void aSuccessClosesItAndItTakesThreeToOpenItAgain() {
        for (int i = 0; i < 3; i++) {
            breaker.failed();
        }
        assertThat(breaker.succeeded()).as("was open").isTrue();
        assertThat(breaker.isOpen()).isFalse();
        breaker.failed();
        breaker.failed();
        assertThat(breaker.isOpen()).isFalse();
    }
}
