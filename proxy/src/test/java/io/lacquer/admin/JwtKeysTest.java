package io.lacquer.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.config.Config.JwtAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import org.junit.jupiter.api.Test;

/** Which files are keys. */
class JwtKeysTest {
    private static Key read(JwtAlgorithm algorithm, String file) {
        return JwtKeys.read(algorithm, file.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void refuses(JwtAlgorithm algorithm, String file, String why) {
        assertThatThrownBy(() -> read(algorithm, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void publicKeysAreReadFromPem() {
        String rsa = Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic());
        assertThat(read(JwtAlgorithm.RS256, rsa)).isEqualTo(Tokens.RSA.getPublic());
        assertThat(read(JwtAlgorithm.RS256, "made for us\r\n" + rsa.replace("\n", "\r\n")))
                .isEqualTo(Tokens.RSA.getPublic());
        String ec = Tokens.pem("PUBLIC KEY", Tokens.EC.getPublic());
        assertThat(read(JwtAlgorithm.ES256, ec)).isEqualTo(Tokens.EC.getPublic());
    }

    @Test
    void theLineEndOfATextIsNoPartOfTheSecret() {
        String secret = "s".repeat(32);
        for (String file : new String[] {secret, secret + "\n", secret + "\r\n"}) {
            assertThat(read(JwtAlgorithm.HS256, file).getEncoded()).asString().isEqualTo(secret);
        }
        assertThat(read(JwtAlgorithm.HS256, "\u0001" + secret + "\n").getEncoded())
                .as("random bytes stay as they are")
                .hasSize(34);
        refuses(JwtAlgorithm.HS256, "s".repeat(31) + "\n", "holds 31 bytes");
        refuses(JwtAlgorithm.HS256, "", "openssl rand");
    }

    @Test
    void aPublicKeyIsNotTakenForASecret() {
        refuses(JwtAlgorithm.HS256, Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic()), "write RS256 or ES256");
    }

    @Test
    void weakOrOtherKeysAreRefused() {
        String small = Tokens.pem("PUBLIC KEY", Tokens.pair("RSA", 1024).getPublic());
        refuses(JwtAlgorithm.RS256, small, "1024 bits; use one of at least 2048");
        String curve = Tokens.pem("PUBLIC KEY", Tokens.pair("EC", 384).getPublic());
        refuses(JwtAlgorithm.ES256, curve, "P-256");
        refuses(JwtAlgorithm.RS256, Tokens.pem("PUBLIC KEY", Tokens.EC.getPublic()), "no RSA public key");
        refuses(JwtAlgorithm.ES256, Tokens.pem("PUBLIC KEY", Tokens.RSA.getPublic()), "no EC public key");
    }

    @Test
    void whatIsNoPublicKeyIsSaidWithTheWayToMakeOne() {
        refuses(JwtAlgorithm.RS256, "secret", "-----BEGIN PUBLIC KEY-----");
        refuses(JwtAlgorithm.RS256, Tokens.pem("PRIVATE KEY", Tokens.RSA.getPrivate()), "openssl pkey");
        refuses(JwtAlgorithm.ES256, Tokens.pem("EC PRIVATE KEY", Tokens.EC.getPrivate()), "openssl pkey");
        refuses(JwtAlgorithm.RS256, Tokens.pem("CERTIFICATE", Tokens.RSA.getPublic()), "openssl x509");
        refuses(JwtAlgorithm.RS256, Tokens.pem("RSA PUBLIC KEY", Tokens.RSA.getPublic()), "-RSAPublicKey_in");
        refuses(JwtAlgorithm.RS256, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no RSA public key");
    }
}
