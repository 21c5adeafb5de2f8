package io.lacquer.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.ManualClock;
import io.lacquer.config.Config;
import io.lacquer.config.Config.JwtAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which JWTs are believed, and what they are believed. */
class JwtTest {
    private final ManualClock clock = new ManualClock();
    private final long now = clock.wallMillis() / 1000;
    private final String good = "{\"sub\":\"ci\",\"role\":\"purge\",\"exp\":" + (now + 60) + "}";

    private Jwt jwt(JwtAlgorithm algorithm) {
        return jwt(algorithm, null, null);
    }

    private Jwt jwt(JwtAlgorithm algorithm, String issuer, String audience) {
        byte[] file = switch (algorithm) {
            case HS256 -> Tokens.SECRET;
            case RS256 -> Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic()).getBytes(StandardCharsets.US_ASCII);
            case ES256 -> Tokens.pem("PUBLIC KEY", Tokens.EC.getPublic()).getBytes(StandardCharsets.US_ASCII);
        };
        Config.Jwt settings = new Config.Jwt("key", algorithm, "role", issuer, audience, Duration.ofSeconds(30));
        return new Jwt(settings, JwtKeys.read(algorithm, file), clock);
    }

    private String token(JwtAlgorithm algorithm) {
        return switch (algorithm) {
            case HS256 -> Tokens.hs256(good);
            case RS256 -> Tokens.rs256(good);
            case ES256 -> Tokens.es256(good);
        };
    }

    private static void refuses(Jwt jwt, String token, String why) {
        assertThatThrownBy(() -> jwt.verify(token))
                .isInstanceOf(Jwt.Refused.class)
                .hasMessageContaining(why);
    }

    private String claims(String more) {
        return "{\"exp\":" + (now + 60) + more + "}";
    }

    @ParameterizedTest
    @EnumSource
    void aGoodTokenIsBelieved(JwtAlgorithm algorithm) throws Exception {
        assertThat(jwt(algorithm).verify(token(algorithm))).isEqualTo(new Jwt.Claims("ci", Role.PURGE));
    }

    @ParameterizedTest
    @EnumSource
    void noCharacterOfATokenCanBeAnother(JwtAlgorithm algorithm) {
        String token = token(algorithm);
        Jwt jwt = jwt(algorithm);
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String tampered = token.substring(0, i) + other + token.substring(i + 1);
            refuses(jwt, tampered, "it");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theClaimsOfAnotherTokenDoNotFitItsSignature(JwtAlgorithm algorithm) {
        String[] parts = token(algorithm).split("\\.");
        String admin = Tokens.encode(claims(",\"role\":\"admin\""));
        refuses(jwt(algorithm), parts[0] + "." + admin + "." + parts[2], "signature is wrong");
    }

    @ParameterizedTest
    @EnumSource
    void noneIsNoAlgorithm(JwtAlgorithm algorithm) {
        for (String none : List.of("none", "None", "NONE", "nOnE")) {
            String start = Tokens.encode("{\"alg\":\"" + none + "\"}") + "." + Tokens.encode(good) + ".";
            refuses(jwt(algorithm), start, "alg is not " + algorithm);
            refuses(jwt(algorithm), start + token(algorithm).split("\\.")[2], "alg is not " + algorithm);
        }
    }

    @Test
    void aPublicKeyIsNoSecret() {
        for (byte[] secret : List.of(
                Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic()).getBytes(StandardCharsets.US_ASCII),
                Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic()).strip().getBytes(StandardCharsets.US_ASCII),
                Tokens.RSA.getPublic().getEncoded())) {
            refuses(jwt(JwtAlgorithm.RS256), Tokens.hs256("{\"alg\":\"HS256\"}", good, secret), "alg is not RS256");
            refuses(jwt(JwtAlgorithm.RS256), Tokens.hs256("{\"alg\":\"RS256\"}", good, secret), "signature is wrong");
        }
    }

    @Test
    void theKeyOfAnotherIsRefused() {
        String header = "{\"alg\":\"RS256\"}";
        var other = Tokens.pair("RSA", 2048).getPrivate();
        refuses(jwt(JwtAlgorithm.RS256), Tokens.signed(header, good, "SHA256withRSA", other), "signature is wrong");
        String secret = "another secret, and long enough !";
        refuses(
                jwt(JwtAlgorithm.HS256),
                Tokens.hs256("{\"alg\":\"HS256\"}", good, secret.getBytes(StandardCharsets.US_ASCII)),
                "signature is wrong");
        refuses(jwt(JwtAlgorithm.HS256), Tokens.rs256(good), "alg is not HS256");
        refuses(jwt(JwtAlgorithm.ES256), Tokens.rs256(good), "alg is not ES256");
    }

    @Test
    void aSignatureOnACurveHasOneForm() {
        String start = Tokens.encode("{\"alg\":\"ES256\"}") + "." + Tokens.encode(good) + ".";
        Jwt jwt = jwt(JwtAlgorithm.ES256);
        refuses(jwt, start + Tokens.encode(new byte[64]), "signature is wrong"); // CVE-2022-21449
        refuses(jwt, start + Tokens.encode(new byte[1]), "signature is wrong");
        refuses(jwt, start, "signature is wrong");
        String der = Tokens.signed("{\"alg\":\"ES256\"}", good, "SHA256withECDSA", Tokens.EC.getPrivate());
        refuses(jwt, der, "signature is wrong");
    }

    @ParameterizedTest
    @CsvSource({"60, true", "0, true", "-29, true", "-30, false", "-3600, false"})
    void aTokenEnds(int left, boolean good) throws Exception {
        String token = Tokens.hs256("{\"exp\":" + (now + left) + "}");
        if (good) {
            assertThat(jwt(JwtAlgorithm.HS256).verify(token).role()).isNull();
        } else {
            refuses(jwt(JwtAlgorithm.HS256), token, "expired");
        }
    }

    @Test
    void timeIsTheClocks() throws Exception {
        Jwt jwt = jwt(JwtAlgorithm.HS256);
        String token = Tokens.hs256(good);
        jwt.verify(token);
        clock.advance(Duration.ofSeconds(89));
        jwt.verify(token);
        clock.advance(Duration.ofSeconds(1));
        refuses(jwt, token, "expired");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"exp\":null}",
                "{\"exp\":\"9999999999\"}",
                "{\"exp\":[9999999999]}",
                "{\"exp\":true}",
                "{\"exp\":1e400}",
                "{\"exp\":9999999999,\"nbf\":\"0\"}",
                "{\"exp\":9999999999,\"nbf\":null}"
            })
    void timesAreNumbers(String claims) {
        refuses(jwt(JwtAlgorithm.HS256), Tokens.hs256(claims), "that is a time");
    }

    @Test
    void aTokenBegins() throws Exception {
        Jwt jwt = jwt(JwtAlgorithm.HS256);
        jwt.verify(Tokens.hs256(claims(",\"nbf\":" + (now + 30))));
        refuses(jwt, Tokens.hs256(claims(",\"nbf\":" + (now + 31))), "not valid yet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"iss\":\"other\"",
                ",\"iss\":[\"us\"]",
                ",\"iss\":\"US\"",
                ",\"iss\":\"us \"",
                ",\"iss\":null"
            })
    void anotherIssuerIsRefused(String claim) {
        refuses(jwt(JwtAlgorithm.HS256, "us", null), Tokens.hs256(claims(claim)), "iss");
    }

    @Test
    void theIssuerIsTaken() throws Exception {
        jwt(JwtAlgorithm.HS256, "us", null).verify(Tokens.hs256(claims(",\"iss\":\"us\"")));
        jwt(JwtAlgorithm.HS256).verify(Tokens.hs256(claims(",\"iss\":\"any\"")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"aud\":\"shop\"",
                ",\"aud\":[\"shop\",1]",
                ",\"aud\":[]",
                ",\"aud\":{\"cache\":1}",
                ",\"aud\":null"
            })
    void anotherAudienceIsRefused(String claim) {
        refuses(jwt(JwtAlgorithm.HS256, null, "cache"), Tokens.hs256(claims(claim)), "aud");
    }

    @ParameterizedTest
    @ValueSource(strings = {",\"aud\":\"cache\"", ",\"aud\":[\"shop\",\"cache\"]"})
    void theAudienceIsTaken(String claim) throws Exception {
        jwt(JwtAlgorithm.HS256, null, "cache").verify(Tokens.hs256(claims(claim)));
        refuses(jwt(JwtAlgorithm.HS256), Tokens.hs256(claims(claim)), "admin.jwt.audience is not set");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "\"read\" | READ",
                "\"purge\" | PURGE",
                "\"admin\" | ADMIN",
                "[\"read\"] | READ",
                "[\"purge\",\"other\",\"read\"] | PURGE",
                "\"Admin\" | -",
                "\"root\" | -",
                "\"read admin\" | -",
                "[] | -",
                "[[\"admin\"]] | -",
                "{\"admin\":true} | -",
                "2 | -",
                "null | -"
            })
    void theHighestKnownRoleCounts(String claim, Role role) throws Exception {
        String token = Tokens.hs256(claims(",\"role\":" + claim));
        assertThat(jwt(JwtAlgorithm.HS256).verify(token).role()).isEqualTo(role);
    }

    @Test
    void aTokenWithoutTheClaimHasNoRole() throws Exception {
        String token = Tokens.hs256(claims(",\"roles\":\"admin\""));
        assertThat(jwt(JwtAlgorithm.HS256).verify(token)).isEqualTo(new Jwt.Claims("", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
                "{\"alg\":\"none\",\"alg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"alg\":\"none\"}",
                "{\"alg\":\"hs256\"}",
                "{\"alg\":[\"HS256\"]}",
                "{\"ALG\":\"HS256\"}",
                "{}",
                "[]",
                "\"HS256\"",
                "null",
                "{\"alg\":\"HS256\"} {}",
                "{\"alg\":\"HS256\""
            })
    void anOddHeaderIsRefused(String header) {
        refuses(jwt(JwtAlgorithm.HS256), Tokens.hs256(header, good, Tokens.SECRET), "it");
    }

    @Test
    void whatIsNoJwtIsRefused() {
        Jwt jwt = jwt(JwtAlgorithm.HS256);
        String token = Tokens.hs256(good);
        for (String odd : List.of(
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "secret",
                token + ".",
                "." + token,
                token + "=",
                token + " ",
                token.replace(".", ".."),
                token.substring(0, token.lastIndexOf('.')),
                token.substring(0, token.lastIndexOf('.') + 1),
                token + "." + token,
                Tokens.encode("[".repeat(5000)) + ".e30.e30",
                Tokens.encode("{\"a\":".repeat(1000)) + ".e30.e30",
                Tokens.hs256("[1]"),
                Tokens.hs256("nothing"))) {
            refuses(jwt, odd, "it");
        }
    }

    @Test
    void aHugeTokenIsNotLookedAt() throws Exception {
        Jwt jwt = jwt(JwtAlgorithm.HS256);
        String large = Tokens.hs256(claims(",\"x\":\"" + "x".repeat(5900) + "\""));
        assertThat(large.length()).isBetween(7000, 8192);
        jwt.verify(large);
        refuses(jwt, Tokens.hs256(claims(",\"x\":\"" + "x".repeat(6200) + "\"")), "longer than 8192 bytes");
    }
}
