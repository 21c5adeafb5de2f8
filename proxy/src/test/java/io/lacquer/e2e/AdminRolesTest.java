package io.lacquer.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.lacquer.Proxy;
import io.lacquer.admin.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Roles through the admin listener: tokens from files, JWTs, reloaded ones, and what the audit log says of them. */
class AdminRolesTest extends EndToEnd {
    private static final String STATS = "/api/v1/cache/stats";
    private static final String RELOAD = "/api/v1/config/reload";

    @TempDir
    private Path folder;

    private final List<String> audit = new CopyOnWriteArrayList<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.lacquer.audit");
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            audit.add(event.getFormattedMessage());
        }
    };
    private String yaml;
    private Proxy proxy;

    @BeforeEach
    void start() throws IOException {
        write("admin", "alpha");
        write("read", "rho");
        write("purge", "pi");
        Files.write(folder.resolve("secret"), Tokens.SECRET);
        yaml = PLAIN + """
            admin:
              token_file: %1$s/admin
              tokens: {read: %1$s/read, purge: %1$s/purge}
              jwt: {key_file: %1$s/secret, algorithm: HS256, role_claim: roles, issuer: login, audience: cache}
            """.formatted(folder);
        proxy = proxy(yaml);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(appender);
    }

    private void write(String name, String token) throws IOException {
        Files.writeString(folder.resolve(name), token + "\n");
    }

    private Client.Response ask(String method, String path, String token) {
        return Client.once(proxy.adminPort(), method, path, "", "Host: anything", "Authorization: Bearer " + token);
    }

    private String jwt(String roles, long seconds) {
        return Tokens.hs256("{\"iss\":\"login\",\"aud\":[\"cache\"],\"sub\":\"ci\\nwho=token:admin\",\"roles\":" + roles
                + ",\"exp\":" + (clock.wallMillis() / 1000 + seconds) + "}");
    }

    @Test
    void eachTokenGoesAsFarAsItsRole() {
        for (String token : List.of("rho", "pi", "alpha", jwt("[\"read\"]", 60), jwt("\"admin\"", 60))) {
            assertThat(ask("GET", STATS, token).status()).isEqualTo(200);
        }
        for (String token : List.of("rho", "pi", jwt("[\"read\",\"purge\"]", 60))) {
            Client.Response refused = ask("POST", RELOAD, token);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text()).contains("needs role admin");
            assertThat(refused.header("WWW-Authenticate")).isNull();
        }
        for (String token : List.of("alpha", jwt("\"admin\"", 60))) {
            assertThat(ask("POST", RELOAD, token).status()).isEqualTo(200);
        }
    }

    @Test
    void purgingNeedsItsRoleAndNoMore() {
        for (String path : List.of("invalidate", "clear-all", "events")) {
            Client.Response refused = ask("POST", "/api/v1/cache/" + path, "rho");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text()).contains("needs role purge");
            for (String token : List.of("pi", "alpha", jwt("[\"purge\"]", 60))) {
                assertThat(ask("POST", "/api/v1/cache/" + path, token).status()).isNotIn(401, 403);
            }
        }
    }

    @Test
    void whoIsNobodyIsAskedForABearerToken() {
        String good = jwt("\"admin\"", 60);
        for (String token : List.of("omega", "", good + "x", good.substring(0, good.lastIndexOf('.') + 1))) {
            for (String path : List.of(STATS, RELOAD)) {
                Client.Response refused = ask(path.equals(STATS) ? "GET" : "POST", path, token);
                assertThat(refused.status()).isEqualTo(401);
                assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
            }
        }
        assertThat(ask("GET", "/readyz", "omega").status()).isEqualTo(200);
        clock.advance(Duration.ofSeconds(90));
        assertThat(ask("GET", STATS, good).text()).contains("it has expired");
    }

    @Test
    void theAuditLogHasEachActAndEachAttempt() {
        ask("GET", STATS, "rho");
        ask("POST", RELOAD + "?secret=1", "alpha");
        ask("POST", RELOAD, jwt("\"admin\"", 60));
        ask("POST", RELOAD, "pi");
        ask("DELETE", "/api/v1/no where", "omega");
        ask("DELETE", "/api/v1/nowhere", "omega");
        ask("DELETE", "/api/v1/nowhere", "alpha");
        ask("POST", "/healthz", "alpha");
        assertThat(audit)
                .containsExactly(
                        "who=token:admin peer=127.0.0.1 POST /api/v1/config/reload 200",
                        "who=jwt:ci\\u000Awho=token:admin peer=127.0.0.1 POST /api/v1/config/reload 200",
                        "who=token:purge peer=127.0.0.1 POST /api/v1/config/reload 403 refused",
                        "who=nobody peer=127.0.0.1 DELETE /api/v1/nowhere 401 refused",
                        "who=token:admin peer=127.0.0.1 DELETE /api/v1/nowhere 404");
    }

    @Test
    void manyRefusedOnesAreCut() {
        for (int i = 0; i < 30; i++) {
            ask("POST", RELOAD, "omega");
        }
        assertThat(audit).hasSize(10);
        clock.advance(Duration.ofSeconds(1));
        ask("POST", RELOAD, "omega");
        assertThat(audit.getLast()).endsWith("401 refused (20 refused before it are not logged)");
    }

    @Test
    void aReloadReadsTokensAnewAndKeepsThemWhereAFileIsGone() throws Exception {
        write("admin", "aleph");
        assertThat(ask("POST", RELOAD, "alpha").status()).isEqualTo(200);
        assertThat(ask("GET", STATS, "alpha").status()).isEqualTo(401);
        assertThat(ask("GET", STATS, "aleph").status()).isEqualTo(200);
        Files.delete(folder.resolve("read"));
        Client.Response refused = ask("POST", RELOAD, "aleph");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("admin.tokens.read").contains("no such file");
        assertThat(ask("GET", STATS, "rho").status()).isEqualTo(200);
        assertThat(proxy.reload(yaml.replace("issuer: login", "issuer: other")))
                .containsExactly("admin can't change while running; restart to apply it");
    }
}
