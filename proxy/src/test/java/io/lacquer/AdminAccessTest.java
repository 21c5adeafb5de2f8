package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lacquer.config.Config;
import io.lacquer.config.HostPort;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens and keys that can't be used are errors at start, with their remedy. */
class AdminAccessTest {
    @TempDir
    private Path folder;

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static void refuses(Config.Admin admin, Map<String, String> environment, String... parts) {
        assertThatThrownBy(() -> AdminAccess.guard(admin, environment, new ManualClock()))
                .isInstanceOf(AdminAccess.Unusable.class)
                .message()
                .contains(parts);
    }

    private static Config.Admin admin(String all, String read, String purge, Config.Jwt jwt) {
        return new Config.Admin(new HostPort("127.0.0.1", 0), all, read, purge, jwt);
    }

    private static Config.Admin jwt(Config.JwtAlgorithm algorithm, String file) {
        return admin(null, null, null, new Config.Jwt(file, algorithm, "role", null, null, Duration.ZERO));
    }

    @Test
    void whatCanBeUsedIsTaken() throws Exception {
        Config.Admin all = admin(write("a", "alpha\n"), write("r", " rho "), write("p", "pi"), null);
        assertThat(AdminAccess.guard(all, Map.of(), new ManualClock())).isNotNull();
        Config.Admin secret = jwt(Config.JwtAlgorithm.HS256, write("s", "s".repeat(32)));
        assertThat(AdminAccess.guard(secret, Map.of(), new ManualClock())).isNotNull();
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        String missing = folder.resolve("missing").toString();
        refuses(admin(missing, null, null, null), Map.of(), "admin.token_file " + missing, "no such file; make it");
        refuses(admin(null, missing, null, null), Map.of(), "admin.tokens.read " + missing);
        refuses(admin(null, null, missing, null), Map.of(), "admin.tokens.purge " + missing);
        refuses(jwt(Config.JwtAlgorithm.RS256, missing), Map.of(), "admin.jwt.key_file " + missing);
        refuses(admin(folder.toString(), null, null, null), Map.of(), "can't be read");
        refuses(admin("a\0b", null, null, null), Map.of(), "can't be read");
    }

    @Test
    void aTokenThatNobodyCouldSendIsRefused() throws Exception {
        refuses(admin(write("empty", "\n"), null, null, null), Map.of(), "is empty", "openssl rand");
        refuses(admin(null, write("lines", "a\nb"), null, null), Map.of(), "no header can carry");
        refuses(admin(null, null, write("umlaut", "schlüssel"), null), Map.of(), "no header can carry");
        refuses(admin(null, null, write("long", "x".repeat(5000)), null), Map.of(), "longer than 4096 bytes");
        refuses(
                admin(null, null, null, null),
                Map.of("LACQUER_ADMIN_TOKEN", "a\u0001b"),
                "variable LACQUER_ADMIN_TOKEN");
    }

    @Test
    void oneTokenIsNotTwoRoles() throws Exception {
        refuses(admin(null, write("r", "same"), write("p", "same\n"), null), Map.of(), "give each its own");
        refuses(admin(null, write("r2", "same"), null, null), Map.of("LACQUER_ADMIN_TOKEN", "same"), "two roles");
    }

    @Test
    void aKeyThatDoesNotFitIsNamedWithTheRemedy() throws Exception {
        refuses(jwt(Config.JwtAlgorithm.HS256, write("short", "short")), Map.of(), "key_file", "short holds 5 bytes");
        refuses(jwt(Config.JwtAlgorithm.ES256, write("no", "s".repeat(40))), Map.of(), "-----BEGIN PUBLIC KEY-----");
    }

    @Test
    void theProcessDoesNotStartAndSaysWhy() throws Exception {
        String yaml = "version: 1\norigins: {api: {servers: [\"http://127.0.0.1:3000\"]}}\n"
                + "admin: {tokens: {purge: " + folder.resolve("gone") + "}}\n";
        java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int exit = Main.execute(
                    "run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--config", write("p.yaml", yaml));
            assertThat(exit).isEqualTo(78);
        } finally {
            System.setErr(before);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("lacquer: admin.tokens.purge ")
                .contains("there is no such file; make it, or name another");
    }
}
