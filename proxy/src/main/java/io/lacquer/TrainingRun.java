package io.lacquer;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Starts, answers a few requests and ends, so that the JVM can record what a start needs (JEP 514). */
@Command(name = "training-run", hidden = true)
final class TrainingRun implements Callable<Integer> {
    private static final int REQUESTS = 50;

    @Override
    public Integer call() throws IOException, InterruptedException {
        HostPort free = new HostPort("127.0.0.1", 0);
        try (ServerSocket origin = new ServerSocket(0)) {
            Thread answers = Thread.ofVirtual().start(() -> answer(origin));
            String url = "http://127.0.0.1:" + origin.getLocalPort();
            ConfigSource source = new ConfigSource(ConfigSource.file(null), url, free, free, Map.of());
            Config config = source.read().config();
            if (config == null) {
                return Main.EXIT_CONFIG;
            }
            try (Server server = new Server(source, config, new SystemClock(), OutputStream.nullOutputStream())) {
                for (int i = 0; i < REQUESTS; i++) {
                    ask(server.address(), "/" + i % 5);
                }
                ask(server.adminAddress(), "/metrics");
                ask(server.adminAddress(), "/api/v1/cache/stats");
            }
            answers.interrupt();
        }
        return 0;
    }

    private static void answer(ServerSocket origin) {
        byte[] answer =
                "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                        .getBytes(StandardCharsets.US_ASCII);
        while (!origin.isClosed()) {
            try (Socket socket = origin.accept()) {
                socket.getInputStream().read(new byte[4096]);
                socket.getOutputStream().write(answer);
            } catch (IOException ended) {
                return;
            }
        }
    }

    private static void ask(HostPort address, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), 1000);
            socket.setSoTimeout(2000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }
    }
}
