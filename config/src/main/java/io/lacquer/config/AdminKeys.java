package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The keys under {@code admin}. */
final class AdminKeys {
    private static final Duration LONGEST_LEEWAY = Duration.ofMinutes(10);

    private static final Key<HostPort> LISTEN =
            Key.of("listen", Scalars.ADDRESS, "127.0.0.1:9090", "where the admin API listens");
    private static final Key<String> TOKEN_FILE = Key.optional(
            "token_file",
            Scalars.TEXT,
            "a file that holds the bearer token of role admin, which may do everything; else `LACQUER_ADMIN_TOKEN`");

    private static final Key<String> READ =
            Key.optional("read", Scalars.TEXT, "a file that holds a token of role read: look, change nothing");
    private static final Key<String> PURGE =
            Key.optional("purge", Scalars.TEXT, "a file that holds a token of role purge: look, and purge");
    private static final Key<Fields> TOKENS = Key.mapping(
            "tokens", new Section<>(List.of(READ, PURGE), fields -> fields), "bearer tokens of the lower roles");

    private static final Key<String> KEY_FILE = Key.required(
            "key_file",
            "/etc/lacquer/jwt.pem",
            Scalars.TEXT,
            "a file that holds the key: for RS256 and ES256 the public one in PEM, for HS256 the secret, at least 32"
                    + " bytes");
    private static final Key<Config.JwtAlgorithm> ALGORITHM = Key.required(
            "algorithm",
            "RS256",
            Scalars.choice(Map.of(
                    "HS256",
                    Config.JwtAlgorithm.HS256,
                    "RS256",
                    Config.JwtAlgorithm.RS256,
                    "ES256",
                    Config.JwtAlgorithm.ES256)),
            "how tokens are signed; a token that says otherwise is refused");
    private static final Key<String> ROLE_CLAIM =
            Key.of("role_claim", Scalars.TEXT, "role", "the claim that holds `read`, `purge` or `admin`, or a list");
    private static final Key<String> ISSUER = Key.optional("issuer", Scalars.TEXT, "what `iss` must be");
    private static final Key<String> AUDIENCE = Key.optional(
            "audience", Scalars.TEXT, "what `aud` must name; without it tokens that have an `aud` are refused");
    private static final Key<Duration> LEEWAY = Key.of(
            "leeway",
            Scalars.DURATION.map(AdminKeys::leeway),
            "30s",
            "by how much the clocks of issuer and Lacquer may differ");
    private static final Key<Config.Jwt> JWT = Key.optional(
            "jwt",
            new Section<>(List.of(KEY_FILE, ALGORITHM, ROLE_CLAIM, ISSUER, AUDIENCE, LEEWAY), AdminKeys::jwt),
            "JWTs as bearer tokens; they must have an `exp`");

    /** All of it. */
    static final Section<Config.Admin> SECTION =
            new Section<>(List.of(LISTEN, TOKEN_FILE, TOKENS, JWT), AdminKeys::admin);

    private AdminKeys() {}

    private static Config.Admin admin(Fields fields) {
        Fields tokens = fields.get(TOKENS);
        return new Config.Admin(
                fields.get(LISTEN), fields.find(TOKEN_FILE), tokens.find(READ), tokens.find(PURGE), fields.find(JWT));
    }

    private static Config.Jwt jwt(Fields fields) {
        String file = fields.get(KEY_FILE);
        if (file.isBlank()) {
            fields.error(KEY_FILE, "is empty", "name a file, or remove admin.jwt");
        }
        return new Config.Jwt(
                file,
                fields.get(ALGORITHM),
                fields.get(ROLE_CLAIM),
                fields.find(ISSUER),
                fields.find(AUDIENCE),
                fields.get(LEEWAY));
    }

    private static Duration leeway(Duration leeway) {
        if (leeway.compareTo(LONGEST_LEEWAY) > 0) {
            throw new Malformed(
                    "a leeway of " + Durations.format(leeway) + " would let tokens live on long after their end",
                    "write 10m or less");
        }
        return leeway;
    }
}
