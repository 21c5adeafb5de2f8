package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lacquer.Proxy;
import io.lacquer.e2e.Representation.Validator;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No purge of what any of its pieces came with spares a part. */
class PartPurgesTest extends WithParts {
    @Test
    void aWriteEndsPartsAndWhatIsGoodForOneRangeOnly() {
        Representation a = at(Validator.STRONG);
        proxy(PLAIN);
        range("10-19");
        range("30-39,60-69");
        isHit(range("10-19"));
        isHit(range("30-39,60-69"));
        send("PUT", "/a", "");
        int before = asked();
        isMiss(is206(range("10-19"), a, 10, 19));
        isMiss(range("30-39,60-69"));
        assertThat(asked()).isEqualTo(before + 2);
        assertThat(last().header("If-None-Match")).isNull();
        isMiss(is206(range("20-29"), a, 20, 29));
        isHit(is206(range("10-29"), a, 10, 29));
    }

    private static final String TAGGED = policies("""
        - {name: a, match: {path: /a, method: [GET, HEAD]}, ttl: 10m, tags: [mine]}
        - {name: x, match: {path: "/x/{tag}", method: [PUT]}, invalidate: {tags: ["{tag}"]}}
        """);

    private void purge(String tag) {
        assertThat(send("PUT", "/x/" + tag, "").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine", "first", "second"})
    void thePurgeOfAnyTagOfAnyPartEndsThemAll(String tag) {
        origin.on("*", call -> call.reply(200, "x"));
        Representation a = at(Validator.STRONG, "Surrogate-Key: first");
        proxy(TAGGED);
        range("10-19");
        a.with("Surrogate-Key: second");
        range("30-39");
        isHit(range("10-19"));
        purge("other");
        isHit(range("10-19"));
        purge(tag);
        isMiss(is206(range("10-19"), a, 10, 19));
        isMiss(is206(range("30-39"), a, 30, 39));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine", "first", "second"})
    void thePurgeOfAnyTagOfWhatItIsMadeOfEndsACompletedWhole(String tag) {
        origin.on("*", call -> call.reply(200, "x"));
        Representation a = at(Validator.STRONG, "Surrogate-Key: first");
        proxy(TAGGED);
        range("0-59");
        a.with("Surrogate-Key: second");
        isWhole(get("/a"), a);
        assertThat(last().header("Range")).isEqualTo("bytes=60-");
        isHit(get("/a"));
        purge(tag);
        isMiss(isWhole(get("/a"), a));
        assertThat(last().header("Range")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine", "first", "second"})
    void aPurgeWhileTheRestIsFetchedKeepsTheWholeOutOfTheStore(String tag) throws Exception {
        origin.on("*", call -> call.reply(200, "x"));
        Representation a = at(Validator.STRONG, "Surrogate-Key: first");
        Proxy proxy = proxy(TAGGED);
        range("0-59");
        a.with("Surrogate-Key: second");
        origin.on("/a", call -> {
            gate.await();
            a.handle(call);
        });
        Future<Client.Response> whole = threads.submit(() -> get("/a"));
        await().until(() -> asked() == 2);
        purge(tag);
        gate.countDown();
        isWhole(whole.get(), a);
        await().until(() -> number(proxy, "flights") == 0);
        isMiss(isWhole(get("/a"), a));
        assertThat(last().header("Range")).isNull();
    }

    @Test
    void aPurgeWhileAPartIsFetchedKeepsItOutOfTheStore() throws Exception {
        origin.on("*", call -> call.reply(200, "x"));
        Representation a = at(Validator.STRONG);
        Proxy proxy = proxy(TAGGED);
        origin.on("/a", call -> {
            gate.await();
            a.handle(call);
        });
        Future<Client.Response> part = threads.submit(() -> range("10-19"));
        await().until(() -> asked() == 1);
        purge("mine");
        gate.countDown();
        is206(part.get(), a, 10, 19);
        await().until(() -> number(proxy, "flights") == 0);
        isMiss(is206(range("10-19"), a, 10, 19));
    }

    @Test
    void partsKeptTogetherAreAsOldForPurgesAsTheOldestOfThem() {
        origin.on("*", call -> call.reply(200, "x"));
        Representation a = at(Validator.STRONG, "Surrogate-Key: first");
        proxy(TAGGED);
        range("10-19");
        purge("second"); // not yet a tag of it
        isHit(range("10-19"));
        a.with("Surrogate-Key: second");
        is206(range("30-39"), a, 30, 39);
        isMiss(is206(range("10-19"), a, 10, 19)); // what has that tag and is older than that purge is gone
    }
}
