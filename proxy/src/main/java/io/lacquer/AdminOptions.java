package io.lacquer;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the commands that talk to the admin listener: where it is, who asks, how to answer. */
final class AdminOptions {
    private static final int LONGEST_TOKEN = 16 * 1024; // room for a JWT

    @Option(
            names = "--admin",
            paramLabel = "URL",
            converter = AdminUrls.class,
            description = "The admin listener. Default: ${DEFAULT-VALUE}.")
    private URI admin = URI.create("http://127.0.0.1:9090");

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file that holds the bearer token. Default: the variable LACQUER_ADMIN_TOKEN.")
    private @Nullable Path tokenFile;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "text, or json for the server's own document. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    private Map<String, String> environment = System.getenv();

    /** Replaces the process' environment. */
    void environment(Map<String, String> other) {
        environment = other;
    }

    /** How to answer. */
    Format format() {
        return format;
    }

    /** Talks to the listener; the token is read now. */
    AdminClient client() throws AdminAccess.Unusable {
        if (tokenFile != null) {
            byte[] bytes = AdminAccess.read("--token-file", tokenFile.toString(), LONGEST_TOKEN);
            String source = "--token-file " + tokenFile;
            String token = AdminAccess.checked(source, new String(bytes, StandardCharsets.ISO_8859_1));
            return new AdminClient(admin, token, source);
        }
        String token = environment.getOrDefault(AdminAccess.VARIABLE, "");
        return token.isBlank()
                ? new AdminClient(admin, null, "")
                : new AdminClient(
                        admin,
                        AdminAccess.checked("the variable " + AdminAccess.VARIABLE, token),
                        AdminAccess.VARIABLE);
    }
}
