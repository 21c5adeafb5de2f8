package io.lacquer;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/**
 * TERM, HUP and INT. {@code sun.misc.Signal} is the only way to them and javac warns of every mention, so it
 * is reached by name; where it is missing the process still ends on TERM, without draining.
 */
final class Signals {
    private static final int EXIT_INTERRUPTED = 130;

    private final CountDownLatch term = new CountDownLatch(1);

    /** The first TERM lets {@link #awaitTerm} return; a second one and INT end at once; HUP reloads. */
    void install(Runnable reload) {
        handle("TERM", () -> {
            if (term.getCount() == 0) {
                Runtime.getRuntime().halt(1);
            }
            term.countDown();
        });
        handle("INT", () -> Runtime.getRuntime().halt(EXIT_INTERRUPTED));
        handle("HUP", () -> Thread.ofVirtual().start(reload));
    }

    private static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException missing) {
            LoggerFactory.getLogger(Signals.class).warn("no handler for signal {}: {}", name, missing.toString());
        }
    }

    /** Waits for the first TERM. */
    void awaitTerm() throws InterruptedException {
        term.await();
    }
}
