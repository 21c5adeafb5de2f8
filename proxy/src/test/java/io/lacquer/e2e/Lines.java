package io.lacquer.e2e;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What is logged while it is open. */
final class Lines extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

    Lines() {
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        events.add(event);
    }

    /** The lines so far. */
    List<String> all() {
        return events.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    /** The most lines in any second. */
    int mostASecond() {
        return events.stream()
                .mapToInt(first -> (int) events.stream()
                        .mapToLong(each -> each.getTimeStamp() - first.getTimeStamp())
                        .filter(later -> later >= 0 && later < 1000)
                        .count())
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}
