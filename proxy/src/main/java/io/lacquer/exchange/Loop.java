package io.lacquer.exchange;

import java.util.concurrent.Executor;

/** An event loop: tasks run one after the other on one thread, and none may block. */
public interface Loop extends Executor {
    /** Runs a task after so many milliseconds, unless cancelled. */
    Timer schedule(long millis, Runnable task);

    /** A task to come. */
    interface Timer {
        /** Forgets the task if it has not begun. */
        void cancel();
    }
}
