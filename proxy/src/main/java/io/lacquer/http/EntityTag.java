package io.lacquer.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entity tags as opaque text, {@code W/} and quotes included (RFC 9110 §8.8.3). */
public final class EntityTag {
    private EntityTag() {}

    /** Strong comparison (RFC 9110 §8.8.3.2). */
    public static boolean strongEquals(@Nullable String a, @Nullable String b) {
        return isStrong(a) && a != null && a.equals(b);
    }

    /** Whether it is a tag, and one that changes with every byte. */
    public static boolean isStrong(@Nullable String tag) {
        return tag != null && tag.length() >= 2 && tag.startsWith("\"") && tag.indexOf('"', 1) == tag.length() - 1;
    }

    /** Weak comparison (RFC 9110 §8.8.3.2). */
    public static boolean weakEquals(String a, String b) {
        return opaque(a).equals(opaque(b));
    }

    /** Whether any member of an {@code If-None-Match} matches; {@code *} matches whatever is there. */
    public static boolean anyMatches(List<String> lines, @Nullable String current) {
        for (String line : lines) {
            for (String member : Lists.split(line)) {
                if (member.equals("*") || (current != null && weakEquals(member, current))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String opaque(String tag) {
        return tag.startsWith("W/") ? tag.substring(2) : tag;
    }
}
