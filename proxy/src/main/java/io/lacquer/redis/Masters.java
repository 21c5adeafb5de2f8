package io.lacquer.redis;

import io.lettuce.core.RedisURI;
import java.util.concurrent.CompletionStage;

/** Knows, or finds out, which server takes writes. */
interface Masters {
    /** The master that holds a key now. */
    CompletionStage<RedisURI> masterFor(byte[] key);
}
