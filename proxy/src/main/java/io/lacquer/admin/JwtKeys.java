package io.lacquer.admin;

import io.lacquer.config.Config;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

/** Reads the keys that JWTs are checked with, and refuses one that does not fit the algorithm. */
public final class JwtKeys {
    private static final int SHORTEST_SECRET = 32; // RFC 7518 §3.2
    private static final int SHORTEST_RSA = 2048; // RFC 7518 §3.3
    private static final int P256 = 256;
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private JwtKeys() {}

    /**
     * The key that a file holds.
     *
     * @throws IllegalArgumentException saying what is wrong with it and what to do
     */
    public static Key read(Config.JwtAlgorithm algorithm, byte[] file) {
        return switch (algorithm) {
            case HS256 -> secret(file);
            case RS256 -> rsa(file);
            case ES256 -> ec(file);
        };
    }

    private static Key secret(byte[] file) {
        // Who may read a public key could sign with it, were it taken for a secret.
        if (PEM.matcher(text(file)).find()) {
            throw new IllegalArgumentException("holds a PEM key, and HS256 wants a secret; write RS256 or ES256");
        }
        byte[] secret = withoutLineEnd(file);
        if (secret.length < SHORTEST_SECRET) {
            throw new IllegalArgumentException(
                    "holds " + secret.length + " bytes, and HS256 wants a secret of at least " + SHORTEST_SECRET
                            + "; make one with openssl rand -base64 32");
        }
        return new SecretKeySpec(secret, "HmacSHA256");
    }

    /** Editors end a text with a line end that is not part of the secret; in random bytes it may be. */
    private static byte[] withoutLineEnd(byte[] file) {
        int end = file.length;
        if (end > 0 && file[end - 1] == '\n') {
            end -= end > 1 && file[end - 2] == '\r' ? 2 : 1;
        }
        for (int i = 0; i < end; i++) {
            if (file[i] < ' ' || file[i] == 0x7f) {
                return file;
            }
        }
        return Arrays.copyOf(file, end);
    }

    private static Key rsa(byte[] file) {
        RSAPublicKey key = (RSAPublicKey) publicKey("RSA", file);
        int bits = key.getModulus().bitLength();
        if (bits < SHORTEST_RSA) {
            throw new IllegalArgumentException(
                    "holds an RSA key of " + bits + " bits; use one of at least " + SHORTEST_RSA);
        }
        return key;
    }

    private static Key ec(byte[] file) {
        ECPublicKey key = (ECPublicKey) publicKey("EC", file);
        if (key.getParams().getCurve().getField().getFieldSize() != P256) {
            throw new IllegalArgumentException("holds a key of another curve; ES256 wants P-256 (prime256v1)");
        }
        return key;
    }

    private static Key publicKey(String kind, byte[] file) {
        Matcher pem = PEM.matcher(text(file));
        if (!pem.find()) {
            throw new IllegalArgumentException("holds no PEM key; it starts with -----BEGIN PUBLIC KEY-----");
        }
        String what = pem.group(1);
        if (!what.equals("PUBLIC KEY")) {
            String remedy = what.contains("PRIVATE")
                    ? "Lacquer wants the public one only: openssl pkey -in FILE -pubout"
                    : what.contains("CERTIFICATE")
                            ? "take the key out: openssl x509 -in FILE -pubkey -noout"
                            : "convert it: openssl rsa -RSAPublicKey_in -in FILE -pubout";
            throw new IllegalArgumentException("holds a " + what + ", not a PUBLIC KEY; " + remedy);
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException malformed) {
            throw new IllegalArgumentException(
                    "holds no " + kind + " public key; give one, or set admin.jwt.algorithm to what this key is for",
                    malformed);
        }
    }

    private static String text(byte[] file) {
        return new String(file, StandardCharsets.ISO_8859_1);
    }
}
