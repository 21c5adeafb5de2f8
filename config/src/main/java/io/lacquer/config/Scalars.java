package io.lacquer.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The kinds of single values that the file holds. */
final class Scalars {
    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);
    private static final int LONGEST_TEXT = 4096;
    private static final String ENV = "^$|\\$\\{";
    private static final String DURATION_TEXT =
            "^ *(0|(?=[0-9])([0-9]+ *d *)?([0-9]+ *h *)?([0-9]+ *m *)?([0-9]+ *s *)?([0-9]+ *ms)?) *$|" + ENV;
    private static final String SIZE_TEXT = "^ *(0|(?=[0-9])([0-9]+ *(TiB|TB|GiB|GB|MiB|MB|KiB|kB|B) *)+) *$|" + ENV;

    /** Any text but control characters. */
    static final Scalar<String> TEXT = Scalar.of(
            "a text", "write one value", Map.of("type", List.of("string", "number", "boolean")), Scalars::text);

    /** True or false; from variables also 1, 0, yes, no, on and off. */
    static final Scalar<Boolean> BOOL = new Scalar<>(
            "true or false",
            "write true or false",
            Map.of("anyOf", List.of(Map.of("type", "boolean"), string("^(true|false)$|" + ENV))),
            Scalars::bool);

    /** A duration of 0 or more. */
    static final Scalar<Duration> DURATION =
            Scalar.of("a duration", "write one such as 60s", unit(DURATION_TEXT), Durations::parse);

    /** A duration that is waited for: more than 0, at most a day. */
    static final Scalar<Duration> TIMEOUT = DURATION.map(Scalars::timeout);

    /** A block of addresses. */
    static final Scalar<Cidr> CIDR = string("an address", "write one such as 10.0.0.0/8", Cidr::parse);

    /** Bytes, 0 or more. */
    static final Scalar<Long> SIZE = Scalar.of("a size", "write one such as 64KiB", unit(SIZE_TEXT), Sizes::parse);

    /** A name that can stand in a metric label and a key. */
    static final Scalar<String> LABEL = Scalar.of(
            "a name",
            "write letters, digits, -, _ and .",
            pattern("^[A-Za-z0-9_.-]{1,64}$|" + ENV),
            text -> label(text, false));

    /** As {@link #LABEL}, without dots. */
    static final Scalar<String> STRICT_LABEL = Scalar.of(
            "a name",
            "write letters, digits, - and _",
            pattern("^[A-Za-z0-9_-]{1,64}$|" + ENV),
            text -> label(text, true));

    /** Where to listen. */
    static final Scalar<HostPort> ADDRESS = Scalar.of(
            "an address",
            "write host:port, such as 0.0.0.0:8080",
            Map.of(
                    "anyOf",
                    List.of(
                            Map.of("type", "integer", "minimum", 0, "maximum", 65_535),
                            Map.of("type", "string", "pattern", "^(.*:)?[0-9]{1,5}$|^$|\\$\\{"))),
            text -> HostPort.parse(text.strip()));

    private Scalars() {}

    /** A whole number within bounds. */
    static Scalar<Integer> integer(int least, int most) {
        return Scalar.of(
                "a whole number",
                "write one from " + least + " to " + most,
                Map.of(
                        "anyOf",
                        List.of(
                                Map.of("type", "integer", "minimum", least, "maximum", most),
                                string("^[0-9]+$|" + ENV))),
                text -> integer(text, least, most));
    }

    /** A number within bounds. */
    static Scalar<Double> number(double least, double most) {
        return Scalar.of(
                "a number",
                "write one from " + least + " to " + most,
                Map.of(
                        "anyOf",
                        List.of(
                                Map.of("type", "number", "minimum", least, "maximum", most),
                                string("^[0-9.]+$|" + ENV))),
                text -> number(text, least, most));
    }

    /** A duration within bounds. */
    static Scalar<Duration> duration(Duration least, Duration most) {
        return DURATION.map(duration -> {
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                throw new Malformed(
                        "the duration " + Durations.format(duration) + " is out of bounds",
                        "write one from " + Durations.format(least) + " to " + Durations.format(most));
            }
            return duration;
        });
    }

    /** A size within bounds. */
    static Scalar<Long> size(long least, long most) {
        return SIZE.map(bytes -> {
            if (bytes < least || bytes > most) {
                throw new Malformed(
                        "the size " + Sizes.format(bytes) + " is out of bounds",
                        "write one from " + Sizes.format(least) + " to " + Sizes.format(most));
            }
            return bytes;
        });
    }

    /** One of a few words, given in lower case. */
    static <T> Scalar<T> choice(Map<String, T> words) {
        List<String> names = words.keySet().stream().sorted().toList();
        String list = String.join(", ", names);
        return Scalar.of(
                "one of " + list,
                "write one of " + list,
                Map.of("anyOf", List.of(Map.of("enum", names), string(ENV))),
                text -> {
                    T value = words.get(text);
                    if (value == null) {
                        String remedy = Spelling.nearest(text, names)
                                .map(word -> "did you mean " + word + "?")
                                .orElse("write one of " + list);
                        throw new Malformed(Text.quote(text) + " is not one of " + list, remedy);
                    }
                    return value;
                });
    }

    /** A text of a form of its own. */
    static <T> Scalar<T> string(String label, String remedy, Function<String, T> parser) {
        return Scalar.of(label, remedy, Map.of("type", "string"), text -> parser.apply(text(text)));
    }

    /** A field name or method, RFC 9110 §5.6.2. */
    static String token(String text) {
        if (!Text.isToken(text) || text.contains("*")) {
            throw new Malformed(Text.quote(text) + " is not a name that HTTP allows", "use letters, digits and -");
        }
        return text;
    }

    /** A field name, in lower case. */
    static String fieldName(String text) {
        return Text.lower(token(text));
    }

    /** A text for a value: not too long, without control characters. */
    static String text(String text) {
        if (text.length() > LONGEST_TEXT) {
            throw new Malformed("the text is longer than " + LONGEST_TEXT + " characters", "shorten it");
        }
        if (text.codePoints().anyMatch(Character::isISOControl)) {
            throw new Malformed("the text holds a control character", "remove it");
        }
        return text;
    }

    /** A name of 1 to 64 letters, digits and marks. */
    static String label(String text, boolean strict) {
        if (!Names.isLabel(text, strict)) {
            throw new Malformed(
                    "the name " + Text.quote(text) + " cannot be used",
                    strict ? "write 1 to 64 letters, digits, - or _" : "write 1 to 64 letters, digits, -, _ or .");
        }
        return text;
    }

    private static boolean bool(String text, boolean fromEnv) {
        String word = Text.lower(text.strip());
        if (word.equals("true") || (fromEnv && List.of("1", "yes", "on").contains(word))) {
            return true;
        }
        if (word.equals("false") || (fromEnv && List.of("0", "no", "off").contains(word))) {
            return false;
        }
        throw new Malformed(Text.quote(text) + " is not true or false", "write true or false");
    }

    private static Duration timeout(Duration duration) {
        if (duration.isZero()) {
            throw new Malformed("a timeout of 0 would never let anything finish", "write a duration longer than 0");
        }
        if (duration.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new Malformed("a timeout of " + Durations.format(duration) + " is too long", "write 1d or less");
        }
        return duration;
    }

    private static int integer(String text, int least, int most) {
        try {
            int value = Integer.parseInt(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new Malformed(Text.quote(text) + " is not a whole number", "write one from " + least + " to " + most);
        }
        throw new Malformed(
                "the number " + text.strip() + " is out of bounds", "write one from " + least + " to " + most);
    }

    private static double number(String text, double least, double most) {
        try {
            double value = Double.parseDouble(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            throw new Malformed(Text.quote(text) + " is not a number", "write one from " + least + " to " + most);
        }
        throw new Malformed(
                "the number " + text.strip() + " is out of bounds", "write one from " + least + " to " + most);
    }

    private static Map<String, Object> string(String pattern) {
        return Map.of("type", "string", "pattern", pattern);
    }

    private static Map<String, Object> pattern(String pattern) {
        return Map.of("type", List.of("string", "number", "boolean"), "pattern", pattern);
    }

    private static Map<String, Object> unit(String pattern) {
        return Map.of("anyOf", List.of(Map.of("const", 0), string(pattern)));
    }
}
