package io.lacquer;

import io.lacquer.admin.Guard;
import io.lacquer.admin.Jwt;
import io.lacquer.admin.JwtKeys;
import io.lacquer.admin.Role;
import io.lacquer.config.Config;
import io.lacquer.http.Clock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the admin API's tokens and keys from where the configuration says they are. */
final class AdminAccess {
    /** The variable that holds the token of role admin where no file does. */
    static final String VARIABLE = "LACQUER_ADMIN_TOKEN";

    private static final int LONGEST_TOKEN = 4096;
    private static final int LONGEST_KEY = 64 * 1024;

    private AdminAccess() {}

    /** A token or key can't be used; the message names the key of the file and the remedy. */
    static final class Unusable extends IOException {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    /** What guards the API from now on; the files are read. */
    static Guard guard(Config.Admin admin, Map<String, String> environment, Clock clock) throws Unusable {
        Map<Role, String> tokens = new EnumMap<>(Role.class);
        String variable = environment.getOrDefault(VARIABLE, "");
        if (admin.tokenFile() != null) {
            tokens.put(Role.ADMIN, token("admin.token_file", admin.tokenFile()));
        } else if (!variable.isBlank()) {
            tokens.put(Role.ADMIN, checked("the variable " + VARIABLE, variable));
        }
        put(tokens, Role.READ, admin.readTokenFile());
        put(tokens, Role.PURGE, admin.purgeTokenFile());
        if (tokens.values().stream().distinct().count() < tokens.size()) {
            throw new Unusable("two roles of the admin API have the same token; give each its own");
        }
        Config.Jwt settings = admin.jwt();
        Jwt jwt = settings == null ? null : jwt(settings, clock);
        return new Guard(tokens, jwt, admin.listen().host());
    }

    private static void put(Map<Role, String> tokens, Role role, @Nullable String file) throws Unusable {
        if (file != null) {
            tokens.put(role, token("admin.tokens." + role.word(), file));
        }
    }

    private static Jwt jwt(Config.Jwt settings, Clock clock) throws Unusable {
        String name = "admin.jwt.key_file";
        byte[] file = read(name, settings.keyFile(), LONGEST_KEY);
        try {
            return new Jwt(settings, JwtKeys.read(settings.algorithm(), file), clock);
        } catch (IllegalArgumentException wrong) {
            throw new Unusable(name + " " + settings.keyFile() + " " + wrong.getMessage());
        }
    }

    private static String token(String name, String file) throws Unusable {
        byte[] bytes = read(name, file, LONGEST_TOKEN);
        return checked(name + " " + file, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /** A token without what surrounds it, if a header can carry it. */
    static String checked(String source, String text) throws Unusable {
        String token = text.strip();
        if (token.isEmpty()) {
            throw new Unusable(source + " is empty; put a token there, such as one of openssl rand -hex 32");
        }
        if (!token.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new Unusable(source + " holds what no header can carry; use one line of letters, digits and marks");
        }
        return token;
    }

    /** A file that holds a secret, if it can be read and is no longer than it may be. */
    static byte[] read(String name, String file, int longest) throws Unusable {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(longest + 1);
            if (bytes.length <= longest) {
                return bytes;
            }
        } catch (NoSuchFileException missing) {
            throw new Unusable(name + " " + file + " can't be read: there is no such file; make it, or name another");
        } catch (AccessDeniedException denied) {
            throw new Unusable(name + " " + file + " can't be read: permission denied; let Lacquer's user read it");
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new Unusable(name + " " + file + " can't be read: " + unreadable.getMessage() + "; name another");
        }
        throw new Unusable(name + " " + file + " is longer than " + longest + " bytes; is it the right one?");
    }
}
