package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.demo.RedisProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis, or what is where Redis should be, says what makes no sense. */
class RedisGarbageTest extends WithRedis {
    private static final Duration BOUND = Duration.ofSeconds(3);

    private static final Map<String, UnaryOperator<byte[]>> DAMAGE = Map.of(
            "wrong magic", value -> changed(value, 0, value[0] ^ 1),
            "a flipped bit in the checksum", value -> changed(value, 5, value[5] ^ 64),
            "a flipped bit in the head", value -> changed(value, 20, value[20] ^ 1),
            "a flipped bit in the body", value -> changed(value, value.length - 1, value[value.length - 1] ^ 1),
            "truncated", value -> Arrays.copyOf(value, value.length - 1),
            "truncated to the prefix", value -> Arrays.copyOf(value, 8),
            "continued", value -> Arrays.copyOf(value, value.length + 1),
            "huge lengths", value -> changed(changed(value, 8, 0x7f), 9, 0xff),
            "text", value -> "hello".getBytes(StandardCharsets.US_ASCII));

    private static byte[] changed(byte[] value, int at, int to) {
        byte[] copy = value.clone();
        copy[at] = (byte) to;
        return copy;
    }

    @BeforeEach
    void answer() {
        origin.forgetful().on("*", echo("Cache-Control: max-age=60"));
    }

    private static Load load(Proxy proxy) {
        return new Load(proxy.port(), 4, n -> n % 2 == 0 ? "/hot" + n % 10 : "/cold" + n);
    }

    @Test
    void aValueThatIsNoneOfOursIsAMissAndIsReplaced() {
        Proxy writer = proxy();
        Proxy reader = proxy();
        DAMAGE.forEach((name, damage) -> {
            String path = "/" + name.replace(' ', '-');
            raw.call("FLUSHALL");
            get(writer, path);
            String key = keys(1).getFirst();
            byte[] good = raw.get(key);
            byte[] bad = damage.apply(good);
            raw.call("SET", key, bad);
            Client.Response miss = get(reader, path);
            assertThat(miss.status()).as(name).isEqualTo(200);
            assertThat(miss.text()).as(name).isEqualTo(path);
            assertThat(miss.header("Cache-Status")).as(name).contains("fwd=uri-miss", "detail=l2-corrupt");
            await().untilAsserted(() ->
                    assertThat(raw.get(key)).as(name).isNotEqualTo(bad).hasSizeGreaterThan(100));
            assertThat(get(reader, path).cache()).as(name).isEqualTo("HIT");
        });
        assertThat(metric(reader, "lacquer_l2_errors_total")).isEqualTo(DAMAGE.size());
        assertThat(metric(reader, "lacquer_l2_up")).isEqualTo(1);
    }

    @Test
    void aValueThatIsNoneOfOursIsRemovedWhereNothingReplacesIt() {
        Proxy proxy = proxy();
        get(proxy, "/a");
        String key = keys(1).getFirst();
        raw.call("SET", key, "hello");
        origin.on("/a", echo("Cache-Control: no-store"));
        Client.Response miss = get(proxy(), "/a");
        assertThat(miss.header("Cache-Status")).contains("detail=l2-corrupt");
        await().until(() -> raw.get(key) == null);
    }

    @Test
    void aKeyOfAnotherTypeIsAMissOfThatKeyAloneAndIsReplaced() {
        Proxy writer = proxy();
        get(writer, "/a");
        String key = keys(1).getFirst();
        raw.call("DEL", key);
        raw.call("RPUSH", key, "x");
        origin.on("/a", echo("Cache-Control: no-store"));
        Proxy reader = proxy();
        Client.Response miss = get(reader, "/a");
        assertThat(miss.status()).isEqualTo(200);
        assertThat(miss.header("Cache-Status")).contains("detail=l2-corrupt");
        await().until(() -> raw.keys().isEmpty());
        for (int i = 0; i < 10; i++) {
            raw.call("RPUSH", key, "x");
            assertThat(get(reader, "/a").status()).isEqualTo(200);
        }
        assertThat(reader.server().isL2Up()).as("Redis itself is fine").isTrue();
    }

    @Test
    void aValueUnderTheWrongKeyIsNeverServed() {
        Proxy writer = proxy();
        get(writer, "/secret");
        String of = keys(1).getFirst();
        byte[] secret = raw.get(of);
        raw.call("DEL", of);
        get(writer, "/public");
        String key = keys(1).getFirst();
        raw.call("SET", key, secret);
        Proxy reader = proxy();
        assertThat(get(reader, "/public").text()).isEqualTo("/public");
        assertThat(get(reader, "/secret").text()).isEqualTo("/secret");
    }

    @Test
    void aHugeValueUnderOneOfOurKeysIsAMissAndIsReplaced() {
        Proxy writer = proxy();
        get(writer, "/a");
        String key = keys(1).getFirst();
        raw.call("DEL", key);
        raw.call("SETRANGE", key, 48 << 20, "x");
        Proxy reader = proxy();
        try (Load load = load(reader)) {
            assertThat(get(reader, "/a").text()).isEqualTo("/a");
            load.more(100);
            assertThat(load.slowest()).isLessThan(BOUND);
        }
        await().until(() -> RawRedis.text(raw.call("STRLEN", key)).length() < 5);
        awaitUp(reader);
    }

    @Test
    void answersDamagedOnTheirWayAreNeverServed() {
        Random random = new Random(7);
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                load.more(50);
                relay.does(bytes -> {
                    if (random.nextInt(4) == 0) {
                        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    return bytes;
                });
                load.more(500);
                relay.does(Relay.NONE);
                awaitUp(proxy);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"$-1\r\n", "+OK\r\n", "$5\r\nhello\r\n", "-ERR no\r\n", "rubbish\r\n", "$1000000\r\n"})
    void anAnswerTooManyIsNoReasonToMixUpTheNextOnes(String extra) {
        try (Relay relay = new Relay(redis.port())) {
            Proxy proxy = proxy(hasty(relay.uri()));
            try (Load load = load(proxy)) {
                load.more(50);
                int[] left = {3};
                relay.does(bytes -> {
                    if (left[0]-- <= 0) {
                        return bytes;
                    }
                    byte[] more = extra.getBytes(StandardCharsets.US_ASCII);
                    byte[] both = Arrays.copyOf(more, more.length + bytes.length);
                    System.arraycopy(bytes, 0, both, more.length, bytes.length);
                    return both;
                });
                load.more(300);
                awaitUp(proxy);
                load.more(100);
                assertThat(load.slowest()).isLessThan(BOUND);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
                "+OK\r\n",
                "$-1\r\n",
                "*3\r\n$-1\r\n",
                "$1000000000\r\nx",
                "\u0000\u0001\u00ff\u0000",
                "-ERR unknown\r\n"
            })
    void aServerThatSpeaksGarbageIsNoReasonToFail(String garbage) throws Exception {
        try (ServerSocket server = new ServerSocket(redisPort(), 50, InetAddress.getLoopbackAddress())) {
            Thread speaker = Thread.ofVirtual().start(() -> speak(server, garbage));
            Proxy proxy = hopeful(hasty("redis://127.0.0.1:" + server.getLocalPort()));
            try (Load load = load(proxy);
                    Lines lines = new Lines()) {
                load.more(300);
                await().atMost(Duration.ofSeconds(5)).until(() -> metric(proxy, "lacquer_l2_up") == 0);
                load.more(300);
                assertThat(load.slowest()).isLessThan(BOUND);
                assertThat(lines.mostASecond()).as("%s", lines.all()).isLessThanOrEqualTo(4);
            }
            server.close();
            speaker.join();
            try (RedisProcess there = RedisProcess.startOn(server.getLocalPort())) {
                await().atMost(Duration.ofSeconds(15))
                        .until(() -> proxy.server().isL2Up());
                assertThat(there.isAlive()).isTrue();
            }
        }
    }

    private static int redisPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Says the same to whatever it is sent; nothing at all is the end of the connection. */
    private static void speak(ServerSocket server, String garbage) {
        java.util.List<Socket> open = new java.util.concurrent.CopyOnWriteArrayList<>();
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        InputStream in = socket.getInputStream();
                        OutputStream out = socket.getOutputStream();
                        byte[] buffer = new byte[4096];
                        while (!garbage.isEmpty() && in.read(buffer) >= 0) {
                            out.write(garbage.getBytes(StandardCharsets.ISO_8859_1));
                            out.flush();
                        }
                    } catch (IOException gone) {
                        // it had enough
                    }
                });
            } catch (IOException closed) {
                break;
            }
        }
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException gone) {
                // that is what was wanted
            }
        }
    }
}
