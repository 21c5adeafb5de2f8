package io.lacquer.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.Ledger;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** L1's account is exact whatever happens to its entries. */
class MemoryTierTest {
    private static final int LIMIT = 1 << 20;

    private final Ledger ledger = new Ledger(LIMIT);
    private final MemoryTier tier = new MemoryTier(ledger, Runnable::run);

    private StoredResponse response(String slotKey, Body body) {
        ResponseHead head = ResponseHead.of(200, Headers.of("A", "b"));
        StoredHead stored =
                new StoredHead(new StoredHead.Owner("policy", "namespace"), head, false, Map.of(), List.of(), 0, 0);
        return new StoredResponse(new CacheKey(slotKey, slotKey), slotKey, stored, body, new Fence(1, 1, 1));
    }

    private StoredResponse response(String slotKey, int length) {
        return response(slotKey, Body.of(List.of(new byte[length]), length, ledger));
    }

    private long weight(StoredResponse response) {
        return response.overhead() + response.body().length();
    }

    private StoredResponse put(String slotKey, int length) {
        StoredResponse response = response(slotKey, length);
        tier.put(slotKey, response);
        return response;
    }

    private long usage() {
        return tier.byPolicy().values().stream().mapToLong(Usage::bytes).sum();
    }

    @Test
    void anEntryIsOnTheAccountWithItsHeadUntilItIsRemoved() {
        StoredResponse one = put("a", 1000);
        assertThat(ledger.used()).isEqualTo(weight(one));
        assertThat(usage()).isEqualTo(weight(one));
        tier.remove("a");
        assertThat(ledger.used()).isZero();
        assertThat(usage()).isZero();
        tier.remove("a");
        assertThat(ledger.used()).isZero();
    }

    @Test
    void aReplacedEntryGivesBackWhatItTook() {
        put("a", 1000);
        StoredResponse two = put("a", 10);
        assertThat(ledger.used()).isEqualTo(weight(two));
        tier.put("a", new Slot.VaryIndex("a", new TreeSet<>(List.of("accept"))));
        assertThat(ledger.used()).isEqualTo(tier.get("a").overhead());
        tier.put("a", new Slot.VaryIndex("a", new TreeSet<>(List.of("accept"))));
        assertThat(ledger.used()).isEqualTo(tier.get("a").overhead());
    }

    @Test
    void whatIsDueAfterSeveralWritesIsOneTaskAndTheLedgerHoldsTheCeilingUntilItRuns() {
        List<Runnable> due = new ArrayList<>();
        MemoryTier later = new MemoryTier(ledger, due::add);
        StoredResponse one = response("0", 10_000);
        long fit = LIMIT / weight(one);
        later.put("0", one);
        for (int i = 1; i < fit; i++) {
            later.put(Integer.toString(i), response(Integer.toString(i), 10_000));
        }
        assertThat(due).hasSize(1);
        assertThat(later.evictions()).isZero();
        assertThat(ledger.used()).isGreaterThan(LIMIT - LIMIT / 16).isLessThanOrEqualTo(LIMIT);
        due.getFirst().run();
        assertThat(later.evictions()).isPositive();
        assertThat(ledger.used()).isLessThanOrEqualTo(LIMIT - LIMIT / 16);
        later.put("again", response("again", 10_000));
        assertThat(due).hasSize(2);
    }

    @Test
    void clearingGivesEverythingBack() {
        for (int i = 0; i < 100; i++) {
            put(Integer.toString(i), 1000);
        }
        tier.clear();
        assertThat(tier.entries()).isZero();
        assertThat(ledger.used()).isZero();
        assertThat(usage()).isZero();
    }

    @Test
    void theSameSlotPutTwiceIsAccountedForOnce() {
        Slot.VaryIndex index = new Slot.VaryIndex("a", new TreeSet<>(List.of("accept")));
        tier.put("a", index);
        tier.put("a", index);
        assertThat(ledger.used()).isEqualTo(index.overhead());
        tier.remove("a");
        assertThat(ledger.used()).isZero();
    }

    @Test
    void aRenewedHeadSharesTheBodyAndItsAccount() {
        StoredResponse former = put("a", 1000);
        StoredResponse renewed = response("a", former.body().share());
        tier.put("a", renewed);
        assertThat(ledger.used()).isEqualTo(weight(renewed));
        tier.remove("a");
        assertThat(ledger.used()).isZero();
    }

    @Test
    void aRenewalOfWhatHasJustLeftIsAccountedForAnew() {
        StoredResponse former = put("a", 1000);
        tier.remove("a");
        StoredResponse renewed = response("a", former.body().share());
        tier.put("a", renewed);
        assertThat(ledger.used()).isEqualTo(weight(renewed));
        tier.clear();
        assertThat(ledger.used()).isZero();
    }

    @Test
    void aSlowReaderKeepsAnEvictedBodyOnTheAccount() {
        StoredResponse read = put("a", 200_000);
        assertThat(read.body().hold()).isTrue();
        tier.remove("a");
        assertThat(ledger.used()).isEqualTo(200_000);
        for (int i = 0; i < 20; i++) {
            put("b" + i, 100_000);
        }
        tier.settle();
        assertThat(ledger.peak()).isLessThanOrEqualTo(LIMIT);
        tier.clear();
        assertThat(ledger.used()).isEqualTo(200_000);
        read.body().release();
        assertThat(ledger.used()).isZero();
    }

    @Test
    void whatIsEvictedIsCountedAndLeavesTheAccount() {
        for (int i = 0; i < 100; i++) {
            put("a" + i, 50_000);
        }
        tier.settle();
        assertThat(tier.entries()).isBetween(10L, 20L);
        assertThat(tier.evictions()).isPositive();
        assertThat(ledger.used()).isEqualTo(usage()).isLessThanOrEqualTo(LIMIT);
        tier.clear();
        assertThat(ledger.used()).isZero();
        assertThat(tier.entries()).isZero();
    }

    @Test
    void aBodyInFlightMakesRoomForItselfAndNoMore() {
        for (int i = 0; i < 9; i++) {
            put("a" + i, 100_000);
        }
        tier.settle();
        assertThat(ledger.reserve(300_000)).isTrue();
        assertThat(tier.entries()).isBetween(6L, 8L);
        ledger.release(300_000);
        put("b", 100_000);
        assertThat(tier.get("b")).isNotNull();
    }

    @Test
    void aLowerCeilingEvictsDownToItAndNoFurther() {
        for (int i = 0; i < 90; i++) {
            put("a" + i, 10_000);
        }
        tier.settle();
        assertThat(tier.entries()).isEqualTo(90);
        ledger.limit(LIMIT / 2);
        tier.resize();
        tier.settle();
        assertThat(ledger.used()).isBetween(LIMIT * 4L / 10, LIMIT / 2L);
        ledger.limit(LIMIT);
        tier.resize();
        put("b", 100_000);
        assertThat(tier.get("b")).isNotNull();
    }

    @Test
    void manyThreadsNeverExceedTheCeilingAndLeaveAnExactAccount() throws Exception {
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                all.add(threads.submit(() -> {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    for (int i = 0; i < 5_000; i++) {
                        String key = "k" + random.nextInt(200);
                        switch (random.nextInt(8)) {
                            case 0 -> tier.remove(key);
                            case 1 -> {
                                if (tier.get(key) instanceof StoredResponse former) {
                                    tier.put(key, response(key, former.body().share()));
                                }
                            }
                            case 2 -> tier.put(key, new Slot.VaryIndex(key, new TreeSet<>(List.of("accept"))));
                            case 3 -> {
                                if (tier.get(key) instanceof StoredResponse read
                                        && read.body().hold()) {
                                    read.body().release();
                                }
                            }
                            default -> put(key, random.nextInt(60_000));
                        }
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(ledger.peak()).isLessThanOrEqualTo(LIMIT);
        tier.settle();
        tier.clear();
        assertThat(ledger.used()).isZero();
        assertThat(usage()).isZero();
    }
}
