package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.config.Config;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Addresses are taken once. */
class ReloadedListenTest {
    private static int free() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String yaml(int main, int admin) {
        return "version: 1\nlisten: 127.0.0.1:" + main + "\nadmin: {listen: \"127.0.0.1:" + admin
                + "\"}\norigins: {api: {servers: [\"http://127.0.0.1:1\"]}}\n";
    }

    @Test
    void aChangedAddressIsRefusedByNameAndTheOldOneStays(@TempDir Path folder) throws Exception {
        int main = free();
        int admin = free();
        Path file = folder.resolve("policies.yaml");
        Files.writeString(file, yaml(main, admin));
        ConfigSource source = new ConfigSource(file, null, null, null, Map.of());
        Config config = Objects.requireNonNull(source.read().config());
        try (Server server = new Server(source, config, new ManualClock(), OutputStream.nullOutputStream())) {
            Files.writeString(file, yaml(free(), admin));
            assertThat(server.reload())
                    .singleElement()
                    .asString()
                    .startsWith("listen ")
                    .contains("restart");
            Files.writeString(file, yaml(main, free()));
            assertThat(server.reload())
                    .singleElement()
                    .asString()
                    .startsWith("admin ")
                    .contains("restart");
            assertThat(server.config()).isEqualTo(config);
            assertThat(server.address().port()).isEqualTo(main);
            Files.writeString(file, yaml(main, admin));
            assertThat(server.reload()).isEmpty();
        }
    }
}
