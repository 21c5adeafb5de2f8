package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;

/** A resource of a hundred bytes at {@code /a}, and what may be said of answers with some of them. */
abstract class WithParts extends EndToEnd {
    final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
        threads.shutdownNow();
    }

    Representation at(Validator validator, String... fields) {
        Representation a = new Representation(clock, validator, 100);
        if (fields.length > 0) {
            a.with(fields);
        }
        origin.on("/a", a);
        return a;
    }

    Client.Response range(String range, String... more) {
        String[] fields = Arrays.copyOf(more, more.length + 1);
        fields[more.length] = "Range: bytes=" + range;
        return get("/a", fields);
    }

    static Client.Response is206(Client.Response answer, Representation of, int first, int last) {
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.all("Content-Range"))
                .containsExactly("bytes " + first + "-" + last + "/" + of.length(of.version()));
        assertThat(answer.all("Content-Length")).containsExactly(Integer.toString(last - first + 1));
        assertThat(answer.body()).isEqualTo(of.slice(first, last));
        assertThat(answer.header("Content-Type")).isEqualTo("text/x-" + of.version());
        return answer;
    }

    static Client.Response isWhole(Client.Response answer, Representation of) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Range")).isNull();
        assertThat(answer.body()).isEqualTo(of.bytes());
        return answer;
    }

    static void is416(Client.Response answer, int complete) {
        assertThat(answer.status()).isEqualTo(416);
        assertThat(answer.all("Content-Range")).containsExactly("bytes */" + complete);
        assertThat(answer.all("Content-Length")).containsExactly("0");
        assertThat(answer.header("Content-Type")).isNull();
    }

    static void isHit(Client.Response answer) {
        assertThat(answer.cache()).as("%s", answer.fields()).isEqualTo("HIT");
    }

    static void isMiss(Client.Response answer) {
        assertThat(answer.cache()).as("%s", answer.fields()).isEqualTo("MISS");
    }

    /** Requests for {@code /a} that the origin has had. */
    int asked() {
        return origin.count("/a");
    }

    /** The last of them. */
    Origin.Call last() {
        return origin.last("/a");
    }

    /** A number of the stats. */
    static long number(Proxy proxy, String name) {
        String stats = new String(proxy.server().stats(), StandardCharsets.UTF_8);
        return Long.parseLong(stats.replaceAll("(?s).*?\"" + name + "\" : (\\d+).*", "$1"));
    }

    /** Requests that waited for another's fetch. */
    static long collapsed(Proxy proxy) {
        return number(proxy, "collapsed");
    }
}
