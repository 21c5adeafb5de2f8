package io.lacquer.http;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Targeted cache directives: fields such as {@code CDN-Cache-Control}, structured dictionaries (RFC 9213 §2.1), and
 * {@code Surrogate-Control} in its own, older grammar (Edge Architecture 1.0 §3). One that is empty, does not
 * parse, or whose seconds are no integer, is ignored whole, so that {@code Cache-Control} counts (RFC 9213 §2.2).
 */
public final class TargetedControl {
    /** How this proxy calls itself to origins that target surrogates by name. */
    public static final String DEVICE = "lacquer";

    private static final String SURROGATE = "Surrogate-Control";
    private static final List<String> SECONDS =
            List.of("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error");
    private static final List<String> DECIDING = List.of("max-age", "no-store", "no-cache", "private");

    private TargetedControl() {}

    /** The directives of a targeted field, in that field's grammar; null where it is absent or to be ignored. */
    public static @Nullable CacheControl of(Headers headers, String field) {
        if (!headers.has(field)) {
            return null;
        }
        List<String> lines = headers.all(field);
        return field.equalsIgnoreCase(SURROGATE) ? surrogate(lines) : structured(lines);
    }

    private static @Nullable CacheControl structured(List<String> lines) {
        Map<String, Structured.Value> members = Structured.dictionary(lines);
        if (members == null) {
            return null;
        }
        Map<String, String> directives = new HashMap<>();
        Set<String> quoted = new HashSet<>(0);
        members.forEach((name, value) -> {
            switch (value) {
                case Structured.Value.Whole(long number) -> directives.put(name, Long.toString(number));
                case Structured.Value.Token(String token) -> directives.put(name, token);
                case Structured.Value.Decimal(String text) -> directives.put(name, text);
                case Structured.Value.Other(String text) -> directives.put(name, text);
                case Structured.Value.Inner inner -> directives.put(name, "");
                case Structured.Value.Text(String text) -> {
                    directives.put(name, text);
                    quoted.add(name);
                }
                case Structured.Value.Flag(boolean on) -> {
                    if (on) {
                        directives.put(name, "");
                    }
                }
            }
        });
        return usable(CacheControl.of(directives, quoted));
    }

    /**
     * {@code directive [";" device]}: what names our device counts before what names none, what names another one
     * is not for us. Of {@code max-age=30+60} the second number is how long stale may be served after the first.
     */
    private static @Nullable CacheControl surrogate(List<String> lines) {
        Map<String, String> forAll = new HashMap<>();
        Map<String, String> forUs = new HashMap<>();
        for (String line : lines) {
            for (String member : Lists.split(line)) {
                List<String> parts = Lists.split(member, ';');
                if (parts.isEmpty()) {
                    continue;
                }
                boolean ours = parts.size() > 1
                        && parts.subList(1, parts.size()).stream().anyMatch(DEVICE::equalsIgnoreCase);
                if (parts.size() == 1 || ours) {
                    String directive = parts.getFirst();
                    int equals = directive.indexOf('=');
                    String name = (equals < 0 ? directive : directive.substring(0, equals)).toLowerCase(Locale.ROOT);
                    String value = equals < 0 ? "" : directive.substring(equals + 1);
                    (ours ? forUs : forAll).putIfAbsent(name, value);
                }
            }
        }
        if (DECIDING.stream().anyMatch(forUs::containsKey)) {
            DECIDING.forEach(forAll::remove);
        }
        forAll.putAll(forUs);
        if (DECIDING.stream().noneMatch(forAll::containsKey)) {
            return null; // content="ESI/1.0" says nothing of caching
        }
        extend(forAll);
        return usable(CacheControl.of(forAll, Set.of()));
    }

    private static void extend(Map<String, String> directives) {
        String maxAge = directives.getOrDefault("max-age", "");
        int plus = maxAge.indexOf('+');
        if (plus >= 0) {
            directives.put("max-age", maxAge.substring(0, plus));
            directives.putIfAbsent("stale-while-revalidate", maxAge.substring(plus + 1));
            directives.putIfAbsent("stale-if-error", maxAge.substring(plus + 1));
        }
    }

    private static @Nullable CacheControl usable(CacheControl control) {
        for (String name : SECONDS) {
            if (control.has(name) && !control.isSeconds(name)) {
                return null;
            }
        }
        return control.isEmpty() ? null : control;
    }
}
