package io.lacquer.redis;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads of all clients to Redis in this process: there as long as somebody holds them. */
final class SharedResources {
    private static final int THREADS = 2;

    /** Lettuce's own delay grows to half a minute; a node of a cluster that is back is wanted at once. */
    private static final Duration RECONNECT = Duration.ofMillis(250);

    private static @Nullable ClientResources resources;
    private static int holders;

    private SharedResources() {}

    /** The resources, to be given back with {@link #release}. */
    static synchronized ClientResources acquire() {
        ClientResources present = resources;
        if (present == null) {
            present = DefaultClientResources.builder()
                    .ioThreadPoolSize(THREADS)
                    .computationThreadPoolSize(THREADS)
                    .reconnectDelay(Delay.constant(RECONNECT))
                    .build();
            resources = present;
        }
        holders++;
        return present;
    }

    /** Gives them back, once each; the last one ends them, without waiting. */
    static synchronized void release() {
        holders--;
        ClientResources present = resources;
        if (holders == 0 && present != null) {
            resources = null;
            present.shutdown(200, 2000, TimeUnit.MILLISECONDS);
        }
    }
}
