package io.lacquer.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RedisProcessTest {
    @Test
    void startsOnAFreePortAndAnswersAtOnce() throws IOException {
        try (RedisProcess redis = RedisProcess.start()) {
            assertThat(redis.isAlive()).isTrue();
            assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + redis.port());
            assertThat(ask(redis.port(), "SET greeting hello")).isEqualTo("+OK\r\n");
            assertThat(ask(redis.port(), "GET greeting")).contains("hello");
        }
    }

    @Test
    void severalRunSideBySide() throws IOException {
        try (RedisProcess one = RedisProcess.start();
                RedisProcess two = RedisProcess.start()) {
            assertThat(one.port()).isNotEqualTo(two.port());
            ask(one.port(), "SET key one");
            assertThat(ask(two.port(), "GET key")).isEqualTo("$-1\r\n");
        }
    }

    @Test
    void leavesNothingWhenClosed() throws IOException {
        RedisProcess redis = RedisProcess.start();
        long pid = redis.pid();
        Path folder = folder(redis);
        redis.close();
        redis.close();
        assertThat(isRunning(pid)).isFalse();
        assertThat(folder).doesNotExist();
        assertThat(redis.isAlive()).isFalse();
        assertThatThrownBy(redis::restart).hasMessageContaining("closed");
    }

    @Test
    void killedItIsGoneAndRestartedItIsEmptyOnTheSamePort() throws IOException {
        try (RedisProcess redis = RedisProcess.start()) {
            int port = redis.port();
            long pid = redis.pid();
            ask(port, "SET key value");
            redis.kill();
            assertThat(redis.isAlive()).isFalse();
            assertThat(isRunning(pid)).isFalse();
            assertThatThrownBy(() -> ask(port, "PING")).isInstanceOf(IOException.class);
            redis.restart();
            assertThat(redis.port()).isEqualTo(port);
            assertThat(redis.pid()).isNotEqualTo(pid);
            assertThat(ask(port, "GET key")).isEqualTo("$-1\r\n");
        }
    }

    @Test
    void frozenItAnswersNothingUntilThawed() throws IOException {
        try (RedisProcess redis = RedisProcess.start();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            redis.freeze();
            await().atMost(10, TimeUnit.SECONDS).until(() -> isSilent(redis.port()));
            assertThat(redis.isAlive()).isTrue();
            socket.setSoTimeout(200);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            redis.thaw();
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().readNBytes(7)).asString().isEqualTo("+PONG\r\n");
        }
    }

    @Test
    void aFrozenOneCanBeKilled() throws IOException {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.freeze();
            redis.kill();
            assertThat(redis.isAlive()).isFalse();
        }
    }

    @Test
    void takesFurtherArguments() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (RedisProcess redis = RedisProcess.startOn(port, "--maxmemory", "3mb", "--requirepass", "secret")) {
            assertThat(redis.port()).isEqualTo(port);
            assertThat(ask(port, "GET key")).startsWith("-NOAUTH");
            redis.restart();
            assertThat(ask(port, "GET key")).startsWith("-NOAUTH");
        }
    }

    @Test
    void saysWhatRedisSaidWhenItDoesNotStart() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> RedisProcess.startOn(port, "--no-such-option", "1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("redis-server")
                .hasMessageContaining("no-such-option")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void saysSoWhenThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> RedisProcess.startOn(taken.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + taken.getLocalPort());
        }
    }

    @Test
    void endsWithItsJvmEvenWhenThatIsKilled() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = jvm.inputReader()) {
            int port = Integer.parseInt(lines.readLine());
            Path folder = Path.of(lines.readLine());
            assertThat(folder).isDirectory();
            assertThat(refuses(port)).isFalse();
            jvm.destroyForcibly().waitFor();
            // Not by its pid: where nobody reaps orphans, that stays.
            await().atMost(10, TimeUnit.SECONDS).until(() -> refuses(port) && Files.notExists(folder));
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** A JVM that holds a Redis until it is killed. */
    static final class Holder {
        public static void main(String[] args) throws IOException {
            try (RedisProcess redis = RedisProcess.start()) {
                System.out.println(redis.port());
                System.out.println(folder(redis));
                System.in.read();
            }
        }
    }

    private static Path folder(RedisProcess redis) throws IOException {
        String answer = ask(redis.port(), "CONFIG GET dir");
        return Path.of(answer.lines().toList().get(4));
    }

    private static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private static boolean isSilent(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(200);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException silent) {
            return true;
        }
    }

    static boolean refuses(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (IOException refused) {
            return true;
        }
    }

    private static String ask(int port, String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(0, answer.length() - "+OK\r\n".length());
        }
    }
}
