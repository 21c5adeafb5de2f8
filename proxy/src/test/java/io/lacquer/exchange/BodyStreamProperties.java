package io.lacquer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.Headers;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A body stream against a growing array: whoever reads, at whatever pace, sees every byte in order. */
class BodyStreamProperties {
    /** One reader and what it has had. */
    private static final class Seen {
        final BodyStream.Reader reader;
        int at;
        int woken;
        boolean closed;

        Seen(BodyStream stream) {
            Loop here = new Loop() {
                @Override
                public void execute(Runnable task) {
                    task.run();
                }

                @Override
                public Timer schedule(long millis, Runnable task) {
                    throw new UnsupportedOperationException();
                }
            };
            reader = stream.reader(here);
            if (reader != null) {
                reader.whenReady(() -> woken++);
            }
        }
    }

    @Provide
    Arbitrary<List<Integer>> steps() {
        return Arbitraries.integers().between(0, 9_999).list().ofMaxSize(120);
    }

    @Property
    void noByteIsLostAndNoneComesTwice(@ForAll boolean kept, @ForAll("steps") List<Integer> steps) {
        BodyStream stream = new BodyStream(kept);
        List<Byte> produced = new ArrayList<>();
        List<Seen> readers = new ArrayList<>();
        boolean[] resumed = {false};
        stream.whenWritable(() -> resumed[0] = true);
        boolean paused = false;
        for (int step : steps) {
            int which = step / 10;
            switch (step % 10) {
                case 0, 1, 2, 3 -> {
                    byte[] bytes = new byte[1 + (which * 97) % 40_000];
                    for (int i = 0; i < bytes.length; i++) {
                        bytes[i] = (byte) (produced.size() * 31 + 7);
                        produced.add(bytes[i]);
                    }
                    resumed[0] = false;
                    paused = !stream.append(bytes);
                }
                case 4 -> {
                    Seen seen = new Seen(stream);
                    if (seen.reader != null) {
                        readers.add(seen);
                    }
                }
                case 5 -> {
                    if (!readers.isEmpty()) {
                        Seen seen = readers.get(which % readers.size());
                        seen.reader.close();
                        seen.closed = true;
                    }
                }
                case 6 -> stream.becomeWindow();
                default -> {
                    if (!readers.isEmpty()) {
                        poll(readers.get(which % readers.size()), produced);
                    }
                }
            }
        }
        assertThat(stream.produced()).isEqualTo(produced.size());
        stream.end(Headers.EMPTY);
        for (Seen seen : readers) {
            drain(seen, produced);
        }
        boolean anybody = readers.stream().anyMatch(seen -> !seen.closed && seen.reader.failure() == null);
        assertThat(!paused || resumed[0] || !anybody)
                .as("a paused producer goes on once somebody has read on")
                .isTrue();
    }

    private static void poll(Seen seen, List<Byte> produced) {
        byte[] bytes = seen.reader.poll();
        if (bytes != null) {
            assertThat(seen.closed).isFalse();
            for (byte each : bytes) {
                assertThat(each).isEqualTo(produced.get(seen.at++));
            }
        }
    }

    private static void drain(Seen seen, List<Byte> produced) {
        while (!seen.closed && !seen.reader.isEnded()) {
            if (seen.reader.failure() == Failure.CUT_LOOSE) {
                return;
            }
            int before = seen.at;
            poll(seen, produced);
            assertThat(seen.at).isGreaterThan(before);
        }
        if (!seen.closed) {
            assertThat(seen.at).isEqualTo(produced.size());
        }
    }

    @Property
    void whoFoundNothingIsWokenOnceByTheNextNews(@ForAll boolean kept, @ForAll boolean fails) {
        BodyStream stream = new BodyStream(kept);
        Seen seen = new Seen(stream);
        assertThat(seen.reader.poll()).isNull();
        stream.append(new byte[] {1});
        stream.append(new byte[] {2});
        assertThat(seen.woken).isEqualTo(1);
        assertThat(seen.reader.poll()).containsExactly(1);
        assertThat(seen.reader.poll()).containsExactly(2);
        assertThat(seen.reader.poll()).isNull();
        if (fails) {
            stream.fail(Failure.RESET);
        } else {
            stream.end(Headers.EMPTY);
        }
        assertThat(seen.woken).isEqualTo(2);
        assertThat(seen.reader.failure()).isEqualTo(fails ? Failure.RESET : null);
        assertThat(seen.reader.isEnded()).isEqualTo(!fails);
    }
}
