package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A hit from the client's first byte to its last, in one process, over a real socket, one after the other: wake-ups
 * included. With {@code -prof gc} it tells the bytes that a hit allocates on the heap, the client's none among them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // set up before each trial
public class HitBenchmark {
    private static final HostPort FREE = new HostPort("127.0.0.1", 0);
    private static final String YAML = """
        version: 1
        origins: {api: {servers: ["${ORIGIN}"]}}
        policies:
          - {name: all, match: {path: "/**"}, ttl: 1h}
        """;

    /** Bytes of the body. */
    @Param({"1024", "10240", "102400"})
    private int size = 1024;

    /** What the request says besides, which decides on its way: the short one, or the full path. */
    @Param({"User-Agent: bench", "Range: bytes=0-1023"})
    private String field = "";

    private final byte[] buffer = new byte[256 * 1024];
    private ServerSocket origin;
    private Server server;
    private Socket client;
    private InputStream in;
    private OutputStream out;
    private byte[] request;
    private int body;

    /** Starts an origin and Lacquer, and asks until the answer is a hit. */
    @Setup
    public void start() throws IOException {
        origin = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(this::answerOnce);
        Path file = Files.createTempFile("policies", ".yaml");
        Files.writeString(file, YAML);
        ConfigSource source =
                new ConfigSource(file, null, FREE, FREE, Map.of("ORIGIN", "http://127.0.0.1:" + origin.getLocalPort()));
        Config config = source.read().config();
        if (config == null) {
            throw new IllegalStateException("the benchmark's configuration is refused");
        }
        server = new Server(source, config, new SystemClock(), OutputStream.nullOutputStream());
        Files.delete(file);
        client = new Socket(InetAddress.getLoopbackAddress(), server.address().port());
        client.setTcpNoDelay(true);
        in = client.getInputStream();
        out = client.getOutputStream();
        exchange("GET /b HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1), size);
        request = ("GET /b HTTP/1.1\r\nHost: bench\r\n" + field + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        body = field.startsWith("Range") ? 1024 : size;
        exchange(request, body);
    }

    private void answerOnce() {
        try (Socket from = origin.accept()) {
            from.getInputStream().read(new byte[8192]);
            String head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nContent-Length: " + size + "\r\n\r\n";
            from.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            from.getOutputStream().write(new byte[size]);
            from.getInputStream().read();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Bytes of an answer, read whole. */
    private int exchange(byte[] asked, int body) throws IOException {
        out.write(asked);
        int got = 0;
        int head = -1;
        while (head < 0 || got < head + body) {
            int more = in.read(buffer, got, buffer.length - got);
            if (more < 0) {
                throw new IOException("the connection was closed");
            }
            got += more;
            head = head < 0 ? headOf(got) : head;
        }
        return got;
    }

    private int headOf(int length) {
        for (int i = 3; i < length; i++) {
            if (buffer[i] == '\n' && buffer[i - 1] == '\r' && buffer[i - 2] == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    /** Ends what was started. */
    @TearDown
    public void stop() throws IOException {
        client.close();
        server.close();
        origin.close();
    }

    /** One hit. */
    @Benchmark
    public int hit() throws IOException {
        return exchange(request, body);
    }
}
