package io.lacquer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of one exchange is not said of another. */
class CacheStatusTest {
    private static CacheStatus miss(int status, boolean stored, @Nullable Long ttl, @Nullable String detail) {
        return new CacheStatus(false, Outcome.Forward.URI_MISS, status, stored, false, ttl, detail);
    }

    @Test
    void thoseThatShareAPlaceAreToldApart() {
        List<CacheStatus> all = List.of(
                miss(200, true, 60L, null),
                miss(200, true, 60L + 64, null),
                miss(200, false, 60L, "no-store"),
                miss(200 + 64, true, 60L, null),
                new CacheStatus(false, Outcome.Forward.STALE, 200, true, true, 60L, null));
        for (int round = 0; round < 2; round++) {
            assertThat(all.stream().map(CacheStatus::text))
                    .containsExactly(
                            "lacquer; fwd=uri-miss; fwd-status=200; stored; ttl=60",
                            "lacquer; fwd=uri-miss; fwd-status=200; stored; ttl=124",
                            "lacquer; fwd=uri-miss; fwd-status=200; ttl=60; detail=no-store",
                            "lacquer; fwd=uri-miss; fwd-status=264; stored; ttl=60",
                            "lacquer; fwd=stale; fwd-status=200; stored; collapsed; ttl=60");
        }
    }

    @Test
    void aHitAndAFailure() {
        assertThat(new CacheStatus(true, null, 0, false, false, 7L, null).text())
                .isEqualTo("lacquer; hit; ttl=7");
        assertThat(new CacheStatus(false, null, 0, false, false, null, "header-limit").text())
                .isEqualTo("lacquer; detail=header-limit");
    }
}
