package io.lacquer.admin;

import io.lacquer.config.Config;
import io.lacquer.http.Clock;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes JWTs (RFC 7519) that are signed with one key by one algorithm. Which algorithm is configured, never the
 * token's choice: a token that names another is refused before its signature is looked at.
 */
public final class Jwt {
    private static final int LONGEST = 8 * 1024;
    private static final Base64.Decoder BASE64 = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    /** RFC 7515 §4: of two members with one name, two parsers could take different ones. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Config.Jwt settings;
    private final Key key;
    private final Clock clock;

    /** Checks with a key that is of the settings' algorithm, as {@link JwtKeys} reads it. */
    public Jwt(Config.Jwt settings, Key key, Clock clock) {
        this.settings = settings;
        this.key = key;
        this.clock = clock;
    }

    /**
     * What a token says that can be believed.
     *
     * @param subject {@code sub}, or empty
     * @param role the highest that it names, or null where it names none
     */
    record Claims(String subject, @Nullable Role role) {}

    /** A token that can't be believed; the message says why. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    /** What a token claims, if all is well with it. */
    Claims verify(String token) throws Refused {
        if (token.length() > LONGEST) {
            throw new Refused("it is longer than " + LONGEST + " bytes");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new Refused("it is no signed JWT");
        }
        checkHeader(object(parts[0]));
        byte[] signed = (parts[0] + '.' + parts[1]).getBytes(StandardCharsets.ISO_8859_1);
        if (!isSigned(signed, bytes(parts[2]))) {
            throw new Refused("its signature is wrong");
        }
        JsonNode claims = object(parts[1]);
        checkTimes(claims);
        checkParties(claims);
        return new Claims(claims.path("sub").asString(""), role(claims.path(settings.roleClaim())));
    }

    private void checkHeader(JsonNode header) throws Refused {
        if (!is(header.path("alg"), settings.algorithm().name())) {
            throw new Refused("its alg is not " + settings.algorithm());
        }
        if (header.has("crit")) {
            throw new Refused("it has a crit, and no extension is known"); // RFC 7515 §4.1.11
        }
    }

    private boolean isSigned(byte[] signed, byte[] signature) throws Refused {
        try {
            return switch (settings.algorithm()) {
                case HS256 -> {
                    Mac mac = Mac.getInstance("HmacSHA256");
                    mac.init(key);
                    yield MessageDigest.isEqual(mac.doFinal(signed), signature);
                }
                case RS256 -> isSigned("SHA256withRSA", signed, signature);
                case ES256 -> isSigned("SHA256withECDSAinP1363Format", signed, signature); // RFC 7518 §3.4
            };
        } catch (GeneralSecurityException malformed) {
            throw new Refused("its signature is wrong");
        }
    }

    private boolean isSigned(String algorithm, byte[] signed, byte[] signature) throws GeneralSecurityException {
        Signature check = Signature.getInstance(algorithm);
        check.initVerify((PublicKey) key);
        check.update(signed);
        return check.verify(signature);
    }

    private void checkTimes(JsonNode claims) throws Refused {
        double now = clock.wallMillis() / 1000.0;
        double leeway = settings.leeway().toMillis() / 1000.0;
        if (now >= seconds(claims, "exp") + leeway) {
            throw new Refused("it has expired");
        }
        if (claims.has("nbf") && now < seconds(claims, "nbf") - leeway) {
            throw new Refused("it is not valid yet");
        }
    }

    private static double seconds(JsonNode claims, String name) throws Refused {
        JsonNode claim = claims.path(name);
        double seconds = claim.isNumber() ? claim.asDouble(Double.NaN) : Double.NaN;
        if (!Double.isFinite(seconds)) {
            throw new Refused("it has no " + name + " that is a time");
        }
        return seconds;
    }

    private void checkParties(JsonNode claims) throws Refused {
        if (settings.issuer() != null && !is(claims.path("iss"), settings.issuer())) {
            throw new Refused("its iss is not the one in admin.jwt.issuer");
        }
        JsonNode aud = claims.path("aud");
        if (settings.audience() == null) {
            if (!aud.isMissingNode()) {
                // RFC 7519 §4.1.3: who is not named may not take it.
                throw new Refused("it is for an audience, and admin.jwt.audience is not set");
            }
        } else if (!names(aud, settings.audience())) {
            throw new Refused("its aud does not name the one in admin.jwt.audience");
        }
    }

    private static boolean names(JsonNode oneOrMany, String wanted) {
        if (!oneOrMany.isArray()) {
            return is(oneOrMany, wanted);
        }
        for (JsonNode each : oneOrMany) {
            if (is(each, wanted)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Role role(JsonNode claim) {
        Role highest = null;
        for (Role role : Role.values()) {
            if (names(claim, role.word())) {
                highest = role;
            }
        }
        return highest;
    }

    private static boolean is(JsonNode node, String text) {
        return node.isString() && node.stringValue().equals(text);
    }

    private static JsonNode object(String part) throws Refused {
        try {
            JsonNode node = JSON.readTree(bytes(part));
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException malformed) {
            // said below
        }
        throw new Refused("it is no signed JWT");
    }

    /** RFC 7515 §2: without padding; and in one way only, so that no byte of a token can change unnoticed. */
    private static byte[] bytes(String part) throws Refused {
        try {
            byte[] bytes = BASE64.decode(part);
            if (ENCODER.encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException malformed) {
            // said below
        }
        throw new Refused("it is no signed JWT");
    }
}
