package io.lacquer.admin;

import io.lacquer.config.Config;
import io.lacquer.config.Durations;
import io.lacquer.config.Glob;
import io.lacquer.exchange.PurgeUrls;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.PurgeLog;
import io.lacquer.purge.Receipt;
import io.lacquer.purge.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The documents of {@code /api/v1/cache/invalidate}, {@code /clear-all}, {@code /events} and {@code /purges/ID}. */
final class PurgeApi {
    private static final int MOST_NAMES = 1_000;
    private static final int LONGEST_NAME = 8_192;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final List<String> LISTS =
            List.of("urls", "tags", "tag_patterns", "prefixes", "patterns", "namespaces");
    private static final List<String> FLAGS = List.of("all", "soft", "dry_run", "force");
    private static final List<String> TEXTS = List.of("table_name", "wait", "timeout");

    /** Where purges are asked for. */
    static final Set<String> PATHS =
            Set.of("/api/v1/cache/invalidate", "/api/v1/cache/clear-all", "/api/v1/cache/events");

    /** What is wrong with a document, in a sentence. */
    static final class BadRequest extends Exception {
        private static final long serialVersionUID = 1L;

        BadRequest(String message) {
            super(message);
        }
    }

    private final Supplier<Config> config;
    private final JsonMapper json = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION) // the last of two would win, in silence
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    PurgeApi(Supplier<Config> config) {
        this.config = config;
    }

    /** Reads what {@code /invalidate} wants. */
    Invalidations.Wish invalidate(String body) throws BadRequest {
        JsonNode asked = object(body);
        known(asked, LISTS, FLAGS, TEXTS);
        Set<String> tags = new LinkedHashSet<>();
        for (String tag : list(asked, "tags")) {
            tags.add(tag("tags", tag));
        }
        String table = text(asked, "table_name", "");
        if (!table.isEmpty()) {
            tags.add("table:" + tag("table_name", table));
        }
        List<String> tagPatterns = new ArrayList<>();
        for (String glob : list(asked, "tag_patterns")) {
            tagPatterns.add(tag("tag_patterns", glob));
        }
        Scope scope = new Scope(
                tags,
                urls(list(asked, "urls")),
                tagPatterns,
                places(asked, "prefixes", PurgeUrls::prefix),
                places(asked, "patterns", PurgeUrls::pattern),
                namespaces(list(asked, "namespaces")),
                flag(asked, "all"));
        if (scope.isEmpty()) {
            throw new BadRequest("nothing is named; give urls, tags, tag_patterns, prefixes, patterns, table_name,"
                    + " namespaces or \"all\": true");
        }
        return wish(asked, scope, "api");
    }

    /** Reads what {@code /clear-all} wants: everything. */
    Invalidations.Wish clearAll(String body) throws BadRequest {
        JsonNode asked = body.isBlank() ? json.createObjectNode() : object(body);
        known(asked, List.of(), List.of("soft", "dry_run", "force"), List.of("wait", "timeout"));
        return wish(asked, Scope.ALL, "api");
    }

    /** Reads what {@code /events} tells: one name or several. */
    Invalidations.Wish events(String body) throws BadRequest {
        JsonNode asked = object(body);
        known(asked, List.of("event", "events"), List.of("soft", "dry_run", "force"), List.of("wait", "timeout"));
        List<String> names = new ArrayList<>(list(asked, "event"));
        names.addAll(list(asked, "events"));
        if (names.isEmpty()) {
            throw new BadRequest("no event is named; give {\"event\": \"name\"} or {\"event\": [\"one\", \"two\"]}");
        }
        Set<String> tags = new LinkedHashSet<>();
        for (String name : names) {
            tags.add(PurgeUrls.eventTag(tag("event", name)));
        }
        return wish(asked, Scope.of(tags, List.of()), "event");
    }

    private static Invalidations.Wish wish(JsonNode asked, Scope scope, String reason) throws BadRequest {
        String wait = text(asked, "wait", "local").toLowerCase(Locale.ROOT);
        if (!wait.equals("local") && !wait.equals("all")) {
            throw new BadRequest("wait is \"" + wait + "\"; write \"local\" or \"all\"");
        }
        return new Invalidations.Wish(
                scope,
                flag(asked, "soft"),
                wait.equals("all"),
                timeout(text(asked, "timeout", "2s")),
                flag(asked, "dry_run"),
                flag(asked, "force"),
                reason);
    }

    private static Duration timeout(String text) throws BadRequest {
        try {
            Duration given = Durations.parse(text);
            if (given.compareTo(LONGEST_WAIT) > 0) {
                throw new BadRequest("timeout is " + text + "; the longest is 1m");
            }
            return given;
        } catch (IllegalArgumentException malformed) {
            throw new BadRequest("timeout: " + malformed.getMessage());
        }
    }

    private List<String> urls(List<String> written) throws BadRequest {
        try {
            return PurgeUrls.of(config.get(), written);
        } catch (IllegalArgumentException malformed) {
            throw new BadRequest("urls: " + malformed.getMessage());
        }
    }

    private static List<String> places(JsonNode asked, String name, UnaryOperator<String> read) throws BadRequest {
        List<String> places = new ArrayList<>();
        for (String text : list(asked, name)) {
            try {
                places.add(read.apply(text));
            } catch (IllegalArgumentException malformed) {
                throw new BadRequest(name + ": " + malformed.getMessage());
            }
        }
        return places;
    }

    /** Globs are for those of the policies in force. */
    private List<String> namespaces(List<String> written) throws BadRequest {
        Set<String> names = new LinkedHashSet<>();
        for (String glob : written) {
            tag("namespaces", glob);
            List<String> matching = glob.indexOf('*') < 0
                    ? List.of(glob)
                    : config.get().policies().stream()
                            .map(policy -> policy.namespace())
                            .filter(name -> Glob.matches(glob, name))
                            .toList();
            if (matching.isEmpty()) {
                throw new BadRequest("namespaces: no policy in force has one like \"" + glob
                        + "\"; one that is no longer in the file must be named whole");
            }
            names.addAll(matching);
        }
        return List.copyOf(names);
    }

    private static String tag(String key, String text) throws BadRequest {
        if (text.isEmpty() || text.codePoints().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw new BadRequest(key + ": \"" + text + "\" is empty or has a blank in it; no name has");
        }
        return text;
    }

    private JsonNode object(String body) throws BadRequest {
        try {
            JsonNode node = json.readTree(body);
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException malformed) {
            String why = String.valueOf(malformed.getOriginalMessage())
                    .lines()
                    .findFirst()
                    .orElse("");
            throw new BadRequest("the body is no JSON: " + why.replaceAll(" *\\(.*Feature.*\\)", ""));
        }
        throw new BadRequest("the body is no JSON object; see {\"tags\": [\"users\"]}");
    }

    @SafeVarargs
    private static void known(JsonNode asked, List<String>... names) throws BadRequest {
        List<String> all = new ArrayList<>();
        for (List<String> each : names) {
            all.addAll(each);
        }
        for (String name : asked.propertyNames()) {
            if (!all.contains(name)) {
                throw new BadRequest("unknown key \"" + name + "\"; the keys here are " + String.join(", ", all));
            }
        }
    }

    private static List<String> list(JsonNode asked, String name) throws BadRequest {
        JsonNode node = asked.get(name);
        if (node == null || node.isNull()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (node.isString()) {
            texts.add(node.stringValue());
        } else if (node.isArray()) {
            for (JsonNode item : node) {
                if (!item.isString()) {
                    throw new BadRequest(name + " has an item that is no text");
                }
                texts.add(item.stringValue());
            }
        } else {
            throw new BadRequest(name + " is neither a text nor a list of texts");
        }
        if (texts.size() > MOST_NAMES) {
            throw new BadRequest(
                    name + " has " + texts.size() + " items, more than " + MOST_NAMES + "; send several purges");
        }
        for (String text : texts) {
            if (text.length() > LONGEST_NAME || text.chars().anyMatch(c -> c < ' ')) {
                throw new BadRequest(name + "[" + texts.indexOf(text) + "] is longer than " + LONGEST_NAME
                        + " characters, or holds control characters");
            }
        }
        return texts;
    }

    private static boolean flag(JsonNode asked, String name) throws BadRequest {
        JsonNode node = asked.get(name);
        if (node == null || node.isNull()) {
            return false;
        }
        if (!node.isBoolean()) {
            throw new BadRequest(name + " is neither true nor false");
        }
        return node.booleanValue();
    }

    private static String text(JsonNode asked, String name, String fallback) throws BadRequest {
        JsonNode node = asked.get(name);
        if (node == null || node.isNull()) {
            return fallback;
        }
        if (!node.isString()) {
            throw new BadRequest(name + " is no text; write it in quotes");
        }
        return node.stringValue();
    }

    /** The status of a receipt. */
    static int status(Receipt receipt) {
        return switch (receipt.outcome()) {
            case DONE, DRY_RUN -> 200;
            case LOCAL_ONLY -> 202;
            case TOO_MUCH -> 409;
            case NO_LOG, NOT_EVERYWHERE, NOT_KEPT -> 503;
        };
    }

    /**
     * The document of a receipt.
     *
     * @param asked whether all nodes were waited for
     * @param status that it is answered with
     */
    static Map<String, Object> page(Receipt receipt, boolean asked, int status) {
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("id", receipt.id());
        page.put("status", receipt.outcome().name().toLowerCase(Locale.ROOT));
        page.put(
                "position",
                receipt.position() == null ? null : receipt.position().toString());
        page.put("dry_run", receipt.outcome() == Receipt.Outcome.DRY_RUN);
        page.put("entries", receipt.hit().entries());
        page.put("bytes", receipt.hit().bytes());
        page.put("counted", receipt.hit().exact() ? "exact" : "estimate");
        Receipt.Share share = receipt.share();
        page.put("share", share == null ? null : Math.round(share.part() * 1e4) / 1e4);
        page.put("share_of", share == null ? null : share.nodes());
        boolean nothing = switch (receipt.outcome()) {
            case DRY_RUN, TOO_MUCH -> true;
            case NO_LOG -> receipt.position() == null && !receipt.journaled();
            case DONE, LOCAL_ONLY, NOT_EVERYWHERE, NOT_KEPT -> false;
        };
        page.put(
                "durable",
                nothing ? null : receipt.position() != null ? "log" : receipt.journaled() ? "journal" : "memory");
        page.put(
                "everywhere",
                asked
                        && receipt.outcome() == Receipt.Outcome.DONE
                        && receipt.missing().isEmpty()
                        && !receipt.nodes().isEmpty());
        page.put("nodes", receipt.nodes().stream().map(PurgeApi::node).toList());
        page.put("missing", receipt.missing());
        String why = receipt.why();
        if (why != null) {
            page.put(status < 400 ? "message" : "error", why);
        }
        return page;
    }

    private static Map<String, Object> node(PurgeLog.Node node) {
        String state = node.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return Map.of("name", node.name(), "state", state);
    }

    /** The id in a path of {@code /purges/}, or null for another path. */
    static @Nullable String idOf(String path) {
        String start = "/api/v1/cache/purges/";
        return path.startsWith(start) ? path.substring(start.length()) : null;
    }
}
