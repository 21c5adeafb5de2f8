package io.lacquer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.ManualClock;
import io.lacquer.config.Config;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may do what. */
class GuardTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("192.0.2.1");

    private final ManualClock clock = new ManualClock();
    private final Config.Jwt settings =
            new Config.Jwt("key", Config.JwtAlgorithm.HS256, "role", null, null, Duration.ZERO);
    private final Jwt jwt = new Jwt(settings, JwtKeys.read(Config.JwtAlgorithm.HS256, Tokens.SECRET), clock);
    private final Guard guard =
            new Guard(Map.of(Role.READ, "r-token", Role.PURGE, "p-token", Role.ADMIN, "a-token"), jwt, "127.0.0.1");

    private static RequestHead request(String... fields) {
        return new RequestHead("POST", "/api/v1/x", 1, Headers.of(fields));
    }

    private static RequestHead bearer(String token) {
        return request("Authorization", "Bearer " + token);
    }

    private String claims(String role) {
        return "{\"sub\":\"ci\",\"role\":\"" + role + "\",\"exp\":" + (clock.wallMillis() / 1000 + 60) + "}";
    }

    private static int status(Guard.Verdict verdict) {
        return verdict.refusal() == null ? 200 : verdict.refusal().status();
    }

    @ParameterizedTest
    @CsvSource({
        "r-token, 200, 403, 403",
        "p-token, 200, 200, 403",
        "a-token, 200, 200, 200",
        "x-token, 401, 401, 401",
        "r-token2, 401, 401, 401",
        "R-TOKEN, 401, 401, 401",
        "'', 401, 401, 401"
    })
    void aTokenGoesAsFarAsItsRole(String token, int read, int purge, int admin) {
        for (InetAddress peer : new InetAddress[] {HERE, THERE}) {
            assertThat(status(guard.check(bearer(token), peer, Role.READ))).isEqualTo(read);
            assertThat(status(guard.check(bearer(token), peer, Role.PURGE))).isEqualTo(purge);
            assertThat(status(guard.check(bearer(token), peer, Role.ADMIN))).isEqualTo(admin);
        }
    }

    @Test
    void aRefusalNamesTheRoleThatIsNeeded() {
        Guard.Verdict verdict = guard.check(bearer("r-token"), THERE, Role.PURGE);
        assertThat(verdict.who()).isEqualTo("token:read");
        assertThat(verdict.refusal().message()).contains("needs role purge");
        Guard.Verdict none = guard.check(bearer(Tokens.hs256(claims("none"))), THERE, Role.READ);
        assertThat(none.who()).isEqualTo("jwt:ci");
        assertThat(none.refusal()).isEqualTo(new Guard.Refusal(403, "needs role read; the JWT names no role"));
    }

    @ParameterizedTest
    @CsvSource({"read, 200, 403, 403", "purge, 200, 200, 403", "admin, 200, 200, 200", "root, 403, 403, 403"})
    void aJwtGoesAsFarAsItsRole(String role, int read, int purge, int admin) {
        RequestHead request = bearer(Tokens.hs256(claims(role)));
        assertThat(status(guard.check(request, THERE, Role.READ))).isEqualTo(read);
        assertThat(status(guard.check(request, THERE, Role.PURGE))).isEqualTo(purge);
        assertThat(status(guard.check(request, THERE, Role.ADMIN))).isEqualTo(admin);
        assertThat(guard.check(request, THERE, Role.READ).who()).isEqualTo("jwt:ci");
    }

    @Test
    void anExpiredJwtIsNobody() {
        RequestHead request = bearer(Tokens.hs256(claims("admin")));
        clock.advance(Duration.ofMinutes(2));
        Guard.Verdict verdict = guard.check(request, THERE, Role.READ);
        assertThat(verdict.who()).isEqualTo("nobody");
        assertThat(verdict.refusal().status()).isEqualTo(401);
        assertThat(verdict.refusal().message()).contains("expired");
    }

    @Test
    void twoCredentialsAreNone() {
        RequestHead twice = request("Authorization", "Bearer a-token", "Authorization", "Bearer a-token");
        assertThat(status(guard.check(twice, HERE, Role.READ))).isEqualTo(401);
        assertThat(status(guard.check(request(), HERE, Role.READ))).isEqualTo(401);
        assertThat(status(guard.check(request("Authorization", "Basic a-token"), HERE, Role.READ)))
                .isEqualTo(401);
        assertThat(status(guard.check(request("Authorization", "bearer a-token"), HERE, Role.ADMIN)))
                .isEqualTo(200);
    }

    @Test
    void aJwtAloneIsCredentialEnoughToAskForOne() {
        Guard only = new Guard(Map.of(), jwt, "127.0.0.1");
        assertThat(status(
                        only.check(request("Host", "localhost", "Content-Type", "application/json"), HERE, Role.READ)))
                .isEqualTo(401);
        assertThat(status(only.check(bearer(Tokens.hs256(claims("admin"))), THERE, Role.ADMIN)))
                .isEqualTo(200);
    }

    @Test
    void withoutAnyOnlyThisMachineIsServedAndMayDoAll() {
        Guard open = new Guard(Map.of(), null, "127.0.0.1");
        RequestHead request = request("Host", "localhost", "Content-Type", "application/json");
        Guard.Verdict here = open.check(request, HERE, Role.ADMIN);
        assertThat(here).isEqualTo(new Guard.Verdict("loopback", null));
        assertThat(status(open.check(request, THERE, Role.READ))).isEqualTo(403);
        assertThat(status(open.check(request("Host", "rebound.example"), HERE, Role.READ)))
                .isEqualTo(415);
    }
}
