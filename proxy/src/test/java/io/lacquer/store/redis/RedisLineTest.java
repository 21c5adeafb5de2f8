package io.lacquer.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class RedisLineTest {
    @Test
    void onlyWhatSaysNothingOfRedisIsPassedOver() {
        Exception inLettuce = new IllegalStateException("RedisHandshakeHandler not registered");
        assertThat(RedisLine.isUnexplained(new CompletionException(new RedisConnectionException("to x", inLettuce))))
                .isTrue();
        assertThat(RedisLine.isUnexplained(new RedisConnectionException("to x", new IOException("refused"))))
                .isFalse();
        assertThat(RedisLine.isUnexplained(new RedisCommandExecutionException("WRONGPASS")))
                .isFalse();
        assertThat(RedisLine.isUnexplained(null)).isFalse();
    }
}
