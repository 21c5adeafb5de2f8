package io.lacquer.admin;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a caller of the API may do; each role may do what those before it may. */
public enum Role {
    /** Look, change nothing. */
    READ,
    /** Purge as well. */
    PURGE,
    /** Everything. */
    ADMIN;

    /** Whether this role may do what needs another. */
    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** The name as operators write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role of a name, or null. */
    static @Nullable Role of(String word) {
        for (Role role : values()) {
            if (role.word().equals(word)) {
                return role;
            }
        }
        return null;
    }
}
