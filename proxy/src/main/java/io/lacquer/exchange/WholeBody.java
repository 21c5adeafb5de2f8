package io.lacquer.exchange;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a request's body whole, for those who can't do with less. */
public final class WholeBody {
    private WholeBody() {}

    /**
     * Reads a body of at most so many bytes as UTF-8; {@code then} is told once, on the loop: the text, empty where there
     * is no body, or null where it is too long or will never be whole.
     */
    public static void read(@Nullable BodyStream body, Loop loop, int most, Consumer<@Nullable String> then) {
        BodyStream.Reader from = body == null ? null : body.reader(loop);
        if (from == null) {
            then.accept("");
            return;
        }
        ContentReader reader = new ContentReader(from, loop, most);
        Runnable step = new Runnable() {
            private boolean told;

            @Override
            public void run() {
                if (told) {
                    return;
                }
                ContentReader.Progress progress = reader.read(this);
                if (progress != ContentReader.Progress.WAITING && !told) {
                    told = true;
                    boolean whole = progress == ContentReader.Progress.WHOLE;
                    then.accept(
                            whole
                                    ? new String(
                                            reader.content().text().getBytes(StandardCharsets.ISO_8859_1),
                                            StandardCharsets.UTF_8)
                                    : null);
                }
            }
        };
        loop.execute(step);
    }
}
